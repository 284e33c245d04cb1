#include "understudy/provenance/c2pa/validation.h"

#include <algorithm>
#include <set>

namespace understudy::provenance::c2pa {
namespace {

constexpr std::string_view kManifestUrl = "self#jumbf=/c2pa/";

Json status_list(const std::vector<Status>& list) {
  Json out = Json::array();
  for (const Status& each : list)
    out.push_back({{"code", each.code}, {"url", each.url}, {"explanation", each.explanation}});
  return out;
}

Json findings_json(const Findings& findings) {
  return {{"success", status_list(findings.success)},
          {"informational", status_list(findings.informational)},
          {"failure", status_list(findings.failure)}};
}

Json signature_json(const ManifestReport& manifest) {
  Json out = {{"algorithm", manifest.algorithm}, {"stamped", manifest.stamped}};
  if (manifest.signer)
    out.update({{"name", manifest.signer->name},
                {"subject", manifest.signer->subject},
                {"issuer", manifest.signer->issuer},
                {"valid_from", manifest.signer->valid_from},
                {"valid_until", manifest.signer->valid_until},
                {"certificate_sha256", manifest.signer->sha256}});
  return out;
}

Json manifest_json(const ManifestReport& manifest) {
  Json out = {{"label", manifest.label},
              {"claim_version", manifest.claim_version},
              {"title", manifest.title},
              {"generator", manifest.generator},
              {"instance_id", manifest.instance_id},
              {"signature", signature_json(manifest)}};
  out["actions"] = Json::array();
  for (const Action& each : manifest.actions)
    out["actions"].push_back({{"action", each.action},
                              {"digital_source_type", each.source_type},
                              {"when", each.when},
                              {"description", each.description},
                              {"software", each.software}});
  out["ingredients"] = Json::array();
  for (const Ingredient& each : manifest.ingredients)
    out["ingredients"].push_back({{"relationship", each.relationship},
                                  {"title", each.title},
                                  {"format", each.format},
                                  {"instance_id", each.instance_id},
                                  {"manifest", each.manifest ? each.manifest->url : std::string()}});
  out["assertions"] = Json::array();
  for (const auto& [label, content] : manifest.assertions) out["assertions"].push_back(label);
  out["findings"] = findings_json(manifest.findings);
  return out;
}

/// Failures that make a manifest invalid: an unknown signer does not.
void add_failures(const Findings& findings, const std::set<std::string>& known,
                  std::vector<std::string>& out) {
  for (const Status& each : findings.failure)
    if (each.code != "signingCredential.untrusted" && !known.contains(each.code)) out.push_back(each.code);
}

}  // namespace

const char* state_name(State state) {
  return state == State::kTrusted ? "trusted" : state == State::kValid ? "valid" : "invalid";
}

const ManifestReport* Validation::find(std::string_view label) const {
  const auto found = std::ranges::find(manifests, label, &ManifestReport::label);
  return found == manifests.end() ? nullptr : &*found;
}

std::vector<std::string> Validation::failures() const {
  std::vector<std::string> out;
  add_failures(findings, {}, out);
  if (manifests.empty()) return out;
  add_failures(manifests.back().findings, {}, out);
  std::vector<const ManifestReport*> open{&manifests.back()};
  std::set<const ManifestReport*> seen(open.begin(), open.end());
  while (!open.empty()) {
    const ManifestReport* each = open.back();
    open.pop_back();
    for (const Ingredient& ingredient : each->ingredients) {
      if (!ingredient.manifest || !ingredient.manifest->url.starts_with(kManifestUrl)) continue;
      const ManifestReport* from =
          find(std::string_view(ingredient.manifest->url).substr(kManifestUrl.size()));
      if (!from || !seen.insert(from).second) continue;
      add_failures(from->findings, ingredient.known_failures, out);
      open.push_back(from);
    }
  }
  return out;
}

Json to_json(const Validation& validation) {
  Json out = {{"state", state_name(validation.state)},
              {"active_manifest", validation.manifests.empty() ? "" : validation.manifests.back().label},
              {"findings", findings_json(validation.findings)},
              {"manifests", Json::array()}};
  for (const ManifestReport& each : validation.manifests) out["manifests"].push_back(manifest_json(each));
  return out;
}

}  // namespace understudy::provenance::c2pa
