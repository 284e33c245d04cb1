#include "understudy/model/converter.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "drawn_faces.h"
#include "trainer_runs.h"
#include "understudy/model/weights.h"

namespace understudy::model {
namespace {

namespace fs = std::filesystem;

/// A model with weights of chance.
void save_untrained(const fs::path& folder, const std::string& preset) {
  ModelHeader header;
  header.preset_name = preset;
  header.preset = presets().at(preset);
  header.crop_family = "whole";
  header.crop_px = 128;
  header.window = window_in("whole");
  const WeightLayout layout = weight_layout(header.preset.network);
  const torch::Tensor weights = initial_weights(layout, 1);
  save_checkpoint(folder, header,
                  named_weights(layout, weights + 0.02 * at::randn_like(weights), CheckpointPart::kAverage));
}

TEST(Converter, AFaceDependsNeitherOnItsBatchNorOnTheThreads) {
  constexpr std::int64_t kFaces = 6;
  torch::manual_seed(1);
  const torch::Tensor faces = torch::rand({kFaces, 128, 128, 3});
  const TempFolder folder;
  save_untrained(folder.path(), "sketch");
  for (const Precision precision : {Precision::kFp32, Precision::kAuto}) {
    torch::Tensor first;
    for (const int threads : {1, 2, 3}) {
      const Converter converter(folder.path(), "cpu", threads, precision);
      for (const std::int64_t batch : {1, 2, 5}) {
        std::vector<torch::Tensor> images;
        for (std::int64_t i = 0; i < kFaces; i += batch)
          images.push_back(converter.convert(faces.narrow(0, i, std::min(batch, kFaces - i))).image_nhwc);
        const torch::Tensor all = torch::cat(images);
        if (!first.defined()) first = all;
        EXPECT_TRUE(all.equal(first)) << "precision " << static_cast<int>(precision) << ", " << batch
                                      << " at once, " << threads << " threads";
      }
    }
  }
}

TEST(Converter, SwapsInsideItsWindowOnly) {
  const TempFolder folder;
  Trainer trainer(tiny_options(), {kLikeness, kPerformer});
  run(trainer, 1);
  trainer.save(folder.path());
  const Converter converter(folder.path(), "cpu", 1);
  EXPECT_EQ(converter.header().crop_family, "whole");
  EXPECT_EQ(converter.note(), "");
  EXPECT_EQ(converter.native_px(), 43);
  for (const std::int64_t side : {20, 64, 100}) {
    const torch::Tensor bytes = (torch::rand({3, side, side, 3}) * 255).to(torch::kUInt8);
    const Swapped swapped = converter.convert(bytes);
    ASSERT_EQ(swapped.image_nhwc.sizes(), (std::vector<std::int64_t>{3, side, side, 3}));
    ASSERT_EQ(swapped.mask_nhw.sizes(), (std::vector<std::int64_t>{3, side, side}));
    EXPECT_TRUE(((swapped.image_nhwc >= 0) & (swapped.image_nhwc <= 1)).all().item<bool>());
    EXPECT_TRUE(((swapped.mask_nhw >= 0) & (swapped.mask_nhw <= 1)).all().item<bool>());
    const torch::Tensor original = bytes.to(torch::kFloat32) / 255;
    EXPECT_TRUE(torch::allclose(swapped.image_nhwc.select(1, 0), original.select(1, 0)));
    EXPECT_EQ(swapped.mask_nhw.select(1, 0).max().item<float>(), 0);
    EXPECT_GT(swapped.mask_nhw[0][side / 2][side / 2].item<float>(), 0);
    const Swapped same = converter.convert(original);
    EXPECT_TRUE(torch::allclose(same.image_nhwc, swapped.image_nhwc, 0, 1e-5));
  }
  for (const torch::Tensor& wrong : {torch::Tensor(), torch::zeros({1, 3, 32, 32}), torch::zeros({32, 32, 3}),
                                     torch::zeros({1, 32, 40, 3})})
    EXPECT_EQ(error_of([&] { converter.convert(wrong); }).first, static_cast<int>(ErrorCode::kUsage));
}

TEST(Converter, RefusesFoldersWithoutAModel) {
  const TempFolder folder;
  EXPECT_EQ(error_of([&] { Converter(folder.path(), "cpu", 1); }).first, static_cast<int>(ErrorCode::kInput));
  write_file(folder.path() / "checkpoint-000000001.safetensors", "not a model");
  EXPECT_EQ(error_of([&] { Converter(folder.path(), "cpu", 1); }).first,
            static_cast<int>(ErrorCode::kFormat));
}

}  // namespace
}  // namespace understudy::model
