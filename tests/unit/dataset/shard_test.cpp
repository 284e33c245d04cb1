#include "understudy/dataset/shard.h"

#include <fstream>

#include "understudy/core/sha256.h"
#include "understudy/dataset/png.h"
#include "unit/core/scratch.h"
#include "unit/dataset/sample.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using Groups = std::vector<std::vector<std::int64_t>>;

std::vector<std::int64_t> range(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> out;
  for (std::int64_t frame = first; frame <= last; ++frame) out.push_back(frame);
  return out;
}

void publish(const fs::path& stage, const std::vector<std::int64_t>& frames,
             const Json& options = {{"size", 16}}) {
  ShardInfo info = shard_info("align", frames);
  info.options = options;
  ShardWriter writer(stage, info);
  EXPECT_TRUE(writer.publish());
}

TEST(ShardWriter, PublishesWhatIsReadBack) {
  const ScratchFolder folder;
  ShardWriter writer(folder.path(), shard_info("align", {7, 8, 10}));
  EXPECT_EQ(writer.final_folder(), folder.path() / "000007-000010");
  writer.add(aligned_record(8), drawn_picture(16, CV_8UC3), drawn_picture(16, CV_8UC1));
  writer.add(aligned_record(7, 1), drawn_picture(16, CV_8UC3), {});
  writer.add_failure(10, "the picture is broken: \xff");
  EXPECT_THAT(list_shards(folder.path()), IsEmpty()) << "nothing is visible before publishing";
  EXPECT_TRUE(writer.publish());

  EXPECT_THAT(names_in(folder.path()), ElementsAre("000007-000010"));
  EXPECT_THAT(
      names_in(folder.path() / "000007-000010"),
      UnorderedElementsAre("faces.jsonl", "shard.json", "000007_1.png", "000008_0.png", "000008_0.mask.png"));
  const std::vector<Shard> shards = list_shards(folder.path());
  ASSERT_EQ(shards.size(), 1u);
  EXPECT_EQ(shards[0].info.frames, (std::vector<std::int64_t>{7, 8, 10}));
  EXPECT_EQ(shards[0].info.faces, 2);
  EXPECT_EQ(shards[0].info.failures.size(), 1u);
  EXPECT_EQ(shards[0].info.uuid.size(), 36u);
  std::vector<BadLine> bad;
  const auto records = read_records(shards[0], bad);
  EXPECT_THAT(bad, IsEmpty());
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(face_name(records[0]), "000007_1");
  EXPECT_EQ(records[0].mask, "");
  EXPECT_EQ(records[1].mask, "000008_0.mask.png");
  const std::string bytes = read_file(shards[0].folder / records[1].image);
  EXPECT_EQ(records[1].sha256, sha256(bytes));
  EXPECT_EQ(png_record(bytes, "x"), embedded_text(records[1]));
}

TEST(ShardWriter, TheSecondWriterLosesAndLeavesNothing) {
  const ScratchFolder folder;
  {
    ShardWriter first(folder.path(), shard_info("align", {0, 1})),
        second(folder.path(), shard_info("align", {0, 1}));
    first.add(aligned_record(0), drawn_picture(16, CV_8UC3, 1), {});
    second.add(aligned_record(0), drawn_picture(16, CV_8UC3, 2), {});
    EXPECT_TRUE(first.publish());
    EXPECT_FALSE(second.publish());
  }
  EXPECT_THAT(names_in(folder.path()), ElementsAre("000000-000001"));
  const cv::Mat kept = decode_png(read_file(folder.path() / "000000-000001" / "000000_0.png"), "x");
  EXPECT_EQ(cv::norm(kept, drawn_picture(16, CV_8UC3, 1), cv::NORM_INF), 0);
}

