#include "understudy/stages/plan/shot_file.h"

#include "unit/stages/plan/sample.h"

namespace understudy::stages {
namespace {

using testing::ElementsAre;

TEST(ShotFile, HasItsDefaultsAndPathsBesideTheFile) {
  const ScratchFolder folder;
  const ShotFile shot = read_sample(folder);
  EXPECT_EQ(shot.name, "harbour_0010");
  EXPECT_EQ(shot.work, folder.path() / "work");
  EXPECT_EQ(shot.plate("day").path, folder.path() / "ada/day.mov");
  EXPECT_EQ(shot.plate("night").path, "/footage/ada/night.mov");
  EXPECT_EQ(shot.plate("wide").frames, "1001-1100");
  EXPECT_THAT(shot.likenesses.at(0).plates, ElementsAre("day", "night"));
  EXPECT_EQ(shot.extract.cores, 4);
  EXPECT_EQ(shot.train.cores, 3);
  EXPECT_FALSE(shot.train.memory_mb.has_value());
  EXPECT_EQ(shot.delivery.performer, "bruno");
  EXPECT_EQ(shot.delivery.likeness, "ada");
  EXPECT_THAT(shot.deliver.options, ElementsAre("--codec", "prores"));
}

struct Mistake {
  const char* old_text;
  const char* new_text;
  ErrorCode code;
  const char* said;
};

TEST(ShotFile, SaysWhatIsWrong) {
  const ScratchFolder folder;
  for (const Mistake& mistake : std::vector<Mistake>{
           {"chunk = 25", "chunk = 0", ErrorCode::kFormat, "'chunk' is 0, a number from 1"},
           {"chunk = 25", "chunk = 2.5", ErrorCode::kFormat, "'chunk': a whole number"},
           {"chunk = 25", "chunks = 25", ErrorCode::kFormat, "unknown key 'chunks' | did you mean 'chunk'?"},
           {"frames =", "frame =", ErrorCode::kFormat,
            "plates.wide: unknown key 'frame' | did you mean 'frames'?"},
           {"path = \"ada/day.mov\"", "pth = \"x\"", ErrorCode::kFormat,
            "plates.day: unknown key 'pth' | did you mean 'path'?"},
           {"shot = \"harbour_0010\"", "", ErrorCode::kFormat, "the key 'shot' is missing"},
           {"path = \"wide.####.exr\"", "", ErrorCode::kFormat, "plates.wide: the key 'path' is missing"},
           {"path = \"ada/day.mov\"", "", ErrorCode::kFormat, "plates.day: the key 'path' is missing"},
           {"path = \"ada/day.mov\"", "path = \"\"", ErrorCode::kFormat, "'path' is empty"},
           {"1001-1100", "1001:1100", ErrorCode::kUsage, "':'"},
           {"[plates.day]", "[plates.Day]", ErrorCode::kFormat, "'Day' cannot be a name"},
           {"shot = \"harbour_0010\"", "shot = \"a b\"", ErrorCode::kFormat, "'a b' cannot be a name"},
           {"[\"day\", \"night\"]", "[\"dya\"]", ErrorCode::kUsage,
            "likenesses.ada: there is no plate 'dya' | did you mean 'day'?"},
           {"[\"day\", \"night\"]", "[]", ErrorCode::kFormat, "'plates' names no plate"},
           {"plate = \"wide\"\noutput", "plate = \"wild\"\noutput", ErrorCode::kUsage,
            "delivery: there is no plate 'wild'"},
           {"plate = \"wide\"\noutput", "plate = \"day\"\noutput", ErrorCode::kUsage,
            "there is no performer"},
           {"[performers.bruno]",
            "[performers.anna]\nplates = [\"wide\"]\nconsent = \"a\"\n[performers.bruno]", ErrorCode::kUsage,
            "not clear which performer is meant | say performer = one of: anna, bruno"},
           {"options = [\"--codec\", \"prores\"]", "likeness = \"bella\"", ErrorCode::kUsage,
            "there is no likeness 'bella'"},
           {"ranks = 2", "ranks = 0", ErrorCode::kFormat, "'ranks' is 0"},
           {"cores = 3", "cores = \"many\"", ErrorCode::kFormat, "'cores'"},
           {"[train]", "[train", ErrorCode::kFormat, "line 20"}}) {
    SCOPED_TRACE(mistake.new_text);
    expect_error(mistake.code, mistake.said,
                 [&] { read_sample(folder, mistake.old_text, mistake.new_text); });
  }
  expect_error(ErrorCode::kInput, "No such file", [&] { read_shot_file(folder.path() / "none.toml"); });
}

}  // namespace
}  // namespace understudy::stages
