#include <toml++/toml.h>
#include <algorithm>
#include <sstream>

#include "understudy/core/files.h"
#include "understudy/core/plain_text.h"
#include "understudy/core/sha256.h"
#include "understudy/provenance/consent.h"
#include "understudy/provenance/consent_fields.h"
#include "understudy/provenance/consent_rules.h"
#include "understudy/provenance/consent_signature.h"

namespace fs = std::filesystem;

namespace understudy::provenance {
namespace {

constexpr std::size_t kMaxBytes = 256 * 1024;
/// A dotted key nests tables, and toml++ 3.3 overflows the stack when it frees some 30 000 of them.
constexpr std::ptrdiff_t kMaxDots = 2000;

/// Takes the known keys out of a table; what is left at the end is unknown.
class Fields {
 public:
  Fields(toml::table& table, std::string prefix, std::string_view where)
      : table_(table), prefix_(std::move(prefix)), where_(where) {}

  /// The value as T, or nothing when the key is absent. `expected` describes a value of the right type.
  template <class T>
  std::optional<T> take(std::string_view key, std::string_view expected) {
    const toml::node* node = table_.get(key);
    if (!node) return std::nullopt;
    const auto value = node->value_exact<T>();
    if (!value) wrong_type(key, *node, expected);
    table_.erase(key);
    return value;
  }

  template <class T>
  T require(std::string_view key, std::string_view expected) {
    auto value = take<T>(key, expected);
    if (!value)
      throw Error(ErrorCode::kFormat,
                  text(where_, ": the field '", prefix_, key, "' is missing, expected ", expected));
    return *value;
  }

  std::string take_text(std::string_view key) { return take<std::string>(key, kText).value_or(""); }
  std::string require_text(std::string_view key) { return require<std::string>(key, kText); }
  bool take_bool(std::string_view key) { return take<bool>(key, "true or false").value_or(false); }

  /// A date written as TOML's own or as a text.
  std::optional<Date> take_date(std::string_view key) {
    constexpr std::string_view kExpected = "a date such as 2026-11-23";
    const toml::node* node = table_.get(key);
    if (node && node->is_string())
      return require_date(require<std::string>(key, kExpected), prefix_ + std::string(key), where_);
    const auto date = take<toml::date>(key, kExpected);
    if (!date) return std::nullopt;
    const Date day(std::chrono::year(date->year), std::chrono::month(date->month),
                   std::chrono::day(date->day));
    return require_date(date_text(day), prefix_ + std::string(key), where_);
  }

  /// With `one_allowed` a single text is a list of one, an empty one is none.
  std::vector<std::string> take_texts(std::string_view key, bool one_allowed) {
    constexpr std::string_view kExpected = "a list of texts such as [\"feature film\"]";
    std::vector<std::string> out;
    const toml::node* node = table_.get(key);
    if (!node) return out;
    if (one_allowed && node->is_string()) {
      out.push_back(require_text(key));
      if (out.front().empty()) out.clear();
      return out;
    }
    if (!node->is_array()) wrong_type(key, *node, kExpected);
    for (const toml::node& element : *node->as_array()) {
      const auto value = element.value_exact<std::string>();
      if (!value) wrong_type(key, element, kExpected);
      out.push_back(*value);
    }
    table_.erase(key);
    return out;
  }

  const toml::node* peek(std::string_view key) const { return table_.get(key); }

  /// The table under `key`, which must be one. It stays where it is until drop().
  Fields inside(std::string_view key) {
    toml::node* node = table_.get(key);
    if (!node->is_table()) wrong_type(key, *node, "a table");
    return Fields(*node->as_table(), prefix_ + std::string(key) + ".", where_);
  }
  void drop(std::string_view key) { table_.erase(key); }

  /// Adds the names of what was not taken.
  void add_unknown(std::vector<std::string>& names) const {
    for (const auto& [key, node] : table_) names.push_back(printable(prefix_ + std::string(key.str())));
  }

 private:
  static constexpr std::string_view kText = "a text in quotes";

  [[noreturn]] void wrong_type(std::string_view key, const toml::node& node,
                               std::string_view expected) const {
    throw Error(ErrorCode::kFormat,
                text(where_, ", line ", node.source().begin.line, ": the field '", prefix_, key,
                     "' is of type ", node.type(), ", expected ", expected));
  }

