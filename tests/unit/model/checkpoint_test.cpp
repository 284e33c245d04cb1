#include "understudy/model/checkpoint.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "drawn_faces.h"
#include "understudy/core/files.h"

namespace understudy::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

ModelHeader header_at(std::int64_t iteration) {
  ModelHeader header;
  header.preset_name = "sketch";
  header.preset = tiny_preset();
  header.crop_family = "whole";
  header.crop_px = 192;
  header.iteration = iteration;
  header.seconds = 12.5;
  header.seed = 0xffffffffffffffffULL;
  header.lineage = {{"consent", "a digest"}};
  return header;
}

void save_at(const fs::path& folder, std::int64_t iteration, const KeepRule& keep = {}) {
  save_checkpoint(folder, header_at(iteration),
                  {{"weights.a", torch::full({3}, static_cast<float>(iteration))}}, keep);
}

fs::path at(const TempFolder& folder, std::int64_t iteration, const char* kind = "checkpoint") {
  return folder.path() / text(kind, "-", std::setw(9), std::setfill('0'), iteration, ".safetensors");
}

/// The checkpoints' names in the folder, sorted.
std::vector<std::string> checkpoints_in(const TempFolder& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder.path()))
    if (entry.path().extension() == ".safetensors") out.push_back(entry.path().stem().string());
  std::ranges::sort(out);
  return out;
}

void cut(const fs::path& path, std::size_t bytes) {
  write_file(path, read_file(path).substr(0, bytes));
}

/// Changes the last data byte but four.
void flip_in_the_middle(const fs::path& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-5, std::ios::end);
  file.put('\x55');
}

/// No file grows beyond `bytes` while it lives, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_DFL);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(Checkpoint, HeaderComesBackFromJson) {
  const ModelHeader before = header_at(42), after = header_from_json(header_to_json(before), "test");
  EXPECT_EQ(header_to_json(after), header_to_json(before));
  EXPECT_EQ(after.preset.network, before.preset.network);
  EXPECT_EQ(after.preset.training, before.preset.training);
  EXPECT_EQ(after.seed, before.seed);
}

TEST(Checkpoint, ADisturbanceThatAHeaderDoesNotNameWasNone) {
  Json json = header_to_json(header_at(1));
  json["training"]["augment"].erase("code_shift");
  EXPECT_EQ(header_from_json(json, "test").preset.training.augment.code_shift, 0);
  json["training"].erase("learning_rate");
  EXPECT_THAT(error_of([&] { header_from_json(json, "test"); }).second, HasSubstr("learning_rate"));
}

TEST(Checkpoint, RefusesHeadersOfOtherFormatsAndVersions) {
  const auto refusal = [](const char* key, const Json& value) {
    Json json = header_to_json(header_at(1));
    json[key] = value;
    return error_of([&] { header_from_json(json, "model.json"); });
  };
  for (const auto& [key, value, says] : std::vector<std::tuple<const char*, Json, const char*>>{
           {"format", "something", "'understudy-model' was expected"},
           {"version", 3, "use a newer Understudy"},
           {"version", 0, "version is 0"},
           {"iteration", -1, "the iteration is -1"},
           {"seed", "x", "'seed'"},
           {"network", 1, "'network'"},
           {"lineage", "x", "'lineage' is not an object"},
           {"guard", 1, "usual_loss"},
           {"crop", Json::object(), "'family'"}}) {
    const auto [code, message] = refusal(key, value);
    EXPECT_EQ(code, static_cast<int>(ErrorCode::kFormat)) << key;
    EXPECT_THAT(message, HasSubstr(says));
  }
}

TEST(Checkpoint, KeepsARingAndTakesTheNewest) {
  const TempFolder folder;
  EXPECT_FALSE(has_checkpoint(folder.path()));
  for (std::int64_t iteration = 1; iteration <= 6; ++iteration) {
    save_at(folder.path(), iteration);
    const Checkpoint newest = load_checkpoint(folder.path());
    EXPECT_EQ(newest.header.iteration, iteration);
    EXPECT_EQ(newest.path, at(folder, iteration));
    EXPECT_EQ(newest.file.find("weights.a")->sum().item<float>(), 3.f * static_cast<float>(iteration));
    EXPECT_EQ(newest.note, "");
    EXPECT_EQ(read_model_header(folder.path()).iteration, iteration);
    EXPECT_EQ(read_json_file(folder.path() / "model.json"), header_to_json(newest.header));
  }
  EXPECT_THAT(checkpoints_in(folder),
              ElementsAre("checkpoint-000000004", "checkpoint-000000005", "checkpoint-000000006"));
  save_at(folder.path(), 7, {.newest = 1});
  EXPECT_THAT(checkpoints_in(folder), ElementsAre("checkpoint-000000007"));
  save_at(folder.path(), 7, {.newest = 1});
  EXPECT_THAT(checkpoints_in(folder), ElementsAre("checkpoint-000000007"));
}

