#include "understudy/stages/consent_gate.h"

#include <algorithm>
#include <chrono>

#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/provenance/consent_signature.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// A copy of the list that is older than this may lack what was taken back since.
constexpr int kOldDays = 30;

provenance::Revocations read_revocations(const fs::path& path, Report& report) {
  const std::string content = read_file(path);
  const provenance::SignatureState signature = provenance::require_good_signature(path, content);
  provenance::Revocations list = provenance::Revocations::parse(content, path.string());
  const auto today = std::chrono::sys_days(provenance::today_utc());
  const auto age_days = (today - std::chrono::sys_days(list.written().value())).count();
  const std::string said = text("the list of revocations ", path.string(), " has ", list.entries().size(),
                                " entries, was last written ", age_days, " days ago and is ",
                                provenance::signature_text(signature));
  if (age_days > kOldDays)
    log_warning(said);
  else
    log_info(said);
  report.details["revocations"] = {{"path", path.string()},
                                   {"entries", list.entries().size()},
                                   {"written", provenance::date_text(*list.written())},
                                   {"age_days", age_days},
                                   {"signature", provenance::signature_text(signature)},
                                   {"head", list.head()}};
  return list;
}

/// Every dataset's consent must be among the consents. Models of before version 2 of records do not say.
void check_datasets(const Json& lineage, const std::vector<provenance::ConsentSummary>& consents,
                    std::string_view where, const std::string& whose) {
  for (const Json& dataset : json_field_or<std::vector<Json>>(lineage, "datasets", {}, where)) {
    if (!dataset.is_object() || !dataset.contains("consent")) continue;
    const auto id = dataset["consent"].is_string() ? dataset["consent"].get<std::string>() : std::string();
    if (std::ranges::none_of(consents, [&](const auto& consent) { return consent.id == id; }))
      provenance::throw_refusal(provenance::make_refusal(
          {"lineage_broken", id, "", {json_field_or<std::string>(dataset, "digest", "", where)}},
          text(whose, " was made from a dataset under the consent record ", id, ", which it does not carry"),
          "use the model as it was trained, or train it anew"));
  }
}

}  // namespace

ConsentGate::ConsentGate(const ConsentOptions& options, Report& report) : signed_only_(options.signed_only) {
  if (!options.revocations.empty()) revocations_ = read_revocations(options.revocations, report);
}

void ConsentGate::delivers(provenance::ConsentScope scope) {
  scope_ = std::move(scope);
  delivers_ = true;
}

provenance::ConsentQuery ConsentGate::query(provenance::Role role, std::string whose) const {
  return {role, provenance::today_utc(), std::move(whose), scope_, delivers_, revocations(), signed_only_};
}

dataset::Dataset ConsentGate::open(const fs::path& root, std::optional<provenance::Role> role) const {
  dataset::Dataset dataset = dataset::Dataset::open(root);
  const auto summary =
      provenance::consent_summary_from_json(dataset.info().consent, (root / "dataset.json").string());
  provenance::check_carried_consent(dataset.consent_file(), summary,
                                    query(role.value_or(summary.role), text("the dataset ", root.string())));
  return dataset;
}

std::vector<provenance::ConsentSummary> ConsentGate::check_lineage(const Json& lineage,
                                                                   std::string_view where,
                                                                   const std::string& whose) const {
  std::vector<provenance::ConsentSummary> out;
  for (const Json& json : json_field_or<std::vector<Json>>(lineage, "consents", {}, where))
    out.push_back(provenance::consent_summary_from_json(json, where));
  const provenance::Role both[] = {provenance::Role::kLikeness, provenance::Role::kPerformer};
  provenance::check_consents(out, both, query(provenance::Role::kLikeness, whose));
  check_datasets(lineage, out, where, whose);
  return out;
}

provenance::ConsentFile ConsentGate::check_record(const fs::path& path) const {
  const auto file = path.empty() ? std::nullopt : provenance::find_consent(path);
  if (!file) provenance::check_consent(nullptr, query(provenance::Role::kLikeness, "the footage"));
  provenance::check_file(*file, query(file->consent.role, text("the footage of ", file->consent.subject)));
  log_info(text("consent record ", file->consent.id, ": ", provenance::signature_text(file->signature)));
  return *file;
}

void carry_signature(const std::filesystem::path& record, const std::filesystem::path& copy) {
  const auto given = provenance::signature_path(record);
  if (std::filesystem::exists(given)) write_file(provenance::signature_path(copy), read_file(given));
}

void carry_consent(const dataset::Dataset& dataset, const fs::path& folder) {
  const fs::path copy = folder / "consent.toml";
  write_unpublished(copy, read_file(dataset.consent_file()));
  carry_signature(dataset.consent_file(), copy);
}

}  // namespace understudy::stages
