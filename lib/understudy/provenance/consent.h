#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/core/table.h"
#include "understudy/provenance/date.h"

namespace understudy::provenance {

inline constexpr std::string_view kConsentFormat = "understudy-consent";
inline constexpr int kConsentVersion = 1;

/// Whose side a record speaks for: the person whose face is put in, or the person on the plate.
enum class Role { kLikeness, kPerformer };

/// What a basis asks of its record. A new demand is a member here and a line in find_refusal().
struct BasisRules {
  bool needs_evidence = false;  ///< a document's digest must be in the record
  bool needs_end = false;       ///< the record must say until when it is valid
  bool test_only = false;       ///< what is made with it says that it is a test
};

const Table<Role>& roles();
const Table<BasisRules>& bases();
/// "likeness" or "performer".
std::string role_name(Role role);

/// The document that stands behind a record. Only its name and digest are kept, never the document.
struct Evidence {
  std::string file;    ///< file name without folders
  std::string sha256;  ///< 64 lower-case hexadecimal digits
  bool operator==(const Evidence&) const = default;
};

struct Revocation {
  std::optional<Date> date;  ///< revoked from this day on; without it, at once
  std::string reason;
  bool operator==(const Revocation&) const = default;
};

/// What was agreed: the part of a record that travels with datasets and models.
struct ConsentTerms {
  std::string id;       ///< UUID
  std::string subject;  ///< name or pseudonym of the person
  Role role = Role::kLikeness;
  std::string basis = "consent";    ///< a name of bases()
  std::vector<std::string> uses;    ///< what it may be used for, in the subject's words
  std::string territory;            ///< free text; empty: not stated
  std::optional<Date> valid_from;   ///< first valid day; without it, always
  std::optional<Date> valid_until;  ///< last valid day; without it, no end
  std::optional<Evidence> evidence;
  std::optional<Revocation> revoked;
  bool public_credit = false;  ///< whether a delivered file may carry the subject's name
  bool operator==(const ConsentTerms&) const = default;
};

/// A whole record, as in the file. `docs/formats/consent.md` describes the format.
struct Consent : ConsentTerms {
  std::string notes;
  std::vector<std::string> unknown_keys;  ///< names that this version does not know: perhaps misspelt
  bool operator==(const Consent&) const = default;
};

/// A record with the bytes it was read from. The digest is of the bytes, so that no canonical form is needed.
struct ConsentFile {
  Consent consent;
  std::string bytes;
  std::string sha256;
};

/// The compact form in the headers of datasets and models.
struct ConsentSummary : ConsentTerms {
  std::string sha256;  ///< digest of the record's file
  bool operator==(const ConsentSummary&) const = default;
};

/// Parses a record; `where` names it in messages. Throws Error kFormat, naming the key and what was expected,
/// for anything that is not a record of version 1: broken TOML, another format, a newer version, a missing
/// key, a wrong type, an unknown role or basis, a date that does not exist, a text with control characters.
Consent parse_consent(std::string_view toml, std::string_view where);
/// Reads a record from a file of at most 256 KiB. Throws Error kInput when unreadable, else as
/// parse_consent().
ConsentFile read_consent(const std::filesystem::path& path);
/// As read_consent(), but nothing when there is no such file.
std::optional<ConsentFile> find_consent(const std::filesystem::path& path);
/// The record as TOML, keys in the order of the format page, without unknown keys; parse_consent() gives the
/// same record back. Throws Error kFormat when a field is not valid (see parse_consent()).
std::string consent_toml(const Consent& consent);

/// What `understudy-consent new` asks for.
struct NewConsent {
  std::string subject;
  Role role = Role::kLikeness;
  std::string basis = "consent";
  std::vector<std::string> uses;
  std::optional<Date> valid_until;
  std::filesystem::path evidence;  ///< empty: none
};

/// A record with a fresh random UUID (version 4). A basis that needs an end gets 30 days from `today` when
/// none is given. Throws Error kUsage for an unknown basis, kInput for unreadable evidence, kFormat for an
/// empty subject or control characters.
Consent new_consent(const NewConsent& from, Date today);

ConsentSummary summarise(const ConsentFile& file);
Json to_json(const ConsentSummary& summary);
/// The inverse of to_json(). Throws Error kFormat, naming `where` and the field; unknown fields are skipped.
/// Null means that no consent was recorded: throws Error kRefused.
ConsentSummary consent_summary_from_json(const Json& json, std::string_view where);

}  // namespace understudy::provenance
