#include "understudy/model/checkpoint.h"

#include <gmock/gmock.h>

#include "drawn_faces.h"
#include "understudy/core/files.h"

namespace understudy::model {
namespace {

using testing::HasSubstr;
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

void save_at(const fs::path& folder, std::int64_t iteration) {
  save_checkpoint(folder, header_at(iteration),
                  {{"weights.a", torch::full({3}, static_cast<float>(iteration))}});
}

void cut(const fs::path& path, std::size_t bytes) {
  write_file(path, read_file(path).substr(0, bytes));
}

TEST(Checkpoint, HeaderComesBackFromJson) {
  const ModelHeader before = header_at(42), after = header_from_json(header_to_json(before), "test");
  EXPECT_EQ(header_to_json(after), header_to_json(before));
  EXPECT_EQ(after.preset, before.preset);
  EXPECT_EQ(after.seed, before.seed);
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
           {"iteration", -1, "below 0"},
           {"seed", "x", "'seed'"},
           {"network", 1, "input_px"},
           {"lineage", "x", "'lineage' is not an object"},
           {"guard", 1, "usual_loss"},
           {"crop", Json::object(), "'family'"}}) {
    const auto [code, message] = refusal(key, value);
    EXPECT_EQ(code, static_cast<int>(ErrorCode::kFormat)) << key;
    EXPECT_THAT(message, HasSubstr(says));
  }
}

TEST(Checkpoint, AlternatesBetweenTwoFilesAndTakesTheNewest) {
  const TempFolder folder;
  EXPECT_FALSE(has_checkpoint(folder.path()));
  for (std::int64_t iteration = 1; iteration <= 4; ++iteration) {
    save_at(folder.path(), iteration);
    EXPECT_EQ(fs::exists(folder.path() / "checkpoint-b.safetensors"), iteration > 1);
    const Checkpoint newest = load_checkpoint(folder.path());
    EXPECT_EQ(newest.header.iteration, iteration);
    EXPECT_EQ(newest.path.filename(),
              iteration % 2 ? "checkpoint-a.safetensors" : "checkpoint-b.safetensors");
    EXPECT_EQ(newest.file.find("weights.a")->sum().item<float>(), 3.f * static_cast<float>(iteration));
    EXPECT_EQ(newest.note, "");
    EXPECT_EQ(read_model_header(folder.path()).iteration, iteration);
    EXPECT_EQ(read_json_file(folder.path() / "model.json"), header_to_json(newest.header));
  }
}

TEST(Checkpoint, FallsBackToTheOtherOneAndSaysSo) {
  for (const bool data_only : {false, true}) {
    const TempFolder folder;
    save_at(folder.path(), 1);
    save_at(folder.path(), 2);
    const fs::path newest = folder.path() / "checkpoint-b.safetensors";
    cut(newest, data_only ? fs::file_size(newest) - 4 : 100);
    const Checkpoint loaded = load_checkpoint(folder.path());
    EXPECT_EQ(loaded.header.iteration, 1);
    EXPECT_THAT(loaded.note, HasSubstr("checkpoint-b.safetensors is not a whole safetensors file"));
    EXPECT_THAT(loaded.note, HasSubstr("the other checkpoint is used"));
    save_at(folder.path(), 3);
    EXPECT_EQ(load_checkpoint(folder.path()).header.iteration, 3);
  }
}

TEST(Checkpoint, ADamagedFileIsWrittenOverBeforeAWholeOne) {
  const TempFolder folder;
  save_at(folder.path(), 1);
  save_at(folder.path(), 2);
  cut(folder.path() / "checkpoint-b.safetensors", 5);
  save_at(folder.path(), 3);
  EXPECT_EQ(
      read_safetensors(folder.path() / "checkpoint-a.safetensors").find("weights.a")->max().item<float>(),
      1.f);
  EXPECT_EQ(load_checkpoint(folder.path()).header.iteration, 3);
}

TEST(Checkpoint, SaysWhyNoneCanBeUsed) {
  const TempFolder folder;
  EXPECT_EQ(error_of([&] { load_checkpoint(folder.path()); }).first, static_cast<int>(ErrorCode::kInput));
  EXPECT_EQ(error_of([&] { load_checkpoint(folder.path() / "none"); }).first,
            static_cast<int>(ErrorCode::kInput));
  save_at(folder.path(), 1);
  save_at(folder.path(), 2);
  cut(folder.path() / "checkpoint-a.safetensors", 0);
  cut(folder.path() / "checkpoint-b.safetensors", 20);
  const auto [code, message] = error_of([&] { load_checkpoint(folder.path()); });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kFormat));
  EXPECT_THAT(message, HasSubstr("checkpoint-a.safetensors"));
  EXPECT_THAT(message, HasSubstr("checkpoint-b.safetensors"));
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
  write_safetensors(folder.path() / "checkpoint-a.safetensors", {{"x", torch::zeros({2})}}, {});
  EXPECT_THAT(error_of([&] { load_checkpoint(folder.path()); }).second,
              HasSubstr("not an Understudy checkpoint"));
}

}  // namespace
}  // namespace understudy::model
