#include "understudy/stages/verify.h"

#include <algorithm>

#include "understudy/core/sha256.h"
#include "understudy/dataset/check.h"
#include "understudy/media/metadata.h"
#include "understudy/model/checkpoint.h"
#include "understudy/provenance/consent_check.h"
#include "understudy/provenance/lineage.h"

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

LineageNode model_lineage(const fs::path& folder) {
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
  for (const model::CheckpointFile& file : checkpoints)
    if (!file.trouble.empty()) node.problems.push_back(file.trouble);
  for (const Json& consent : header.lineage.value("consents", Json::array()))
    node.consents.push_back(provenance::consent_summary_from_json(consent, folder.string()));
  for (const Json& made_from : header.lineage.value("datasets", Json::array())) {
    LineageNode from;
    from.kind = "dataset";
    from.name = made_from.value("role", "");
    from.sha256 = made_from.value("digest", "");
    node.made_from.push_back(from);
  }
  return node;
}

LineageNode file_lineage(const fs::path& path) {
  LineageNode node;
  node.kind = "file";
  node.name = path.string();
  if (fs::is_regular_file(path)) node.sha256 = sha256_file(path);
  node.marking = provenance::find_marking(media::read_metadata(path));
  if (!node.marking) {
    node.facts = {{"made with Understudy", "nothing in it says so"}};
    return node;
  }
  if (!node.marking->model_sha256.empty()) {
    LineageNode model;
    model.kind = "model";
    model.sha256 = node.marking->model_sha256;
    node.made_from.push_back(model);
  }
  if (!node.marking->source_sha256.empty()) {
    LineageNode source;
    source.kind = "source";
    source.sha256 = node.marking->source_sha256;
    node.made_from.push_back(source);
  }
  return node;
}

LineageNode lineage_of(const fs::path& path) {
  if (fs::exists(path / "dataset.json")) return dataset_lineage(path);
  if (fs::exists(path / "model.json") || model::has_checkpoint(path)) return model_lineage(path);
  return file_lineage(path);
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

}  // namespace

Outcome verify(const VerifyOptions& options, Run& run) {
  const LineageNode node = lineage_of(options.path);
  const auto today = provenance::today_utc();
  report_problems(node, run.report);
  run.report.details["lineage"] = provenance::lineage_json(node, today);
  Outcome outcome;
  outcome.result = options.json ? provenance::lineage_json(node, today).dump(2) + "\n"
                                : provenance::lineage_text(node, today);
  return outcome;
}

}  // namespace understudy::stages