TEST(Checkpoint, MilestonesStayAndAreTakenLast) {
  const TempFolder folder;
  for (const std::int64_t iteration : {9, 10, 19, 23, 29, 40, 41, 42})
    save_at(folder.path(), iteration, {.newest = 2, .milestone_every = 10});
  EXPECT_THAT(checkpoints_in(folder),
              ElementsAre("checkpoint-000000041", "checkpoint-000000042", "milestone-000000010",
                          "milestone-000000023", "milestone-000000040"));
  EXPECT_EQ(read_safetensors(at(folder, 23, "milestone")).find("weights.a")->max().item<float>(), 23);
  cut(at(folder, 42), 100);
  EXPECT_EQ(load_checkpoint(folder.path()).header.iteration, 41);
  cut(at(folder, 41), 100);
  EXPECT_EQ(load_checkpoint(folder.path()).header.iteration, 40);
  cut(at(folder, 40, "milestone"), 100);
  const Checkpoint last = load_checkpoint(folder.path());
  EXPECT_EQ(last.header.iteration, 23);
  for (const char* name :
       {"checkpoint-000000042.safetensors is not", "checkpoint-000000041.safetensors is not",
        "milestone-000000040.safetensors is not", "milestone-000000023.safetensors is used"})
    EXPECT_THAT(last.note, HasSubstr(name));
  EXPECT_EQ(read_model_header(folder.path()).iteration, 23);
}

TEST(Checkpoint, AMilestoneTakesNoSpaceOfItsOwn) {
  const TempFolder folder;
  save_at(folder.path(), 5, {.milestone_every = 5});
  EXPECT_EQ(fs::hard_link_count(at(folder, 5)), 2u);
  EXPECT_TRUE(fs::equivalent(at(folder, 5), at(folder, 5, "milestone")));
  const std::string content = read_file(at(folder, 5, "milestone"));
  save_at(folder.path(), 5, {.milestone_every = 5});
  EXPECT_EQ(read_file(at(folder, 5, "milestone")), content);
  fs::remove(at(folder, 5));
  EXPECT_EQ(load_checkpoint(folder.path()).path, at(folder, 5, "milestone"));
}

TEST(Checkpoint, FallsBackToTheOneBeforeAndSaysSo) {
  for (const bool data_only : {false, true}) {
    const TempFolder folder;
    for (const std::int64_t iteration : {1, 2, 3}) save_at(folder.path(), iteration);
    const fs::path newest = at(folder, 3);
    cut(newest, data_only ? fs::file_size(newest) - 4 : 100);
    const Checkpoint loaded = load_checkpoint(folder.path());
    EXPECT_EQ(loaded.header.iteration, 2);
    EXPECT_THAT(loaded.note, HasSubstr("checkpoint-000000003.safetensors is not a whole safetensors file"));
    EXPECT_THAT(loaded.note, HasSubstr("checkpoint-000000002.safetensors is used"));
    save_at(folder.path(), 4);
    EXPECT_EQ(load_checkpoint(folder.path()).header.iteration, 4);
  }
}

TEST(Checkpoint, WhatLiesBehindASavedIterationIsLostWork) {
  const TempFolder folder;
  for (const std::int64_t iteration : {10, 20, 30, 40}) save_at(folder.path(), iteration);
  flip_in_the_middle(at(folder, 40));  // its header is whole, its data are not
  EXPECT_EQ(load_checkpoint(folder.path()).header.iteration, 30);
  save_at(folder.path(), 35);
  EXPECT_THAT(checkpoints_in(folder),
              ElementsAre("checkpoint-000000020", "checkpoint-000000030", "checkpoint-000000035"));
  const Checkpoint loaded = load_checkpoint(folder.path());
  EXPECT_EQ(loaded.header.iteration, 35);
  EXPECT_EQ(loaded.note, "");
}

TEST(Checkpoint, ADamagedFileGoesBeforeAWholeOne) {
  const TempFolder folder;
  for (const std::int64_t iteration : {1, 2, 3}) save_at(folder.path(), iteration);
  cut(at(folder, 2), 5);
  save_at(folder.path(), 4);
  EXPECT_THAT(checkpoints_in(folder),
              ElementsAre("checkpoint-000000001", "checkpoint-000000003", "checkpoint-000000004"));
}

