#include "understudy/model/network.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include "drawn_faces.h"
#include "understudy/model/device.h"

namespace understudy::model {
namespace {

using testing::HasSubstr;

/// The preset's sizes and shape with widths of a few channels.
NetworkConfig narrowed(NetworkConfig config) {
  for (auto* widths : {&config.encoder_channels, &config.decoder_channels, &config.performer_channels})
    for (std::int64_t& width : *widths) width = 4;
  config.code_size = 8;
  config.inter_channels = 4;
  return config;
}

TEST(Presets, ComeBackFromJsonAndCheck) {
  for (const auto& entry : presets()) {
    EXPECT_NO_THROW(check_preset(entry.value, entry.name)) << entry.name;
    EXPECT_EQ(preset_from_json(preset_to_json(entry.value), entry.name), entry.value) << entry.name;
    EXPECT_EQ(preset_from_json(parse_json(preset_to_json(entry.value).dump(), "text"), entry.name),
              entry.value)
        << entry.name;
  }
}

TEST(Presets, RefuseWhatMakesNoSense) {
  struct Case {
    void (*change)(Preset&);
    const char* says;
  };
  const Case cases[] = {
      {[](Preset& p) { p.network.input_px = 50; }, "cannot be halved"},
      {[](Preset& p) { p.network.output_px = 60; }, "cannot be halved"},
      {[](Preset& p) { p.training.augment.bend_min = 2; }, "bend_min"},
      {[](Preset& p) { p.network.encoder_channels.clear(); }, "encoder_channels"},
      {[](Preset& p) { p.network.decoder_channels = {0}; }, "decoder_channels"},
      {[](Preset& p) {
         p.network.performer_channels = {4, 4, 4, 4, 4};
       },
       "performer"},
      {[](Preset& p) { p.training.batch = 0; }, "batch"},
      {[](Preset& p) { p.training.learning_rate = std::nan(""); }, "learning_rate"},
      {[](Preset& p) {
         p.training.losses = {{"nosuch", 1}};
       },
       "nosuch"},
      {[](Preset& p) { p.training.losses.clear(); }, "no loss"},
      {[](Preset& p) {
         p.training.paired = true;
         p.training.augment.bend_max = 1;
       },
       "bend_max must be 0"},
      {[](Preset& p) {
         p.training.paired = true;
         p.training.performer_weight = 0;
       },
       "performer_weight must be above 0"},
      {[](Preset& p) {
         p.training.performer_weight = 0;
         p.training.code_adversarial = 1;
       },
       "left out with performer_weight = 0"},
      {[](Preset& p) {
         p.training.performer_weight = 0;
         p.training.losses.push_back({"style", 1});
       },
       "style and background need both sides"},
      {[](Preset& p) { p.training.augment.code_shift = 1; }, "freeze must hold \"encoder\""},
      {[](Preset& p) {
         p.training.freeze = {"encoder"};
         p.training.augment.code_shift = 1;
         p.training.augment.flip = 0.5;
       },
       "flip must be 0"},
      {[](Preset& p) { p.training.optimizer = "nosuch"; }, "adamw"}};
  for (const Case& c : cases) {
    Preset preset = tiny_preset();
    c.change(preset);
    const auto [code, message] = error_of([&] { check_preset(preset, "here"); });
    EXPECT_EQ(code, static_cast<int>(ErrorCode::kFormat)) << c.says;
    EXPECT_THAT(message, HasSubstr(c.says));
    EXPECT_THAT(message, HasSubstr("here"));
  }
  Json json = preset_to_json(tiny_preset());
  json["network"].erase("code_size");
  EXPECT_THAT(error_of([&] { preset_from_json(json, "here"); }).second, HasSubstr("code_size"));
}

TEST(Network, GivesThePresetsShapes) {
  const at::NoGradGuard no_gradients;
  for (const auto& entry : presets()) {
    const NetworkConfig config = narrowed(entry.value.network);
    const Network network(config, initial_weights(weight_layout(config), 1), torch::kFloat32, false);
    const torch::Tensor faces = torch::rand({2, 3, config.input_px, config.input_px});
    const Decoded likeness = network.forward(faces, 0), performer = network.forward(faces, 1);
    const std::int64_t px = config.output_px,
                       fewer = config.performer_channels.empty()
                                   ? 0
                                   : config.decoder_channels.size() - config.performer_channels.size();
    EXPECT_EQ(likeness.image_nchw.sizes(), (std::vector<std::int64_t>{2, 3, px, px})) << entry.name;
    EXPECT_EQ(likeness.mask_nchw.sizes(), (std::vector<std::int64_t>{2, 1, px, px})) << entry.name;
    EXPECT_EQ(performer.image_nchw.sizes(), (std::vector<std::int64_t>{2, 3, px >> fewer, px >> fewer}))
        << entry.name;
    EXPECT_TRUE(((likeness.image_nchw >= 0) & (likeness.image_nchw <= 1)).all().item<bool>());
  }
}

TEST(Network, WeightsLieInOneBufferAndComeFromTheSeed) {
  const NetworkConfig config = tiny_preset().network;
  const WeightLayout layout = weight_layout(config);
  const torch::Tensor flat = initial_weights(layout, 1);
  EXPECT_TRUE(flat.equal(initial_weights(layout, 1)));
  EXPECT_FALSE(flat.equal(initial_weights(layout, 2)));
  std::int64_t expected = 0;
  for (const auto& entry : layout.entries) {
    EXPECT_EQ(entry.offset, expected) << entry.name;
    expected += entry.count;
  }
  EXPECT_EQ(flat.numel(), expected);
  EXPECT_TRUE(weight_views(layout, flat)[0].is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST(Network, FillsEveryGradientAndAgreesWithBf16) {
  const NetworkConfig config = tiny_preset().network;
  const WeightLayout layout = weight_layout(config);
  const torch::Tensor flat = initial_weights(layout, 1), faces = torch::rand({2, 3, 32, 32});
  const auto gradients = [&](torch::ScalarType type) {
    const Network network(config, flat, type, true);
    for (const std::size_t identity : {0, 1}) {
      const Decoded out = network.forward(faces, identity);
      (out.image_nchw.sum() + out.mask_nchw.sum()).backward();
    }
    return network.gradients();
  };
  const torch::Tensor exact = gradients(torch::kFloat32), coarse = gradients(torch::kBFloat16);
  for (const auto& entry : layout.entries)
    EXPECT_GT(exact.narrow(0, entry.offset, entry.count).abs().max().item<double>(), 0) << entry.name;
  EXPECT_GT(torch::cosine_similarity(exact, coarse, 0).item<double>(), 0.98);
}

TEST(Network, WeightsOfAnotherShapeAreRefusedByName) {
  const TempFolder folder;
  const NetworkConfig config = tiny_preset().network;
  NetworkConfig wider = config;
  wider.code_size = 40;
  const WeightLayout layout = weight_layout(config), wide_layout = weight_layout(wider);
  const torch::Tensor flat = initial_weights(layout, 1), wide = initial_weights(wide_layout, 1);
  const auto path = folder.path() / "w.safetensors";
  write_safetensors(path, named_weights(layout, flat, "average."), {});
  const TensorFile file = read_safetensors(path);
  const auto [code, message] =
      error_of([&] { fill_weights(wide_layout, wide, file, "average.", "w.safetensors"); });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kFormat));
  EXPECT_THAT(message, HasSubstr("average.inter.code.weight"));
  EXPECT_THAT(message, HasSubstr("[40, 256]"));
  EXPECT_THAT(error_of([&] { fill_weights(layout, flat, file, "weights.", "w"); }).second,
              HasSubstr("missing"));
  const torch::Tensor other = initial_weights(layout, 2);
  fill_weights(layout, other, file, "average.", "w");
  EXPECT_TRUE(other.equal(flat));
}

TEST(Device, SaysWhatItDoesNotHave) {
  EXPECT_TRUE(device_from_name("cpu").is_cpu());
  EXPECT_NO_THROW(device_from_name("auto"));
  EXPECT_EQ(error_of([] { device_from_name("cuda:99"); }).first, static_cast<int>(ErrorCode::kResource));
  for (const char* name : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1 "})
    EXPECT_EQ(error_of([&] { device_from_name(name); }).first, static_cast<int>(ErrorCode::kUsage)) << name;
}

}  // namespace
}  // namespace understudy::model
