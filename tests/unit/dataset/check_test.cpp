#include "understudy/dataset/check.h"

#include <fstream>

#include "unit/core/scratch.h"
#include "unit/dataset/sample.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

/// Also what a header that cannot be read says.
std::vector<std::string> problems_of(const fs::path& root) {
  try {
    return check_dataset(Dataset::open(root)).problems;
  } catch (const Error& e) {
    return {e.message()};
  }
}

std::vector<fs::path> files_of(const fs::path& root) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_regular_file()) out.push_back(entry.path());
  return out;
}

/// Without the syncing of write_file(), which hundreds of damages do not need.
void overwrite(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(CheckDataset, AWholeOneHasNoProblems) {
  const ScratchFolder folder;
  const CheckResult result = check_dataset(small_dataset(folder.path()));
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.shards, 2);
  EXPECT_EQ(result.faces, 4);
  EXPECT_EQ(result.removed, 0);
}

TEST(CheckDataset, FindsAFlippedBitInEveryFile) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  const auto files = files_of(folder.path());
  EXPECT_EQ(files.size(), 2u + 1 + 2 * 2 + 2 + 4);
  for (const fs::path& file : files) {
    const std::string whole = read_file(file);
    for (std::size_t i = 0; i < whole.size(); i += 1 + whole.size() / 60) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
      overwrite(file, damaged);
      EXPECT_THAT(problems_of(folder.path()), testing::Not(IsEmpty())) << file << " byte " << i;
    }
    overwrite(file, whole);
  }
  EXPECT_THAT(problems_of(folder.path()), IsEmpty());
}

TEST(CheckDataset, FindsATruncatedOrEmptyFile) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  for (const fs::path& file : files_of(folder.path())) {
    const std::string whole = read_file(file);
    for (const std::size_t length : {std::size_t{0}, whole.size() / 2, whole.size() - 1}) {
      overwrite(file, whole.substr(0, length));
      EXPECT_THAT(problems_of(folder.path()), testing::Not(IsEmpty())) << file << " cut to " << length;
    }
    overwrite(file, whole);
  }
}

TEST(CheckDataset, ADeletedPictureIsARemovedFaceAndNoDamage) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  fs::remove(folder.path() / "align/plate/000000-000002/000001_0.png");
  const CheckResult result = check_dataset(dataset);
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.removed, 1);
  EXPECT_EQ(result.faces, 3);
}

TEST(CheckDataset, OtherDeletedFilesAreDamage) {
  const ScratchFolder folder;
  for (const char* name :
       {"consent.toml", "extract/plate/source.json", "align/plate/000000-000002/faces.jsonl",
        "align/plate/000000-000002/shard.json", "align/plate/000000-000002/000001_0.mask.png"}) {
    const fs::path root = folder.path() / sha256(name);
    small_dataset(root);
    fs::remove(root / name);
    EXPECT_THAT(problems_of(root), Contains(HasSubstr(name))) << name;
  }
}

TEST(CheckDataset, FindsAPictureThatWasSwappedForAnother) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  const fs::path shard = folder.path() / "align/plate/000000-000002";
  fs::copy_file(shard / "000000_0.png", shard / "000001_0.png", fs::copy_options::overwrite_existing);
  EXPECT_THAT(problems_of(folder.path()), Contains(HasSubstr("000001_0.png was changed")));
}

TEST(CheckDataset, FindsTheSameFrameInTwoShards) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  ShardWriter(dataset.stage_folder("align", "plate"), shard_info("align", {2, 3})).publish();
  EXPECT_THAT(problems_of(folder.path()), Contains(HasSubstr("frame 2 is in another shard too")));
}

TEST(CheckDataset, FindsRecordsThatBelongElsewhere) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  ShardWriter writer(dataset.stage_folder("convert/take", "plate"), shard_info("convert/take", {5}));
  writer.add(aligned_record(6), drawn_picture(8, CV_8UC3), {});
  writer.publish();
  EXPECT_THAT(problems_of(folder.path()),
              Contains(HasSubstr("000006_0 of plate does not belong to this shard")));
}

TEST(CheckDataset, ListsFramesThatFailed) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  ShardWriter writer(dataset.stage_folder("extract", "plate"), shard_info("extract", {50}));
  writer.add_failure(50, "the frame is broken");
  writer.publish();
  EXPECT_THAT(problems_of(folder.path()),
              testing::ElementsAre(HasSubstr("frame 50 failed: the frame is broken")));
}

}  // namespace
}  // namespace understudy::dataset