  toml::table& table_;
  std::string prefix_;
  std::string_view where_;
};

int take_version(Fields& fields, std::string_view where) {
  const std::string format = fields.require_text("format");
  if (format != kConsentFormat)
    throw Error(ErrorCode::kFormat,
                text(where, ": the format is '", printable(format), "', expected '", kConsentFormat, "'"),
                "give a record that understudy-consent new wrote");
  const auto version = fields.require<std::int64_t>("version", "a whole number");
  require_version(version, where);
  return static_cast<int>(version);
}

/// `revoked` is true, false or a table with a date and a reason. It may not be left out.
std::optional<Revocation> take_revocation(Fields& fields, std::vector<std::string>& unknown) {
  const toml::node* node = fields.peek("revoked");
  if (!node || node->is_boolean())
    return fields.require<bool>("revoked", "true or false") ? std::optional(Revocation{}) : std::nullopt;
  Fields inner = fields.inside("revoked");
  Revocation revocation;
  revocation.date = inner.take_date("date");
  revocation.reason = inner.take_text("reason");
  inner.add_unknown(unknown);
  fields.drop("revoked");
  return revocation;
}

std::optional<Evidence> take_evidence(Fields& fields, std::vector<std::string>& unknown) {
  if (!fields.peek("evidence")) return std::nullopt;
  Fields inner = fields.inside("evidence");
  Evidence evidence;
  evidence.file = inner.require_text("file");
  evidence.sha256 = inner.require_text("sha256");
  inner.add_unknown(unknown);
  fields.drop("evidence");
  return evidence;
}

/// The table `key` of a name and `capacity_key`.
std::optional<Party> take_party(Fields& fields, std::string_view key, std::string_view capacity_key,
                                std::vector<std::string>& unknown) {
  if (!fields.peek(key)) return std::nullopt;
  Fields inner = fields.inside(key);
  Party party{inner.require_text("name"), inner.take_text(capacity_key)};
  inner.add_unknown(unknown);
  fields.drop(key);
  return party;
}

void take_field(Fields& fields, const ConsentField& field, ConsentTerms& terms) {
  std::visit(
      Overloaded{
          [&](std::string ConsentTerms::*value) { terms.*value = fields.take_text(field.name); },
          [&](std::vector<std::string> ConsentTerms::*texts) {
            // So version 1 wrote it.
            const bool one_allowed = std::string_view(field.name) == "territory";
            terms.*texts = fields.take_texts(field.name, one_allowed);
          },
          [&](bool ConsentTerms::*flag) { terms.*flag = fields.take_bool(field.name); },
          [&](std::optional<Date> ConsentTerms::*date) { terms.*date = fields.take_date(field.name); }},
      field.member);
}

std::string quoted(const std::string& value) {
  const toml::value<std::string> node(value);
  std::ostringstream out;
  out << toml::toml_formatter{node, toml::format_flags::allow_unicode_strings};
  return out.str();
}

/// The field's value as TOML; empty where it states nothing.
std::string field_toml(const ConsentTerms& terms, const ConsentField& field) {
  return std::visit(
      Overloaded{[&](std::string ConsentTerms::*value) {
                   return (terms.*value).empty() ? std::string() : quoted(terms.*value);
                 },
                 [&](std::vector<std::string> ConsentTerms::*texts) {
                   std::vector<std::string> out;
                   for (const std::string& entry : terms.*texts) out.push_back(quoted(entry));
                   return out.empty() ? std::string() : text("[", joined(out), "]");
                 },
                 [&](bool ConsentTerms::*flag) { return std::string(terms.*flag ? "true" : ""); },
                 [&](std::optional<Date> ConsentTerms::*date) {
                   return terms.*date ? date_text(*(terms.*date)) : std::string();
                 }},
      field.member);
}

void write_fields(std::ostream& out, const Consent& consent, bool offers) {
  for (const ConsentField& field : consent_fields()) {
    if (field.since > consent.version) continue;
    const std::string value = field_toml(consent, field);
    if (!value.empty()) out << "\n" << field.name << " = " << value;
    if (value.empty() && offers) out << "\n# " << field.name << " = " << field.example;
  }
}

void write_tables(std::ostream& out, const Consent& consent) {
  if (consent.grantor)
    out << "\n[grantor]\nname = " << quoted(consent.grantor->name)
        << "\nauthority = " << quoted(consent.grantor->capacity) << "\n";
  if (consent.guardian)
    out << "\n[guardian]\nname = " << quoted(consent.guardian->name)
        << "\nrelation = " << quoted(consent.guardian->capacity) << "\n";
  if (consent.evidence)
    out << "\n[evidence]\nfile = " << quoted(consent.evidence->file)
        << "\nsha256 = " << quoted(consent.evidence->sha256) << "\n";
  if (!consent.revoked) return;
  out << "\n[revoked]\n";
  if (consent.revoked->date) out << "date = " << date_text(*consent.revoked->date) << "\n";
  out << "reason = " << quoted(consent.revoked->reason) << "\n";
}

toml::table parse_toml(std::string_view content, std::string_view where) {
  if (content.size() > kMaxBytes)
    throw Error(ErrorCode::kFormat,
                text(where, " has ", content.size(), " bytes, a consent record has at most ", kMaxBytes),
                "give the record itself, not the document that it speaks of");
  if (std::count(content.begin(), content.end(), '.') > kMaxDots)
    throw Error(ErrorCode::kFormat,
                text(where, " holds more than ", kMaxDots, " dots, too many for a consent record"),
                "keep long documents in a file of their own and name it as evidence");
  try {
    return toml::parse(content);
  } catch (const toml::parse_error& e) {
    throw Error(
        ErrorCode::kFormat,
        text(where, ", line ", e.source().begin.line, " is not valid TOML: ", printable(e.description())),
        "a consent record is a text file that understudy-consent new writes");
  }
}

}  // namespace

Consent parse_consent(std::string_view content, std::string_view where) {
  toml::table table = parse_toml(content, where);
  Fields fields(table, "", where);
  Consent consent;
  consent.version = take_version(fields, where);
  consent.id = fields.require_text("id");
  consent.subject = fields.require_text("subject");
  consent.role = require_role(fields.require_text("role"), where);
  consent.basis = current_basis(fields.require_text("basis"));
  for (const ConsentField& field : consent_fields())
    if (field.since <= consent.version) take_field(fields, field, consent);
  if (consent.version > 1) {
    consent.grantor = take_party(fields, "grantor", "authority", consent.unknown_keys);
    consent.guardian = take_party(fields, "guardian", "relation", consent.unknown_keys);
  }
  consent.evidence = take_evidence(fields, consent.unknown_keys);
  consent.revoked = take_revocation(fields, consent.unknown_keys);
  consent.notes = fields.take_text("notes");
  require_valid(consent, where);
  if (has_control_character(consent.notes, Lines::kAllowed))
    throw Error(ErrorCode::kFormat,
                text(where, ": the field 'notes' holds a control character, expected plain text"));
  fields.add_unknown(consent.unknown_keys);
  return consent;
}

std::optional<ConsentFile> find_consent(const fs::path& path) {
  std::error_code ignored;
  if (fs::symlink_status(path, ignored).type() == fs::file_type::not_found) return std::nullopt;
  return read_consent(path);
}

ConsentFile read_consent(const fs::path& path) {
  std::error_code failed;
  if (const auto type = fs::status(path, failed).type();
      type == fs::file_type::character || type == fs::file_type::block)
    throw Error(ErrorCode::kInput, text(path.string(), " is a device, expected a consent record's file"));
  const auto size = fs::file_size(path, failed);
  if (!failed && size > kMaxBytes)
    throw Error(ErrorCode::kFormat,
                text(path.string(), " has ", size, " bytes, a consent record has at most ", kMaxBytes),
                "give the record itself, not the document that it speaks of");
  ConsentFile file;
  file.bytes = read_file(path);
  file.consent = parse_consent(file.bytes, path.string());
  file.sha256 = sha256(file.bytes);
  file.signature = read_signature(path, file.bytes);
  return file;
}

// `revoked` is required and comes after all that limits a record: a file cut short never reads as a wider
// consent.
std::string consent_toml(const Consent& consent, bool offers) {
  require_valid(consent, "the consent record");
  std::ostringstream out;
  out << "format = " << quoted(std::string(kConsentFormat)) << "\nversion = " << consent.version;
  out << "\nid = " << quoted(consent.id);
  out << "\nsubject = " << quoted(consent.subject);
  out << "\nrole = " << quoted(role_name(consent.role));
  out << "\nbasis = " << quoted(consent.basis);
  write_fields(out, consent, offers);
  out << "\nnotes = " << quoted(consent.notes);
  if (!consent.revoked) out << "\nrevoked = false";
  out << "\n";
  write_tables(out, consent);
  return out.str();
}

}  // namespace understudy::provenance
