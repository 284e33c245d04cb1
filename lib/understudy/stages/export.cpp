#include "understudy/stages/export.h"

#include <torch/types.h>

#include <algorithm>
#include <map>
#include <opencv2/core.hpp>

#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/core/sha256.h"
#include "understudy/model/augment.h"
#include "understudy/model/checkpoint.h"
#include "understudy/model/device.h"
#include "understudy/model/network.h"
#include "understudy/model/onnx_model.h"
#include "understudy/provenance/marking.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/model_signature.h"
#include "understudy/stages/onnx_check.h"

namespace understudy::stages {
namespace {

std::size_t identity_of(const std::string& person, const model::NetworkConfig& network) {
  if (person.empty()) return 0;
  const auto found = std::ranges::find(network.likenesses, person);
  if (found == network.likenesses.end())
    throw Error(ErrorCode::kUsage, text("the model has no likeness '", person, "'"),
                text("it has: ", joined(network.likenesses)));
  return static_cast<std::size_t>(found - network.likenesses.begin());
}

std::string notice(const provenance::Marking& marking) {
  std::string out =
      "Puts the likeness of a real or made-up person, who is named in a consent record, into a performer's "
      "face. It may be used only as the records of `consents` allow, and a picture that is made with it must "
      "say so. ";
  if (provenance::is_internal_test(marking)) out += "INTERNAL TEST, not for delivery. ";
  return out;
}

/// What the file says of itself. Persons are named only where their record grants public credit.
std::map<std::string, std::string> metadata_of(const model::ModelHeader& header, const std::string& likeness,
                                               const provenance::Marking& marking,
                                               const std::vector<provenance::ConsentSummary>& consents,
                                               const std::optional<double>& morph) {
  Json records = Json::array();
  for (const provenance::ConsentSummary& consent : consents)
    records.push_back({{"id", consent.id},
                       {"role", provenance::role_name(consent.role)},
                       {"basis", consent.basis},
                       {"sha256", consent.sha256}});
  const Json crop = {{"family", header.crop_family},
                     {"window_side", header.window.side},
                     {"window_down", header.window.down}};
  std::map<std::string, std::string> out = {
      {"likeness", likeness},
      {"consents", records.dump()},
      {"datasets", header.lineage.value("datasets", Json::array()).dump()},
      {"crop", crop.dump()},
      {"model_sha256", marking.model_sha256},
      {"understudy", std::string(version())},
      {"notice", notice(marking)},
      {"marking", provenance::to_json(marking).dump()}};
  if (morph) out["morph"] = text(*morph);
  return out;
}

/// Of noise and of smooth colours, the same every time.
torch::Tensor sample_faces(std::int64_t px) {
  at::Generator random = model::seeded_generator(1);
  const torch::Tensor noise = at::rand({1, 3, px, px}, random, torch::kFloat32);
  const torch::Tensor smooth = model::resized(at::rand({1, 3, 8, 8}, random, torch::kFloat32), px);
  return at::cat({noise, smooth}).contiguous();
}

cv::Mat as_mat(const torch::Tensor& nchw) {
  std::vector<int> sides;
  for (const std::int64_t side : nchw.sizes()) sides.push_back(static_cast<int>(side));
  return cv::Mat(sides, CV_32F, nchw.data_ptr()).clone();
}

NetworkAnswer answer_of(const model::NetworkConfig& config, const torch::Tensor& weights,
                        std::size_t identity, const std::optional<double>& morph) {
  const at::NoGradGuard no_gradients;
  const model::Network network(config, weights, torch::kFloat32, false);
  const torch::Tensor faces = sample_faces(config.input_px);
  const torch::Tensor share = morph ? model::morph_share(network.plan(), *morph) : torch::Tensor();
  const model::Decoded decoded = network.decode(network.encode(faces), identity, share);
  return {as_mat(faces), as_mat(decoded.image_nchw.contiguous()), as_mat(decoded.mask_nchw.contiguous())};
}

/// A base: the weights with the model's header, which holds its consents.
Outcome export_base(const ExportOptions& options, Run& run) {
  const model::ModelHeader header = model::read_model_header(options.model);
  ConsentGate(options.consents, run.report)
      .check_lineage(header.lineage, options.model.string(), text("the model ", options.model.string()));
  model::save_average(options.model, options.output, options.parts);
  run.report.add_output(options.output, sha256_file(options.output));
  return {.written = {options.output},
          .summary = text("exported the weights of iteration ", header.iteration)};
}

}  // namespace

Outcome export_model(const ExportOptions& options, Run& run) {
  require_good_model_signature(options.model);
  if (options.output.extension() == ".safetensors") return export_base(options, run);
  if (!options.parts.empty())
    throw Error(ErrorCode::kUsage, "--parts is for a base, whose file ends in .safetensors");
  model::use_threads(effective_threads(0));
  const model::Checkpoint checkpoint = model::load_checkpoint(options.model, model::CheckpointPart::kAverage);
  if (!checkpoint.note.empty()) log_warning(checkpoint.note);
  const model::ModelHeader& header = checkpoint.header;
  const std::vector<provenance::ConsentSummary> consents =
      ConsentGate(options.consents, run.report)
          .check_lineage(header.lineage, options.model.string(), text("the model ", options.model.string()));
  const model::NetworkConfig& network = header.preset.network;
  const std::size_t identity = identity_of(options.likeness, network);

  provenance::Marking marking{std::string(version()), sha256_file(checkpoint.path), "", {}, ""};
  for (const provenance::ConsentSummary& consent : consents)
    marking.consents.push_back(provenance::marked_consent(consent));
  run.report.add_input(checkpoint.path, marking.model_sha256);

  const model::WeightLayout layout = model::weight_layout(network);
  const torch::Tensor weights = at::zeros({layout.total}, torch::kFloat32);
  model::fill_weights(layout, weights, checkpoint.file, model::CheckpointPart::kAverage,
                      checkpoint.path.string());
  const std::string onnx =
      model::onnx_model(network, weights, identity, options.morph, notice(marking),
                        metadata_of(header, network.likenesses[identity], marking, consents, options.morph));
  {
    const auto timer = run.report.step("check");
    check_onnx(onnx, answer_of(network, weights, identity, options.morph));
  }
  write_file(options.output, onnx);
  run.report.add_output(options.output, sha256(onnx));
  Outcome outcome;
  outcome.written.push_back(options.output);
  outcome.summary = text("exported the likeness '", network.likenesses[identity], "', ", onnx.size(),
                         " bytes; cv::dnn agrees with the model");
  return outcome;
}

}  // namespace understudy::stages
