#include "understudy/provenance/consent.h"

#include <algorithm>
#include <random>

#include "understudy/core/sha256.h"
#include "understudy/provenance/consent_rules.h"

namespace understudy::provenance {
namespace {

/// How long a record lasts whose basis needs an end, when nobody names one.
constexpr std::chrono::days kDefaultTerm{30};

/// A random UUID (RFC 9562, version 4).
std::string new_uuid() {
  std::random_device random;
  std::string hex;
  while (hex.size() < 32) {
    const unsigned bits = random();
    for (int shift = 0; shift < 32; shift += 4) hex += "0123456789abcdef"[(bits >> shift) & 15];
  }
  hex[12] = '4';
  hex[16] = "89ab"[hex[16] & 3];
  for (std::size_t dash : {8, 13, 18, 23}) hex.insert(dash, 1, '-');
  return hex;
}

/// The field as text, or empty when it is absent or null.
std::string optional_text(const Json& json, const char* key, std::string_view where) {
  return json.contains(key) && !json[key].is_null() ? json_field<std::string>(json, key, where)
                                                    : std::string();
}

std::optional<Date> optional_date(const Json& json, const char* key, std::string_view where) {
  const std::string value = optional_text(json, key, where);
  return value.empty() ? std::nullopt : std::optional(require_date(value, key, where));
}

Json date_json(const std::optional<Date>& date) {
  return date ? Json(date_text(*date)) : Json(nullptr);
}

}  // namespace

const Table<Role>& roles() {
  static const Table<Role> table{"role",
                                 {{"likeness", "the person whose face is put in", Role::kLikeness},
                                  {"performer", "the person on the plate", Role::kPerformer}}};
  return table;
}

// To add one: a row here, its demands in BasisRules and find_refusal(), a row in docs/formats/consent.md.
const Table<BasisRules>& bases() {
  static const Table<BasisRules> table{
      "basis",
      {{"consent", "the person agreed to the stated uses", {}},
       {"self", "the person makes the work themself", {}},
       {"estate", "the estate of a person who died agreed; needs evidence", {.needs_evidence = true}},
       {"heritage", "a historic person in whom nobody holds rights", {}},
       {"licence", "a licensed likeness or data set; needs evidence", {.needs_evidence = true}},
       {"synthetic", "a rendered or invented face: no real person", {}},
       {"internal-test",
        "a short test that is not delivered; ends after 30 days unless --until says when",
        {.needs_end = true, .test_only = true}}}};
  return table;
}

std::string role_name(Role role) {
  const auto found =
      std::find_if(roles().begin(), roles().end(), [&](const auto& e) { return e.value == role; });
  return found->name;
}

Consent new_consent(const NewConsent& from, Date today) {
  const BasisRules& rules = bases().at(from.basis);
  Consent consent;
  consent.id = new_uuid();
  consent.subject = from.subject;
  consent.role = from.role;
  consent.basis = from.basis;
  consent.uses = from.uses;
  consent.valid_until = from.valid_until;
  if (rules.needs_end && !from.valid_until)
    consent.valid_until = Date(std::chrono::sys_days(today) + kDefaultTerm);
  if (!from.evidence.empty())
    consent.evidence = Evidence{from.evidence.filename().string(), sha256_file(from.evidence)};
  require_valid(consent, "the new consent record");
  return consent;
}

ConsentSummary summarise(const ConsentFile& file) {
  return {file.consent, file.sha256};
}

Json to_json(const ConsentSummary& summary) {
  Json json;
  json["id"] = summary.id;
  json["subject"] = summary.subject;
  json["role"] = role_name(summary.role);
  json["basis"] = summary.basis;
  json["uses"] = summary.uses;
  json["territory"] = summary.territory;
  json["valid_from"] = date_json(summary.valid_from);
  json["valid_until"] = date_json(summary.valid_until);
  json["evidence"] = nullptr;
  if (summary.evidence)
    json["evidence"] = {{"file", summary.evidence->file}, {"sha256", summary.evidence->sha256}};
  json["revoked"] = nullptr;
  if (summary.revoked)
    json["revoked"] = {{"date", date_json(summary.revoked->date)}, {"reason", summary.revoked->reason}};
  json["public_credit"] = summary.public_credit;
  json["sha256"] = summary.sha256;
  return json;
}

ConsentSummary consent_summary_from_json(const Json& json, std::string_view where) {
  if (json.is_null())
    throw Error(ErrorCode::kRefused, text(where, " names no consent (consent_missing)"),
                "write a record with understudy-consent new, and make this again from datasets extracted "
                "with --consent FILE");
  ConsentSummary summary;
  summary.id = json_field<std::string>(json, "id", where);
  summary.subject = json_field<std::string>(json, "subject", where);
  summary.role = require_role(json_field<std::string>(json, "role", where), where);
  summary.basis = json_field<std::string>(json, "basis", where);
  summary.uses = json_field<std::vector<std::string>>(json, "uses", where);
  summary.territory = optional_text(json, "territory", where);
  summary.valid_from = optional_date(json, "valid_from", where);
  summary.valid_until = optional_date(json, "valid_until", where);
  if (json.contains("evidence") && !json["evidence"].is_null())
    summary.evidence = Evidence{json_field<std::string>(json["evidence"], "file", where),
                                json_field<std::string>(json["evidence"], "sha256", where)};
  // Required, so that a header that lost the field does not read as "not revoked".
  const Json revoked = json_field<Json>(json, "revoked", where);
  if (!revoked.is_null() && !revoked.is_object())
    throw Error(ErrorCode::kFormat, text(where, ": the field 'revoked' is neither null nor an object"));
  if (!revoked.is_null())
    summary.revoked =
        Revocation{optional_date(revoked, "date", where), optional_text(revoked, "reason", where)};
  summary.public_credit = json_field<bool>(json, "public_credit", where);
  summary.sha256 = json_field<std::string>(json, "sha256", where);
  require_digest(summary.sha256, "sha256", where);
  require_valid(summary, where);
  return summary;
}

}  // namespace understudy::provenance
