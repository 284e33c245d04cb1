#include "understudy/provenance/c2pa/ingredients.h"

#include <algorithm>

namespace understudy::provenance::c2pa {
namespace {

constexpr std::string_view kWhere = "the ingredient";
constexpr std::string_view kLatest = "c2pa.ingredient.v3";

bool is_ingredient(const Assertion& assertion) {
  return assertion.label == "c2pa.ingredient" || assertion.label == "c2pa.ingredient.v2" ||
         assertion.label == kLatest;
}

/// The codes in a list of {code, url, explanation}.
void add_codes(const Cbor* list, std::set<std::string>& out) {
  const auto* items = list ? list->as<Cbor::Array>() : nullptr;
  if (!items) return;
  for (const Cbor& item : *items) out.insert(optional_text(item, "code", kWhere));
}

/// The failures in validationResults (version 3) or validationStatus (before).
std::set<std::string> known_failures(const Cbor& ingredient) {
  std::set<std::string> out;
  add_codes(ingredient.find("validationStatus"), out);
  const Cbor* results = ingredient.find("validationResults");
  if (!results) return out;
  if (const Cbor* active = results->find("activeManifest")) add_codes(active->find("failure"), out);
  const Cbor* deltas = results->find("ingredientDeltas");
  if (const auto* items = deltas ? deltas->as<Cbor::Array>() : nullptr)
    for (const Cbor& item : *items)
      if (const Cbor* found = item.find("validationDeltas")) add_codes(found->find("failure"), out);
  return out;
}

Ingredient read_ingredient(const Assertion& assertion) {
  const Cbor& item = *assertion.cbor;
  const bool latest = assertion.label == kLatest;
  Ingredient out;
  out.url = assertion.url;
  out.relationship = cbor_field<std::string>(item, "relationship", kWhere);
  if (out.relationship != "parentOf" && out.relationship != "componentOf" && out.relationship != "inputTo")
    throw Error(ErrorCode::kFormat, text("the relationship '", out.relationship, "' is not known"));
  out.title = optional_text(item, "dc:title", kWhere);
  out.format = optional_text(item, "dc:format", kWhere);
  out.instance_id = optional_text(item, "instanceID", kWhere);
  if (const Cbor* found = item.find(latest ? "activeManifest" : "c2pa_manifest"))
    out.manifest = hashed_uri(*found, kWhere);
  if (const Cbor* found = item.find("claimSignature")) out.claim_signature = hashed_uri(*found, kWhere);
  if (latest && (item.find("validationResults") != nullptr) != out.manifest.has_value())
    throw Error(ErrorCode::kFormat, "activeManifest and validationResults stand together or not at all");
  out.known_failures = known_failures(item);
  return out;
}

}  // namespace

std::vector<Ingredient> check_ingredients(const std::vector<Assertion>& assertions, const Manifest& manifest,
                                          Findings& findings) {
  std::vector<Ingredient> out;
  for (const Assertion& assertion : assertions) {
    if (!is_ingredient(assertion) || !assertion.cbor) continue;
    try {
      out.push_back(read_ingredient(assertion));
    } catch (const Error& e) {
      findings.failure.push_back({"assertion.ingredient.malformed", assertion.url, e.message()});
      continue;
    }
    if (!out.back().manifest)
      findings.informational.push_back(
          {"ingredient.unknownProvenance", assertion.url, "the ingredient has no content credentials"});
  }
  if (std::ranges::count(out, "parentOf", &Ingredient::relationship) > 1)
    findings.failure.push_back(
        {"manifest.multipleParents", "self#jumbf=/c2pa/" + manifest.label, "there is more than one parent"});
  return out;
}

const Manifest* check_ingredient_manifest(const Ingredient& ingredient, const ManifestStore& store,
                                          const Manifest& manifest, const Claim& claim, Findings& findings) {
  const Superbox* box = store.resolve(ingredient.manifest->url, manifest);
  const auto& all = store.manifests();
  const auto found = std::ranges::find(all, box, &Manifest::box);
  if (!box || found == all.end()) {
    findings.failure.push_back(
        {"ingredient.manifest.missing", ingredient.url, "its manifest is not in the store"});
    return nullptr;
  }
  const bool redacted = std::ranges::any_of(store.redacted(), [&](const std::string& url) {
    return url.starts_with("self#jumbf=/c2pa/" + found->label + "/");
  });
  // What was redacted changes the manifest, but not its signature.
  const bool same_signature =
      redacted && ingredient.claim_signature && found->signature &&
      holds(*ingredient.claim_signature, *found->signature, claim.alg).value_or(false);
  const std::string url = "self#jumbf=/c2pa/" + found->label;
  if (holds(*ingredient.manifest, *box, claim.alg).value_or(false) || same_signature)
    findings.success.push_back(
        {"ingredient.manifest.validated", url, "the ingredient's manifest is as it was"});
  else
    findings.failure.push_back(
        {"ingredient.manifest.mismatch", url, "the ingredient's manifest was changed"});
  return &*found;
}

}  // namespace understudy::provenance::c2pa
