#include <gmock/gmock.h>

#include "drawn_faces.h"
#include "understudy/core/files.h"
#include "understudy/model/checkpoint.h"
#include "understudy/model/converter.h"

namespace understudy::model {
namespace {

using testing::ElementsAre;
namespace fs = std::filesystem;

/// A folder that the program of version 1 wrote, see tests/data/model-v1/README.md, to be altered.
class ModelV1 : public testing::Test {
 protected:
  ModelV1() {
    for (const char* name : {"model.json", "checkpoint-a.safetensors", "checkpoint-b.safetensors"})
      fs::copy_file(fs::path(TEST_DATA) / "model-v1" / name, folder() / name);
  }
  fs::path folder() const { return temporary_.path(); }

  TrainerOptions options() const {
    TrainerOptions options = tiny_options();
    const ModelHeader header = read_model_header(folder());
    options.preset = header.preset;
    options.lineage = header.lineage;
    return options;
  }

 private:
  TempFolder temporary_;
};

TEST_F(ModelV1, HeaderIsReadInTheWordsOfToday) {
  const Checkpoint checkpoint = load_checkpoint(folder());
  EXPECT_EQ(checkpoint.note, "");
  EXPECT_EQ(checkpoint.path.filename(), "checkpoint-b.safetensors");
  const ModelHeader& header = checkpoint.header;
  EXPECT_EQ(header.iteration, 3);
  EXPECT_EQ(header.seed, 7u);
  EXPECT_EQ(header.preset_name, "sketch");
  EXPECT_EQ(header.crop_family, "whole");
  // Of the same name and values as the preset has today, but for the sizes that the fixture was given.
  NetworkConfig network = presets().at("sketch").network;
  network.input_px = 16;
  network.output_px = 32;
  network.encoder_channels = network.decoder_channels = {4, 4};
  network.code_size = 8;
  network.inter_channels = 4;
  network.performer_channels = {4};
  EXPECT_EQ(header.preset.network, network);
  EXPECT_EQ(header.preset.training.optimizer, "adamw");
  EXPECT_EQ(header.preset.training.batch, 2);
  EXPECT_EQ(header.preset.training.losses, presets().at("sketch").training.losses);
  EXPECT_EQ(header.preset.training.augment, presets().at("sketch").training.augment);
}

TEST_F(ModelV1, ConvertsAsItDidThen) {
  const TensorFile then = read_safetensors(fs::path(TEST_DATA) / "model-v1" / "expected.safetensors");
  const Converter converter(folder(), "cpu", 1, Precision::kFp32);
  const Swapped now = converter.convert(*then.find("face_nhwc"));
  const auto difference = [](const torch::Tensor& value, const torch::Tensor& bytes) {
    return (value * 255 - bytes.to(torch::kFloat32)).abs().max().item<float>();
  };
  EXPECT_LT(difference(now.image_nhwc, *then.find("image_nhwc")), 0.6);
  EXPECT_LT(difference(now.mask_nhw, *then.find("mask_nhw")), 0.6);
}

TEST_F(ModelV1, TrainingGoesOnAndWritesTheNewNames) {
  const DrawnFaces likeness(6, 1), performer(6, 0);
  Trainer trainer(options(), {likeness, performer});
  EXPECT_EQ(trainer.resume(folder()), "");
  EXPECT_EQ(trainer.iteration(), 3);
  const auto names = [&] {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder()))
      out.push_back(entry.path().filename().string());
    std::ranges::sort(out);
    return out;
  };
  EXPECT_EQ(trainer.step().trouble, "");
  trainer.save(folder());
  EXPECT_THAT(names(), ElementsAre("checkpoint-000000004.safetensors", "checkpoint-a.safetensors",
                                   "checkpoint-b.safetensors", "model.json"));
  EXPECT_EQ(load_checkpoint(folder()).header.iteration, 4);
  EXPECT_EQ(read_json_file(folder() / "model.json")["version"], 2);
  for (int i = 0; i < 2; ++i) {
    trainer.step();
    trainer.save(folder());
  }
  EXPECT_THAT(names(), ElementsAre("checkpoint-000000004.safetensors", "checkpoint-000000005.safetensors",
                                   "checkpoint-000000006.safetensors", "model.json"));
}

TEST_F(ModelV1, DamagedHeadersOfItAreRefusedWithASentence) {
  const Json whole = read_json_file(folder() / "model.json");
  for (const char* key : {"network", "training"}) {
    for (const Json& wrong : {Json(1), Json::array(), Json::object(), Json()}) {
      Json json = whole;
      json[key] = wrong;
      EXPECT_EQ(error_of([&] { header_from_json(json, "model.json"); }).first,
                static_cast<int>(ErrorCode::kFormat))
          << key << " " << wrong;
    }
  }
  Json json = whole;
  json["iteration"] = std::int64_t{1} << 62;
  EXPECT_EQ(error_of([&] { header_from_json(json, "model.json"); }).first,
            static_cast<int>(ErrorCode::kFormat));
}

}  // namespace
}  // namespace understudy::model
