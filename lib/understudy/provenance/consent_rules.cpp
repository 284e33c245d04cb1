#include "understudy/provenance/consent_rules.h"

#include <algorithm>

#include "understudy/core/plain_text.h"
#include "understudy/provenance/consent_fields.h"

namespace understudy::provenance {
namespace {

constexpr std::size_t kMaxText = 1000;
constexpr std::size_t kMaxEntries = 200;

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

void require_texts(const std::vector<std::string>& values, std::string_view key, std::string_view where) {
  if (values.size() > kMaxEntries)
    refuse_field(where, key, text("has ", values.size(), " entries, expected at most ", kMaxEntries));
  for (const std::string& value : values) require_text(value, key, where);
}

void require_fields(const ConsentTerms& terms, std::string_view where) {
  for (const ConsentField& field : consent_fields())
    std::visit(
        Overloaded{[&](std::string ConsentTerms::*value) { require_text(terms.*value, field.name, where); },
                   [&](std::vector<std::string> ConsentTerms::*values) {
                     require_texts(terms.*values, field.name, where);
                   },
                   [](auto) {}},
        field.member);
}

void require_party(const std::optional<Party>& party, const std::string& key, std::string_view where) {
  if (!party) return;
  require_text(party->name, key + ".name", where);
  if (is_blank(party->name)) refuse_field(where, key + ".name", "is empty, expected a name");
  require_text(party->capacity, key, where);
}

/// A year of four digits, or a date.
bool is_year_or_date(std::string_view value) {
  const bool year = value.size() == 4 &&
                    std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  return year || parse_date(value).has_value();
}

void require_name(const std::vector<std::string>& names, std::string_view value, std::string_view key,
                  std::string_view where) {
  if (std::find(names.begin(), names.end(), value) == names.end())
    refuse_field(where, key, text("is '", printable(value), "', expected one of: ", joined(names)));
}

}  // namespace

void require_version(std::int64_t version, std::string_view where) {
  if (version >= 1 && version <= kConsentVersion) return;
  throw Error(ErrorCode::kFormat,
              text(where, ": the format version is ", version, ", this program reads versions 1 to ",
                   kConsentVersion),
              version > kConsentVersion ? "update Understudy to read it" : "set the version right");
}

std::string current_basis(const std::string& basis) {
  if (basis == "heritage") return "public-domain-heritage";
  return basis == "licence" ? "licensed-dataset" : basis;
}

void require_valid(const ConsentTerms& terms, std::string_view where) {
  if (!is_uuid(terms.id))
    refuse_field(where, "id",
                 text("is '", printable(terms.id),
                      "', expected a UUID in lower case such as 123e4567-e89b-42d3-a456-426614174000"));
  require_text(terms.subject, "subject", where);
  if (is_blank(terms.subject))
    refuse_field(where, "subject", "is empty, expected the person's name or pseudonym");
  require_name(bases().names(), terms.basis, "basis", where);
  require_fields(terms, where);
  if (!terms.died.empty() && !is_year_or_date(terms.died))
    refuse_field(where, "died",
                 text("is '", printable(terms.died), "', expected a year or a date such as 1931-05-02"));
  require_party(terms.grantor, "grantor", where);
  if (terms.grantor) require_name(authorities().names(), terms.grantor->capacity, "grantor.authority", where);
  require_party(terms.guardian, "guardian", where);
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
