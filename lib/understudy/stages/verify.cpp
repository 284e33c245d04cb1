#include "understudy/stages/verify.h"

#include <algorithm>
#include <optional>

#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/check.h"
#include "understudy/model/checkpoint.h"
#include "understudy/provenance/consent_check.h"
#include "understudy/provenance/lineage.h"
#include "understudy/stages/model_signature.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

using provenance::LineageNode;

LineageNode dataset_lineage(const fs::path& root) {
  const dataset::Dataset dataset = dataset::Dataset::open(root);
  const dataset::CheckResult check = dataset::check_dataset(dataset);
  LineageNode node;
  node.kind = "dataset";
  node.name = root.string();
  node.facts = {{"role", dataset.info().role},
                {"shards", std::to_string(check.shards)},
                {"faces", std::to_string(check.faces)},
                {"removed by hand", std::to_string(check.removed)}};
  node.problems = check.problems;
  try {
    node.consents = {
        provenance::consent_summary_from_json(dataset.info().consent, (root / "dataset.json").string())};
    const provenance::ConsentQuery query{provenance::roles().at(dataset.info().role), provenance::today_utc(),
                                         text("the dataset ", root.string())};
    provenance::check_carried_consent(dataset.consent_file(), node.consents.front(), query);
  } catch (const Error& e) {
    node.problems.push_back(e.message());
  }
  for (const std::string& id : dataset.sources()) {
    const dataset::SourceRecord source = dataset.source(id);
    LineageNode from;
    from.kind = "source";
    from.name = source.path;
    from.sha256 = source.sha256;
    from.facts = {{"frames", std::to_string(source.frame_count)},
                  {"size", text(source.width, "x", source.height)}};
    node.made_from.push_back(from);
  }
  return node;
}

LineageNode model_lineage(const fs::path& folder, const TrustedRoots& roots) {
  const std::vector<model::CheckpointFile> checkpoints = model::check_checkpoints(folder);
  const auto& newest =
      *std::ranges::find_if(checkpoints, [](const auto& file) { return file.trouble.empty(); });
  const model::ModelHeader& header = *newest.header;
  LineageNode node;
  node.kind = "model";
  node.name = folder.string();
  node.sha256 = sha256_file(newest.path);
  node.facts = {{"preset", header.preset_name},
                {"crop", text(header.crop_family, " ", header.crop_px)},
                {"iterations", std::to_string(header.iteration)},
                {"trained for", text(fixed(header.seconds / 60, 1), " minutes")},
                {"seed", std::to_string(header.seed)},
                {"checkpoints", std::to_string(checkpoints.size())}};
  const ModelSignature signature = read_model_signature(folder);
  node.facts.emplace_back("lineage", signature_text(signature, roots));
  node.facts.emplace_back("weights", signature.weights);
  if (!signature.signature.trouble.empty()) node.problems.push_back(signature.signature.trouble);
  for (const model::CheckpointFile& file : checkpoints)
    if (!file.trouble.empty()) node.problems.push_back(file.trouble);
  const std::string where = folder.string();
  for (const Json& consent : json_field_or<std::vector<Json>>(header.lineage, "consents", {}, where))
    node.consents.push_back(provenance::consent_summary_from_json(consent, where));
  for (const Json& made_from : json_field_or<std::vector<Json>>(header.lineage, "datasets", {}, where)) {
    LineageNode from;
    from.kind = "dataset";
    from.name = json_field_or<std::string>(made_from, "role", "", where);
    from.sha256 = json_field_or<std::string>(made_from, "digest", "", where);
    node.made_from.push_back(from);
  }
  return node;
}

/// The lineage of a dataset or a model; nothing for what is neither.
std::optional<LineageNode> lineage_of(const fs::path& path, const fs::path& trust) {
  if (fs::exists(path / "dataset.json")) return dataset_lineage(path);
  if (fs::exists(path / "model.json") || model::has_checkpoint(path))
    return model_lineage(path, read_trusted_roots(trust));
  return std::nullopt;
}

void report_problems(const LineageNode& node, Report& report) {
  for (const std::string& problem : node.problems) report.add_failure(node.name, problem);
  for (const provenance::ConsentSummary& consent : node.consents) {
    const auto refusal =
        provenance::find_refusal(&consent, {consent.role, provenance::today_utc(), node.name});
    if (refusal) report.add_failure(node.name, refusal->message);
  }
  for (const LineageNode& from : node.made_from) report_problems(from, report);
}

Outcome verify_lineage(const LineageNode& node, const VerifyOptions& options, Run& run) {
  const auto today = provenance::today_utc();
  report_problems(node, run.report);
  run.report.details["lineage"] = provenance::lineage_json(node, today);
  Outcome outcome;
  outcome.result = options.json ? provenance::lineage_json(node, today).dump(2) + "\n"
                                : provenance::lineage_text(node, today);
  return outcome;
}

Outcome verify_delivery(const VerifyOptions& options, Run& run) {
  const provenance::DeliveryReport report = inspect_delivery(options.path, options.rules, run.report);
  if (provenance::verdict_of(report.findings) != provenance::Verdict::kOk)
    run.report.add_failure(report.name, provenance::verdict_sentence(report.findings));
  for (const provenance::StatedConsent& consent : report.consents) {
    const std::string which = text("the consent ", consent.consent.id, ": ");
    if (consent.state.starts_with("consent_")) run.report.add_failure(report.name, which + consent.state);
    if (consent.when_signed.starts_with("consent_"))
      run.report.add_failure(report.name, text(which, consent.when_signed, " when the file was signed"));
  }
  const Json json = provenance::delivery_json(report);
  run.report.details["delivery"] = json;
  if (!options.html.empty()) write_file(options.html, provenance::delivery_page(report));
  Outcome outcome;
  outcome.result = options.json ? json_text(json, 2) + "\n" : provenance::delivery_text(report);
  return outcome;
}

}  // namespace

Outcome verify(const VerifyOptions& options, Run& run) {
  if (const std::optional<LineageNode> node = lineage_of(options.path, options.rules.trust)) {
    if (!options.html.empty())
      throw Error(ErrorCode::kUsage, "--html is for delivered files, this is a dataset or a model",
                  "leave it away, or use --json");
    return verify_lineage(*node, options, run);
  }
  return verify_delivery(options, run);
}

}  // namespace understudy::stages