TEST(ShardWriter, AnAbandonedShardLeavesNothing) {
  const ScratchFolder folder;
  {
    ShardWriter writer(folder.path(), shard_info("align", {0}));
    writer.add(aligned_record(0), drawn_picture(16, CV_8UC3), {});
  }
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

TEST(ShardWriter, RefusesWhatCouldNotBeReadAgain) {
  const ScratchFolder folder;
  ShardWriter writer(folder.path(), shard_info("align", {0}));
  FaceRecord record = aligned_record(0);
  record.sharpness = std::nan("");
  expect_error(ErrorCode::kFormat, "sharpness", [&] { writer.add(record, drawn_picture(16, CV_8UC3), {}); });
  expect_error(ErrorCode::kBug, "without frames",
               [&] { ShardWriter(folder.path(), shard_info("align", {})); });
}

TEST(ListShards, SkipsHiddenNamesAndOrdersByFrame) {
  const ScratchFolder folder;
  EXPECT_THAT(list_shards(folder.path() / "absent"), IsEmpty());
  publish(folder.path(), {1000, 1001});
  publish(folder.path(), {-7, -5});
  publish(folder.path(), {200});
  fs::create_directory(folder.path() / ".tmp-000000-000099-host-1-abc");
  fs::create_directory(folder.path() / ".hidden");
  write_file(folder.path() / "source.json", "{}");
  std::vector<std::string> names;
  for (const Shard& shard : list_shards(folder.path())) names.push_back(shard.folder.filename());
  EXPECT_THAT(names, ElementsAre("-000007--000005", "000200-000200", "001000-001001"));
}

/// shard.json of a published shard with one field changed.
void change_info(const fs::path& shard, const char* key, const Json& value) {
  Json json = read_json_file(shard / "shard.json");
  json[key] = value;
  write_json_file(shard / "shard.json", json);
}

TEST(ReadShard, ANewerVersionIsRefusedWithBothVersions) {
  const ScratchFolder folder;
  publish(folder.path(), {0});
  change_info(folder.path() / "000000-000000", "version", 3);
  expect_error(ErrorCode::kFormat, "is of format version 3; this program reads up to version 2",
               [&] { list_shards(folder.path()); });
  change_info(folder.path() / "000000-000000", "version", 4294967297);
  expect_error(ErrorCode::kFormat, "version 4294967297", [&] { list_shards(folder.path()); });
  change_info(folder.path() / "000000-000000", "version", 0);
  expect_error(ErrorCode::kFormat, "version 0", [&] { list_shards(folder.path()); });
}

TEST(ReadShard, DamagedDescriptionsAreRefusedWithTheWayOut) {
  const ScratchFolder folder;
  const fs::path shard = folder.path() / "000000-000000";
  publish(folder.path(), {0});
  const Json whole = read_json_file(shard / "shard.json");
  for (const auto& [key, value] : whole.items()) {
    if (key == "options_hash" || key.ends_with("_sha256")) continue;  // read by the check only
    Json json = whole;
    json.erase(key);
    write_json_file(shard / "shard.json", json);
    expect_error(ErrorCode::kFormat, text("the field '", key, "' is missing | move "),
                 [&] { read_shard(shard); });
  }
  const Json bad_frames[] = {
      5,
      Json::array(),
      {5},
      {{1}},
      {{2, 1}},
      {{1, 2, 3}},
      {{"a", "b"}},
      {{1.5, 2}},
      {{0, 9'000'000'000}},
      {{0, 5}, {3, 9}},
      {{7, 8}, {0, 1}},
      {{0, 18446744073709551615ULL}},
      {{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}},
      {{0, 600'000}, {700'000, 1'300'000}}};
  for (const Json& frames : bad_frames) {
    change_info(shard, "frames", frames);
    expect_error(ErrorCode::kFormat, "shard.json", [&] { read_shard(shard); });
  }
  for (const char* content : {"", "{", "[]", "null", "5"}) {
    write_file(shard / "shard.json", content);
    expect_error(ErrorCode::kFormat, "run the stage again", [&] { read_shard(shard); });
  }
  fs::remove(shard / "shard.json");
  expect_error(ErrorCode::kInput, "run the stage again", [&] { read_shard(shard); });
}

TEST(ReadRecords, ADeletedPictureIsARemovedFace) {
  const ScratchFolder folder;
  ShardWriter writer(folder.path(), shard_info("align", {0, 1}));
  for (int frame : {0, 1}) writer.add(aligned_record(frame), drawn_picture(16, CV_8UC3), {});
  writer.publish();
  const Shard shard = list_shards(folder.path()).front();
  fs::remove(shard.folder / "000000_0.png");
  std::vector<BadLine> bad;
  const auto records = read_records(shard, bad);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].frame, 1);
  EXPECT_EQ(read_all_records(shard, bad).size(), 2u);
  EXPECT_TRUE(is_removed(shard, read_all_records(shard, bad).front()));
  EXPECT_THAT(bad, IsEmpty());
  // It does not come back: its frame counts as done.
  const auto work = pending_work(folder.path(), {0, 1}, shard.info.options, false, folder.path() / "trash");
  EXPECT_THAT(work.groups, IsEmpty());
}

TEST(ReadRecords, DamagedLinesAreNamedAndTheOthersRead) {
  const ScratchFolder folder;
  ShardWriter writer(folder.path(), shard_info("align", {0, 1}));
  for (int frame : {0, 1}) writer.add(aligned_record(frame), drawn_picture(16, CV_8UC3), {});
  writer.publish();
  const Shard shard = list_shards(folder.path()).front();
  const fs::path file = shard.folder / "faces.jsonl";
  const std::string lines = read_file(file);
  const std::size_t second = lines.find('\n') + 1;
  write_file(file, lines.substr(0, second) + "{\"frame\": 5}\n\nrubbish\n" + lines.substr(second) +
                       lines.substr(0, 100));
  std::vector<BadLine> bad;
  EXPECT_EQ(read_records(shard, bad).size(), 2u);
  ASSERT_EQ(bad.size(), 3u);
  EXPECT_EQ(bad[0].line, 2u);
  EXPECT_THAT(bad[0].why, HasSubstr("faces.jsonl line 2: the field 'source' is missing"));
  EXPECT_EQ(bad[1].line, 4u);
  EXPECT_THAT(bad[1].why, HasSubstr("line 4 is not valid JSON"));
  EXPECT_EQ(bad[2].line, 6u);
}

TEST(PendingWork, SkipsWhatIsDone) {
  const ScratchFolder folder;
  const fs::path stage = folder.path() / "align", trash = folder.path() / "trash";
  const Json options = {{"size", 16}};
  EXPECT_EQ(pending_work(stage, range(0, 9), options, false, trash).groups, Groups{range(0, 9)});
  publish(stage, {0, 1, 2}, options);
  publish(stage, {5}, options);
  const auto work = pending_work(stage, range(0, 9), options, false, trash);
  EXPECT_EQ(work.groups, (Groups{{3, 4, 6, 7, 8, 9}}));
  EXPECT_EQ(work.done_before, 4u);
  EXPECT_THAT(pending_work(stage, {1, 5}, options, false, trash).groups, IsEmpty());
}

TEST(PendingWork, GroupsOnAGridOfHundreds) {
  const ScratchFolder folder;
  auto groups = [&](std::int64_t first, std::int64_t last) {
    return pending_work(folder.path(), range(first, last), {}, false, {}).groups;
  };
  EXPECT_EQ(groups(1037, 1250), (Groups{range(1037, 1099), range(1100, 1199), range(1200, 1250)}));
  EXPECT_EQ(groups(-150, 5), (Groups{range(-150, -101), range(-100, -1), range(0, 5)}));
  EXPECT_EQ(groups(100, 199).size(), 1u);
}

TEST(PendingWork, OtherOptionsAreRefusedWithTheDifference) {
  const ScratchFolder folder;
  const fs::path stage = folder.path() / "align", trash = folder.path() / "trash";
  publish(stage, {0, 1, 2}, {{"size", 16}, {"crop", "whole"}, {"old", 1}});
  const Json now = {{"size", 32}, {"crop", "whole"}, {"new", 2}};
  expect_error(ErrorCode::kUsage,
               "(size: 16, now 32; old: 1, now absent; new: absent, now 2) | use the same options", [&] {
                 pending_work(stage, {2, 3}, now, false, trash);
               });
  // Frames that the old shard does not hold are none of its business.
  EXPECT_EQ(pending_work(stage, {3}, now, false, trash).groups.size(), 1u);
}

TEST(PendingWork, ReplaceMovesTheOldShardToTheTrash) {
  const ScratchFolder folder;
  const fs::path stage = folder.path() / "align", trash = folder.path() / "trash" / "align";
  for (int round = 0; round < 2; ++round) {
    publish(stage, {0, 1, 2}, {{"size", round}});
    publish(stage, {7}, {{"size", round}});
    const auto look = pending_work(stage, {2, 3}, {{"size", round + 1}}, true, {});
    EXPECT_EQ(look.groups, (Groups{{2, 3}}));
    EXPECT_EQ(list_shards(stage).size(), 2u) << "an empty trash only looks";
    const auto work = pending_work(stage, {2, 3}, {{"size", round + 1}}, true, trash);
    EXPECT_EQ(work.groups, (Groups{{2, 3}}));
    EXPECT_EQ(names_in(trash).size(), static_cast<std::size_t>(round + 1));
    EXPECT_EQ(list_shards(stage).size(), 1u);
    fs::remove_all(stage);
  }
}

TEST(PendingWork, OldFailuresAreReportedAgain) {
  const ScratchFolder folder;
  ShardWriter writer(folder.path(), shard_info("align", {0, 1}));
  writer.add_failure(1, "it was dark");
  writer.publish();
  const Json options = shard_info("align", {0}).options;
  EXPECT_THAT(pending_work(folder.path(), {0}, options, false, {}).old_failures, IsEmpty());
  const auto failures = pending_work(folder.path(), {0, 1}, options, false, {}).old_failures;
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].why, "it was dark");
}

}  // namespace
}  // namespace understudy::dataset