TEST(Checkpoint, AFailedSaveLeavesTheRingAsItWasAndMayBeTriedAgain) {
  const TempFolder folder;
  for (const std::int64_t iteration : {1, 2, 3}) save_at(folder.path(), iteration);
  const std::vector<std::string> before = checkpoints_in(folder);
  // A folder in the place of the new name: the rename cannot be.
  fs::create_directory(at(folder, 4));
  EXPECT_NE(error_of([&] { save_at(folder.path(), 4); }).first, 0);
  fs::remove(at(folder, 4));
  EXPECT_EQ(checkpoints_in(folder), before);
  {
    const FileSizeLimit limit(64);
    const auto [code, message] = error_of([&] { save_at(folder.path(), 4); });
    EXPECT_EQ(code, static_cast<int>(ErrorCode::kResource));
    EXPECT_THAT(message, HasSubstr("checkpoint-000000003.safetensors, stays as it was"));
    const TempFolder empty;
    EXPECT_THAT(error_of([&] { save_at(empty.path(), 1); }).second,
                HasSubstr("no checkpoint was written before it"));
    EXPECT_TRUE(fs::is_empty(empty.path()));
  }
  EXPECT_EQ(checkpoints_in(folder), before);
  EXPECT_EQ(load_checkpoint(folder.path()).note, "");
  save_at(folder.path(), 4);
  EXPECT_EQ(load_checkpoint(folder.path()).header.iteration, 4);
}

TEST(Checkpoint, ChecksEveryByteOfEveryFile) {
  const TempFolder folder;
  for (const std::int64_t iteration : {1, 2, 3}) save_at(folder.path(), iteration, {.milestone_every = 2});
  const auto troubled = [&] {
    std::vector<std::string> names;
    for (const CheckpointFile& file : check_checkpoints(folder.path()))
      if (!file.trouble.empty()) names.push_back(file.path.stem().string());
    return names;
  };
  EXPECT_EQ(check_checkpoints(folder.path()).size(), 4u);
  EXPECT_THAT(troubled(), IsEmpty());
  flip_in_the_middle(at(folder, 1));
  EXPECT_THAT(troubled(), ElementsAre("checkpoint-000000001"));
  flip_in_the_middle(at(folder, 2, "milestone"));
  EXPECT_THAT(troubled(), ElementsAre("checkpoint-000000002", "checkpoint-000000001", "milestone-000000002"));
  cut(at(folder, 3), 0);
  EXPECT_EQ(error_of([&] { check_checkpoints(folder.path()); }).first, static_cast<int>(ErrorCode::kFormat));
}

TEST(Checkpoint, OtherFilesAreNone) {
  const TempFolder folder;
  for (const char* name :
       {"checkpoint-.safetensors", "checkpoint-12.safetensors.old", "checkpoint-c.safetensors",
        "checkpoint-12 (copy).safetensors", "milestone-a.safetensors", "base.safetensors",
        "checkpoint-9999999999999999999.safetensors", ".tmp-checkpoint-000000001-x.safetensors"})
    write_file(folder.path() / name, "x");
  EXPECT_FALSE(has_checkpoint(folder.path()));
  save_at(folder.path(), 1);
  EXPECT_EQ(load_checkpoint(folder.path()).note, "");
  EXPECT_EQ(checkpoints_in(folder).size(), 8u) << "a file was removed that is none of its own";
}

TEST(Checkpoint, SaysWhyNoneCanBeUsed) {
  const TempFolder folder;
  EXPECT_EQ(error_of([&] { load_checkpoint(folder.path()); }).first, static_cast<int>(ErrorCode::kInput));
  EXPECT_EQ(error_of([&] { load_checkpoint(folder.path() / "none"); }).first,
            static_cast<int>(ErrorCode::kInput));
  save_at(folder.path(), 1);
  save_at(folder.path(), 2);
  cut(at(folder, 1), 0);
  cut(at(folder, 2), 20);
  const auto [code, message] = error_of([&] { load_checkpoint(folder.path()); });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kFormat));
  EXPECT_THAT(message, HasSubstr("checkpoint-000000001.safetensors"));
  EXPECT_THAT(message, HasSubstr("checkpoint-000000002.safetensors"));
}

TEST(Checkpoint, NeedsNoModelJsonButRefusesOneOfAnotherModel) {
  const TempFolder folder;
  save_at(folder.path(), 1);
  const fs::path description = folder.path() / "model.json";
  Json json = read_json_file(description);
  fs::remove(description);
  EXPECT_EQ(load_checkpoint(folder.path()).header.iteration, 1);
  json["preset"] = "studio";
  write_json_file(description, json);
  const auto [code, message] = error_of([&] { load_checkpoint(folder.path()); });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kFormat));
  EXPECT_THAT(message, HasSubstr("'studio'"));
  EXPECT_THAT(message, HasSubstr("'sketch'"));
}

TEST(Checkpoint, ForeignSafetensorsAreNoCheckpoint) {
  const TempFolder folder;
  write_safetensors(at(folder, 1), {{"x", torch::zeros({2})}}, {});
  EXPECT_THAT(error_of([&] { load_checkpoint(folder.path()); }).second,
              HasSubstr("not an Understudy checkpoint"));
}

}  // namespace
}  // namespace understudy::model
