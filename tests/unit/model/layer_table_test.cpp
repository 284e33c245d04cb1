#include "understudy/model/layer_table.h"

#include <gmock/gmock.h>

#include "drawn_faces.h"
#include "understudy/core/memory.h"
#include "understudy/model/memory_estimate.h"
#include "understudy/model/weights.h"

namespace understudy::model {
namespace {

using testing::HasSubstr;

NetworkConfig counted_by_hand() {
  NetworkConfig n;
  n.variants = {"flat-inter", "plain"};
  n.input_px = n.output_px = 16;
  n.encoder_channels = {2};
  n.code_size = 3;
  n.inter_channels = 2;
  n.decoder_channels = {2};
  return n;
}

TEST(LayerTable, CountsATinyNetworkAsByHand) {
  const LayerTable table = layer_table(counted_by_hand());
  struct Row {
    const char *part, *name;
    std::int64_t parameters, multiply_adds;
  };
  const Row rows[] = {{"encoder", "encoder.0", 3 * 25 * 2 + 2, 3 * 25 * 2 * 64},
                      {"encoder", "", 0, 0},
                      {"encoder", "inter.code", 128 * 3 + 3, 128 * 3},
                      {"encoder", "inter.map", 3 * 128 + 128, 3 * 128},
                      {"encoder", "", 0, 0},
                      {"decoder 1", "likeness.0.up", 2 * 9 * 8 + 8, 2 * 9 * 8 * 64},
                      {"decoder 1", "likeness.picture", 2 * 4 + 4, 2 * 4 * 256},
                      {"decoder 2", "performer.0.up", 2 * 9 * 8 + 8, 2 * 9 * 8 * 64},
                      {"decoder 2", "performer.picture", 2 * 4 + 4, 2 * 4 * 256}};
  ASSERT_EQ(table.rows.size(), std::size(rows));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    EXPECT_EQ(table.rows[i].part, rows[i].part) << i;
    EXPECT_EQ(table.rows[i].layer.name, rows[i].name) << i;
    EXPECT_EQ(table.rows[i].parameters, rows[i].parameters) << i;
    EXPECT_EQ(table.rows[i].multiply_adds, rows[i].multiply_adds) << i;
  }
  EXPECT_EQ(table.parameters, 1379);
  EXPECT_EQ(table.inference_flops, 2 * 21632);
  EXPECT_EQ(table.pair_forward_flops, 4 * 21632);
  EXPECT_EQ(table.pair_training_flops, 12 * 21632);
  EXPECT_THAT(layer_table_text(table), HasSubstr("likeness.0.up"));
  EXPECT_EQ(layer_table_json(table)["layers"][0]["out"], Json({2, 8, 8}));
}

TEST(LayerTable, CountsABlockTwiceAndADoubledPictureAtItsSmallerSize) {
  NetworkConfig n = counted_by_hand();
  n.variants = {"flat-inter", "double-resolution"};
  n.output_px = 32;
  for (const LayerRow& row : layer_table(n).rows) {
    if (row.layer.kind == LayerKind::kResidual) {
      EXPECT_EQ(row.parameters, 2 * (2 * 9 * 2 + 2));
      EXPECT_EQ(row.multiply_adds, 2 * 2 * 9 * 2 * 256);
    }
    if (row.layer.kind == LayerKind::kPicture) {
      EXPECT_EQ(row.parameters, 2 * 9 * 16 + 16);
      EXPECT_EQ(row.multiply_adds, 2 * 9 * 16 * 256);
    }
  }
}

TEST(LayerTable, CountsEveryPresetsWeights) {
  for (const auto& entry : presets()) {
    const LayerTable table = layer_table(entry.value.network);
    EXPECT_EQ(table.parameters, weight_layout(entry.value.network).total) << entry.name;
    EXPECT_GT(table.pair_forward_flops, table.inference_flops) << entry.name;
    const std::string page = layer_table_text(table);
    for (const LayerRow& row : table.rows) EXPECT_THAT(page, HasSubstr(row.layer.name)) << entry.name;
    EXPECT_EQ(layer_table_json(table)["layers"].size(), table.rows.size()) << entry.name;
  }
}

/// DeepFaceLab's networks of these sizes have a decoder for the mask of its own, about a third as wide: a
/// tenth of the work, which ours does not have, since one decoder gives picture and mask.
TEST(LayerTable, ComesNearPublishedCountsOfComparableNetworks) {
  struct Case {
    const char* architecture;
    std::int64_t px, code, encoder, decoder;
    bool deep;
    double parameters, pair_gmac, face_gmac;
  };
  const Case cases[] = {{"df", 96, 128, 64, 64, false, 38e6, 8.1, 4.0},
                        {"liae", 128, 256, 64, 64, false, 82e6, 18.1, 9.0},
                        {"df", 256, 256, 64, 64, false, 83e6, 60.9, 30.5},
                        {"liae", 256, 256, 64, 64, false, 145e6, 72.2, 35.8},
                        {"liae", 320, 384, 80, 80, true, 223e6, 176.6, 88.3},
                        {"liae", 512, 512, 96, 96, true, 644e6, 656, 328}};
  for (const Case& c : cases) {
    NetworkConfig n;
    const std::int64_t e = c.encoder, d = c.decoder;
    n.architecture = c.architecture;
    n.variants = {"pixel-norm", "double-resolution"};
    n.input_px = n.output_px = c.px;
    n.encoder_channels = {e, 2 * e, 4 * e, 8 * e};
    n.decoder_channels = {8 * d, 4 * d, 2 * d};
    if (c.deep) {
      n.variants.push_back("deep");
      n.encoder_channels.push_back(8 * e);
      n.decoder_channels.insert(n.decoder_channels.begin(), 8 * d);
    }
    n.code_size = c.code;
    n.inter_channels = n.architecture == "df" ? c.code : 2 * c.code;
    check_network_config(n, "the test");
    const LayerTable table = layer_table(n);
    const std::string what = text(c.architecture, " ", c.px);
    EXPECT_NEAR(static_cast<double>(table.parameters) / c.parameters, 0.95, 0.05) << what;
    EXPECT_NEAR(table.pair_forward_flops / 2e9 / c.pair_gmac, 0.94, 0.05) << what;
    EXPECT_NEAR(table.inference_flops / 2e9 / c.face_gmac, 0.94, 0.05) << what;
  }
}

TEST(LayerTable, CountsTheInterThatStandsInForMorphing) {
  NetworkConfig n = counted_by_hand();
  n.architecture = "amp";
  const LayerTable table = layer_table(n);
  // The likeness' picture runs both inters (384 each), the performer's one; encoder and decoder are shared.
  EXPECT_EQ(table.pair_forward_flops / 2 - table.inference_flops, -384);
}

TEST(Memory, GrowsWithBatchWidthAndType) {
  Preset preset = tiny_preset();
  preset.training.batch = 64;
  const double small = training_memory(preset, 4, false).total();
  preset.training.batch = 256;
  const double more_faces = training_memory(preset, 4, false).total();
  EXPECT_GT(more_faces, small);
  EXPECT_LT(training_memory(preset, 2, false).total(), more_faces);
  preset.network.decoder_channels = {256, 256};
  const MemoryEstimate wide = training_memory(preset, 4, false);
  EXPECT_GT(wide.total(), more_faces);
  EXPECT_EQ(wide.host(), wide.total());
  const MemoryEstimate on_gpu = training_memory(preset, 4, true);
  EXPECT_LT(on_gpu.host(), on_gpu.total());
  EXPECT_LT(inference_memory(preset.network, 64, 4, false).total(), wide.total());
  EXPECT_THAT(memory_text(wide), HasSubstr("in all"));
  EXPECT_DOUBLE_EQ(memory_json(wide)["total"].get<double>(), wide.total());
}

/// What understudy-train took at its height in MiB, in float32 on a CPU, two steps and a checkpoint.
TEST(Memory, IsNearWhatWasMeasured) {
  struct Case {
    const char* preset;
    std::int64_t batch;
    double measured_mib;
  };
  const Case cases[] = {{"sketch", 2, 489},    {"sketch", 4, 495},    {"sketch", 8, 508},
                        {"sketch", 32, 776},   {"sketch", 64, 1113},  {"draft", 2, 2112},
                        {"draft", 4, 2106},    {"draft", 8, 2116},    {"draft", 24, 2734},
                        {"original", 2, 3762}, {"original", 4, 3772}, {"liae", 2, 3645},
                        {"liae", 8, 3683}};
  for (const Case& c : cases) {
    Preset preset = presets().at(c.preset);
    preset.training.batch = c.batch;
    const double mib = training_memory(preset, 4, false).total() / (1 << 20);
    EXPECT_NEAR(mib / c.measured_mib, 1, 0.3) << c.preset << " " << c.batch;
  }
}

/// The same with discriminators at work.
TEST(Memory, IsNearWhatWasMeasuredOfDiscriminators) {
  struct Case {
    const char* preset;
    std::int64_t batch;
    double adversarial, code_adversarial, measured_mib;
  };
  const Case cases[] = {{"sketch", 8, 0.1, 0, 665},
                        {"sketch", 32, 0.1, 0, 1259},
                        {"sketch", 64, 0.1, 0, 1828},
                        {"sketch", 8, 0, 0.1, 576},
                        {"draft", 4, 0.1, 0, 2278}};
  for (const Case& c : cases) {
    Preset preset = presets().at(c.preset);
    preset.training.batch = c.batch;
    preset.training.adversarial = c.adversarial;
    preset.training.code_adversarial = c.code_adversarial;
    const double mib = training_memory(preset, 4, false).total() / (1 << 20);
    EXPECT_NEAR(mib / c.measured_mib, 1, 0.15) << c.preset << " " << c.batch;
  }
}

TEST(Memory, RefusesWhatCannotFitWithTheNumbers) {
  const Preset preset = tiny_preset();
  const MemoryEstimate need = training_memory(preset, 4, false);
  EXPECT_NO_THROW(check_memory(need, {static_cast<std::uint64_t>(need.total()) + 1, 0}, preset.training));
  const auto [code, message] = error_of([&] { check_memory(need, {100'000'000, 0}, preset.training); });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kResource));
  EXPECT_THAT(message, HasSubstr(bytes_text(need.total())));
  EXPECT_THAT(message, HasSubstr("100 MB are available"));
  EXPECT_THAT(message, HasSubstr("--batch"));
}

TEST(Memory, RefusesWhatAGpuCannotHold) {
  const Preset preset = tiny_preset();
  const MemoryEstimate need = training_memory(preset, 4, true);
  const std::uint64_t plenty = std::uint64_t{1} << 40;
  EXPECT_NO_THROW(
      check_memory(need, {plenty, static_cast<std::uint64_t>(need.device()) + 1}, preset.training));
  const auto [code, message] = error_of([&] { check_memory(need, {plenty, 100'000}, preset.training); });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kResource));
  EXPECT_THAT(message, HasSubstr(bytes_text(need.device()) + " of the GPU's memory"));
}

/// Before anything is allocated: else this test would take the machine down.
TEST(Memory, ATrainingThatCannotFitDoesNotBegin) {
  const DrawnFaces likeness(2, 0), performer(2, 1);
  TrainerOptions options = tiny_options();
  options.preset.network.output_px = 2048;
  options.preset.network.decoder_channels = {4096, 4096};
  options.preset.network.performer_channels = {};
  options.preset.training.batch = 4096;
  const auto [code, message] = error_of([&] { const Trainer trainer(options, {likeness, performer}); });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kResource));
  EXPECT_THAT(message, HasSubstr("needs about"));
}

}  // namespace
}  // namespace understudy::model
