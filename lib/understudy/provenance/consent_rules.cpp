#include "understudy/provenance/consent_rules.h"

#include <algorithm>

#include "understudy/provenance/plain_text.h"

namespace understudy::provenance {
namespace {

constexpr std::size_t kMaxText = 1000;
constexpr std::size_t kMaxUses = 200;

[[noreturn]] void refuse_field(std::string_view where, std::string_view key, const std::string& what) {
  throw Error(ErrorCode::kFormat, text(where, ": the field '", key, "' ", what));
}

void require_text(std::string_view value, std::string_view key, std::string_view where) {
  if (value.size() > kMaxText)
    refuse_field(where, key, text("has ", value.size(), " bytes, expected at most ", kMaxText));
  if (has_control_character(value))
    refuse_field(
        where, key,
        text("holds a control character ('", printable(value), "'), expected one line of plain text"));
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_uuid(std::string_view value) {
  if (value.size() != 36) return false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? value[i] != '-' : !is_hex(value[i])) return false;
  }
  return true;
}

bool is_blank(std::string_view value) {
  return value.find_first_not_of(' ') == std::string_view::npos;
}

}  // namespace

void require_valid(const ConsentTerms& terms, std::string_view where) {
  if (!is_uuid(terms.id))
    refuse_field(where, "id",
                 text("is '", printable(terms.id),
                      "', expected a UUID in lower case such as 123e4567-e89b-42d3-a456-426614174000"));
  require_text(terms.subject, "subject", where);
  if (is_blank(terms.subject))
    refuse_field(where, "subject", "is empty, expected the person's name or pseudonym");
  const auto names = bases().names();
  if (std::find(names.begin(), names.end(), terms.basis) == names.end())
    refuse_field(where, "basis", text("is '", printable(terms.basis), "', expected one of: ", joined(names)));
  if (terms.uses.size() > kMaxUses)
    refuse_field(where, "uses", text("has ", terms.uses.size(), " entries, expected at most ", kMaxUses));
  for (const std::string& use : terms.uses) require_text(use, "uses", where);
  require_text(terms.territory, "territory", where);
  if (terms.valid_from && terms.valid_until && *terms.valid_from > *terms.valid_until)
    refuse_field(
        where, "valid_until",
        text("is ", date_text(*terms.valid_until), ", before valid_from ", date_text(*terms.valid_from)));
  if (terms.revoked) require_text(terms.revoked->reason, "revoked.reason", where);
  if (!terms.evidence) return;
  require_text(terms.evidence->file, "evidence.file", where);
  require_digest(terms.evidence->sha256, "evidence.sha256", where);
}

void require_digest(std::string_view digest, std::string_view key, std::string_view where) {
  if (digest.size() != 64 || !std::all_of(digest.begin(), digest.end(), is_hex))
    refuse_field(where, key, "is not a SHA-256, expected 64 lower-case hexadecimal digits");
}

Date require_date(std::string_view value, std::string_view key, std::string_view where) {
  const auto date = parse_date(value);
  if (!date)
    refuse_field(where, key, text("is '", printable(value), "', expected a date such as 2026-11-23"));
  return *date;
}

Role require_role(std::string_view name, std::string_view where) {
  for (const auto& entry : roles())
    if (entry.name == name) return entry.value;
  refuse_field(where, "role", text("is '", printable(name), "', expected one of: ", joined(roles().names())));
}

}  // namespace understudy::provenance
