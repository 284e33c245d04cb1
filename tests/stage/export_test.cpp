#include <gmock/gmock.h>
#include <torch/types.h>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/network.h"
#include "understudy/model/onnx_model.h"
#include "understudy/stages/onnx_check.h"

namespace understudy::stages {
namespace {

using testing::HasSubstr;

model::NetworkConfig narrow(const std::string& architecture, const std::vector<std::string>& variants) {
  model::NetworkConfig config;
  config.architecture = architecture;
  config.variants = variants;
  config.input_px = 32;
  config.output_px = 64;
  config.encoder_channels = {4, 6};
  config.code_size = 8;
  config.inter_channels = 4;
  config.decoder_channels = {6, 4};
  config.performer_channels = {4};
  if (architecture == "comb") config.likenesses = {"anna", "ben"};
  model::check_network_config(config, "the test");
  return config;
}

/// Biases too, unlike a network's first weights.
torch::Tensor random_weights(const model::NetworkConfig& config) {
  const model::WeightLayout layout = model::weight_layout(config);
  at::manual_seed(1);
  return model::initial_weights(layout, 1) + 0.1 * torch::randn({layout.total});
}

cv::Mat as_mat(const torch::Tensor& nchw) {
  const torch::Tensor plain = nchw.contiguous();
  std::vector<int> sides;
  for (const std::int64_t side : plain.sizes()) sides.push_back(static_cast<int>(side));
  return cv::Mat(sides, CV_32F, plain.data_ptr()).clone();
}

NetworkAnswer answer(const model::NetworkConfig& config, const torch::Tensor& weights, std::size_t identity,
                     const torch::Tensor& share, std::int64_t count) {
  const at::NoGradGuard no_gradients;
  const model::Network network(config, weights, torch::kFloat32, false);
  const torch::Tensor faces = torch::rand({count, 3, config.input_px, config.input_px});
  const model::Decoded decoded = network.decode(network.encode(faces), identity, share);
  return {as_mat(faces), as_mat(decoded.image_nchw), as_mat(decoded.mask_nchw)};
}

TEST(Onnx, CvDnnGivesWhatEveryArchitectureGives) {
  const std::vector<std::vector<std::string>> variant_sets = {
      {}, {"deep"}, {"pixel-norm", "double-resolution"}, {"flat-inter", "plain"}};
  for (const auto& entry : model::architectures()) {
    for (const auto& variants : variant_sets) {
      const model::NetworkConfig config = narrow(entry.name, variants);
      const torch::Tensor weights = random_weights(config);
      const std::size_t identities = config.likenesses.size() + config.performers.size();
      for (std::size_t identity = 0; identity < identities; ++identity) {
        SCOPED_TRACE(text(entry.name, " [", joined(variants), "] identity ", identity));
        const std::string onnx = model::onnx_model(config, weights, identity, {}, "", {});
        for (const std::int64_t count : {1, 3})
          EXPECT_NO_THROW(check_onnx(onnx, answer(config, weights, identity, {}, count)));
      }
    }
  }
}

TEST(Onnx, TheShareOfAMorphIsBuiltIn) {
  const model::NetworkConfig config = narrow("amp", {});
  const torch::Tensor weights = random_weights(config);
  const model::NetworkPlan plan = model::network_plan(config);
  for (const double morph : {0.0, 0.25, 0.6, 1.0}) {
    const std::string onnx = model::onnx_model(config, weights, 0, morph, "", {});
    EXPECT_NO_THROW(check_onnx(onnx, answer(config, weights, 0, model::morph_share(plan, morph), 1)))
        << morph;
  }
  const std::string half = model::onnx_model(config, weights, 0, 0.5, "", {});
  EXPECT_THROW(check_onnx(half, answer(config, weights, 0, {}, 1)), Error);
  try {
    model::onnx_model(narrow("df", {}), random_weights(narrow("df", {})), 0, 0.5, "", {});
    FAIL() << "a df network was morphed";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kUsage);
    EXPECT_THAT(e.message(), HasSubstr("'df' cannot be morphed"));
  }
}

TEST(Onnx, TheCheckRefusesOtherNumbersAndOtherFiles) {
  const model::NetworkConfig config = narrow("df", {});
  const torch::Tensor weights = random_weights(config);
  const std::string onnx = model::onnx_model(config, weights, 0, {}, "", {});
  const NetworkAnswer right = answer(config, weights, 0, {}, 1);
  const auto message_of = [&](const std::string& file, const NetworkAnswer& expected) -> std::string {
    try {
      check_onnx(file, expected);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kBug);
      return e.message();
    }
    return "no error";
  };
  EXPECT_EQ(message_of(onnx, right), "no error");
  NetworkAnswer wrong = {right.faces, right.swap.clone(), right.mask.clone()};
  wrong.mask.ptr<float>()[17] += 0.002f;
  EXPECT_THAT(message_of(onnx, wrong), HasSubstr("differs from the model by 0.00"));
  wrong.mask = right.mask;
  wrong.swap.ptr<float>()[17] = std::nanf("");
  EXPECT_THAT(message_of(onnx, wrong), HasSubstr("'swap'"));
  EXPECT_THAT(message_of("no ONNX at all", right), HasSubstr("cannot be run"));
  EXPECT_THAT(message_of(model::onnx_model(config, weights, 1, {}, "", {}), right), HasSubstr("shape"));
}

TEST(Onnx, LeavesOutWhatTheIdentityDoesNotNeed) {
  const model::NetworkConfig config = narrow("df", {});
  const std::string onnx =
      model::onnx_model(config, random_weights(config), 0, {}, "a description", {{"likeness", "anna"}});
  EXPECT_THAT(onnx, HasSubstr("likeness.0.up.weight"));
  EXPECT_THAT(onnx, testing::Not(HasSubstr("performer.0.up.weight")));
  EXPECT_THAT(onnx, HasSubstr("a description"));
  EXPECT_THAT(onnx, HasSubstr("anna"));
}

}  // namespace
}  // namespace understudy::stages
