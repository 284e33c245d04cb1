#include "understudy/core/refused.h"
#include "understudy/provenance/consent.h"
#include "understudy/provenance/consent_fields.h"
#include "understudy/provenance/consent_rules.h"

namespace understudy::provenance {
namespace {

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

/// Version 1 wrote the territory as one text.
std::vector<std::string> texts_from(const Json& json, const char* key, std::string_view where) {
  if (!json.contains(key) || !json[key].is_string())
    return json_field<std::vector<std::string>>(json, key, where);
  const auto one = json[key].get<std::string>();
  return one.empty() ? std::vector<std::string>() : std::vector{one};
}

Json field_json(const ConsentTerms& terms, const ConsentField& field) {
  return std::visit(
      Overloaded{[&](std::optional<Date> ConsentTerms::*date) { return date_json(terms.*date); },
                 [&](auto member) { return Json(terms.*member); }},
      field.member);
}

void take_field(const Json& json, const ConsentField& field, std::string_view where, ConsentTerms& terms) {
  std::visit(
      Overloaded{[&](std::optional<Date> ConsentTerms::*date) {
                   terms.*date = optional_date(json, field.name, where);
                 },
                 [&](std::vector<std::string> ConsentTerms::*texts) {
                   terms.*texts = texts_from(json, field.name, where);
                 },
                 [&](std::string ConsentTerms::*value) {
                   terms.*value = json_field<std::string>(json, field.name, where);
                 },
                 [&](bool ConsentTerms::*flag) { terms.*flag = json_field<bool>(json, field.name, where); }},
      field.member);
}

Json party_json(const std::optional<Party>& party) {
  return party ? Json({{"name", party->name}, {"capacity", party->capacity}}) : Json(nullptr);
}

std::optional<Party> party_from(const Json& json, const char* key, std::string_view where) {
  if (!json.contains(key) || json[key].is_null()) return std::nullopt;
  return Party{json_field<std::string>(json[key], "name", where),
               optional_text(json[key], "capacity", where)};
}

/// Required, so that a header that lost the field does not read as "not revoked".
std::optional<Revocation> revocation_from(const Json& json, std::string_view where) {
  const Json revoked = json_field<Json>(json, "revoked", where);
  if (revoked.is_null()) return std::nullopt;
  if (!revoked.is_object())
    throw Error(ErrorCode::kFormat, text(where, ": the field 'revoked' is neither null nor an object"));
  return Revocation{optional_date(revoked, "date", where), optional_text(revoked, "reason", where)};
}

}  // namespace

Json to_json(const ConsentSummary& summary) {
  Json json;
  json["version"] = summary.version;
  json["id"] = summary.id;
  json["subject"] = summary.subject;
  json["role"] = role_name(summary.role);
  json["basis"] = summary.basis;
  for (const ConsentField& field : consent_fields())
    if (field.since <= summary.version) json[field.name] = field_json(summary, field);
  if (summary.version > 1) {
    json["grantor"] = party_json(summary.grantor);
    json["guardian"] = party_json(summary.guardian);
  }
  json["evidence"] = nullptr;
  if (summary.evidence)
    json["evidence"] = {{"file", summary.evidence->file}, {"sha256", summary.evidence->sha256}};
  json["revoked"] = nullptr;
  if (summary.revoked)
    json["revoked"] = {{"date", date_json(summary.revoked->date)}, {"reason", summary.revoked->reason}};
  json["sha256"] = summary.sha256;
  return json;
}

ConsentSummary consent_summary_from_json(const Json& json, std::string_view where) {
  if (json.is_null())
    throw RefusedError(
        text(where, " names no consent (consent_missing)"),
        "write a record with understudy-consent new, and make this again from datasets extracted "
        "with --consent FILE",
        {"consent_missing", "", "", {}});
  ConsentSummary summary;
  summary.version =
      json.is_object() && json.contains("version") ? json_field<int>(json, "version", where) : 1;
  require_version(summary.version, where);
  summary.id = json_field<std::string>(json, "id", where);
  summary.subject = json_field<std::string>(json, "subject", where);
  summary.role = require_role(json_field<std::string>(json, "role", where), where);
  summary.basis = current_basis(json_field<std::string>(json, "basis", where));
  for (const ConsentField& field : consent_fields())
    if (field.since <= summary.version) take_field(json, field, where, summary);
  if (summary.version > 1) {
    summary.grantor = party_from(json, "grantor", where);
    summary.guardian = party_from(json, "guardian", where);
  }
  if (json.contains("evidence") && !json["evidence"].is_null())
    summary.evidence = Evidence{json_field<std::string>(json["evidence"], "file", where),
                                json_field<std::string>(json["evidence"], "sha256", where)};
  summary.revoked = revocation_from(json, where);
  summary.sha256 = json_field<std::string>(json, "sha256", where);
  require_digest(summary.sha256, "sha256", where);
  require_valid(summary, where);
  return summary;
}

}  // namespace understudy::provenance
