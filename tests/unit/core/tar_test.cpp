#include "understudy/core/tar.h"

#include <cstdlib>

#include "understudy/core/error.h"
#include "unit/core/scratch.h"

namespace understudy {
namespace {

TEST(Tar, IsReadByTarItself) {
  const ScratchFolder folder;
  const std::string deep = std::string(120, 'd') + "/" + std::string(90, 'n');
  const std::string archive = tar_file("a/b.png", "content") + tar_file("empty.json", "") +
                              tar_file(deep, std::string(512, 'x')) + tar_end();
  EXPECT_EQ(archive.size() % 512, 0u);
  EXPECT_EQ(tar_file("a/b.png", "content"), tar_file("a/b.png", "content"));
  write_file(folder.path() / "a.tar", archive);
  const std::string command = "cd '" + folder.path().string() + "' && tar -xf a.tar 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(read_file(folder.path() / "a/b.png"), "content");
  EXPECT_EQ(read_file(folder.path() / "empty.json"), "");
  EXPECT_EQ(read_file(folder.path() / deep), std::string(512, 'x'));
}

TEST(Tar, RefusesNamesThatDoNotFit) {
  EXPECT_NO_THROW(tar_file(std::string(100, 'n'), ""));
  for (const std::string& name :
       {std::string(), std::string(101, 'n'), std::string(160, 'd') + "/" + std::string(90, 'n'),
        "d/" + std::string(101, 'n'), "/" + std::string(100, 'n'), std::string("a\0b", 3)})
    EXPECT_THROW(tar_file(name, ""), Error) << name;
}

}  // namespace
}  // namespace understudy
