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
inline constexpr int kConsentVersion = 2;  ///< 1 is read too, and checked as it was then

/// Whose side a record speaks for: the person whose face is put in, or the person on the plate.
enum class Role { kLikeness, kPerformer };

/// What a basis asks of its record. A new demand is a member here and a line in consent_check.cpp.
struct BasisRules {
  bool needs_evidence = false;  ///< a document's digest must be in the record
  bool needs_end = false;       ///< the record must say until when it is valid
  bool needs_uses = false;      ///< the record must say what it may be used for (since version 2)
  bool needs_death = false;     ///< the record must say when the person died (since version 2)
  bool needs_grantor = false;   ///< the record must say who agreed in the person's place (since version 2)
  int longest_days = 0;         ///< it holds so many days from its first one at most; 0: as long as it says
  bool test_only = false;       ///< what is made with it says that it is a test
  bool a_person = true;         ///< a person stands behind the face, whose limits bind
};

const Table<Role>& roles();
const Table<BasisRules>& bases();
/// As what a grantor may speak.
const Table<int>& authorities();
/// "likeness" or "performer".
std::string role_name(Role role);

/// The document that stands behind a record. Only its name and digest are kept, never the document.
struct Evidence {
  std::string file;    ///< file name without folders
  std::string sha256;  ///< 64 lower-case hexadecimal digits
  bool operator==(const Evidence&) const = default;
};

/// Somebody who speaks for the subject.
struct Party {
  std::string name;
  std::string capacity;  ///< a grantor's: a name of authorities(); a guardian's: "mother"
  bool operator==(const Party&) const = default;
};

struct Revocation {
  std::optional<Date> date;  ///< revoked from this day on; without it, at once
  std::string reason;
  bool operator==(const Revocation&) const = default;
};

/// What was agreed: the part of a record that travels with datasets and models. An empty list or text states
/// nothing. The simple members are rows of consent_fields().
struct ConsentTerms {
  int version = kConsentVersion;  ///< of the record's format
  std::string id;                 ///< UUID
  std::string subject;            ///< name or pseudonym of the person
  Role role = Role::kLikeness;
  std::string basis = "consent";  ///< a name of bases()
  bool minor = false;             ///< under age when it was agreed: a guardian must have agreed too
  std::string died;               ///< a year or a date
  std::string project, production;
  std::vector<std::string>
      uses;  ///< what it may be used for, in the subject's words: "film: scenes 12 to 14"
  std::vector<std::string> excluded_uses;
  bool political = false;  ///< political use was granted in so many words
  std::vector<std::string> media, territory, limits;
  std::optional<Date> valid_from;   ///< first valid day; without it, always
  std::optional<Date> valid_until;  ///< last valid day; without it, no end
  std::string data_holder;
  std::optional<Date> delete_by;  ///< the last day on which pictures and models may be kept
  bool label_required = false;    ///< what is shown must carry a visible label
  bool signature_required = false;
  std::string representation, revocation_contact;
  bool public_credit = false;  ///< whether a delivered file may carry the subject's name
  std::optional<Party> grantor, guardian;
  std::optional<Evidence> evidence;
  std::optional<Revocation> revoked;
  bool operator==(const ConsentTerms&) const = default;
};

/// A whole record, as in the file. `docs/formats/consent.md` describes the format.
struct Consent : ConsentTerms {
  std::string notes;
  std::vector<std::string> unknown_keys;  ///< names that this version does not know: perhaps misspelt
  bool operator==(const Consent&) const = default;
};

/// What the signature beside a file says, see consent_signature.h.
struct SignatureState {
  bool present = false;
  std::string trouble;  ///< why it is none of this file; empty: it is good, or there is none
  std::string signer;   ///< the certificate's name
  std::string certificate_sha256;
  bool self_issued = false;  ///< nobody has checked who the signer is
};

/// A record with the bytes it was read from. The digest is of the bytes, so that no canonical form is needed.
struct ConsentFile {
  Consent consent;
  std::string bytes;
  std::string sha256;
  SignatureState signature;
};

/// The compact form in the headers of datasets and models.
struct ConsentSummary : ConsentTerms {
  std::string sha256;  ///< digest of the record's file
  bool operator==(const ConsentSummary&) const = default;
};

/// Parses a record; `where` names it in messages. Throws Error kFormat, naming the key and what was expected,
/// for anything that is not a record of version 1 or 2: broken TOML, another format, a newer version, a
/// missing key, a wrong type, an unknown role or basis, a date that does not exist, a text with control
/// characters.
Consent parse_consent(std::string_view toml, std::string_view where);
/// Reads a record from a file of at most 256 KiB, and the signature beside it where there is one. Throws
/// Error kInput when unreadable, else as parse_consent().
ConsentFile read_consent(const std::filesystem::path& path);
/// As read_consent(), but nothing when there is no such file.
std::optional<ConsentFile> find_consent(const std::filesystem::path& path);
/// The record as TOML of its own version, keys in the order of the format page, those that state nothing and
/// unknown ones left out; parse_consent() gives the same record back. With `offers`, fields that state
/// nothing are comments with an example, for people to fill in. Throws Error kFormat when a field is not
/// valid (see parse_consent()).
std::string consent_toml(const Consent& consent, bool offers = false);

/// What `understudy-consent new` asks for.
struct NewConsent {
  ConsentTerms terms;              ///< id and evidence are made here
  std::filesystem::path evidence;  ///< empty: none
};

/// A record with a fresh random UUID (version 4). A basis that ends by itself begins `today` and gets its
/// longest term when no end is given. Throws Error kUsage for an unknown basis or too long a term, kInput for
/// unreadable evidence, kFormat for an empty subject or control characters.
Consent new_consent(const NewConsent& from, Date today);

ConsentSummary summarise(const ConsentFile& file);
Json to_json(const ConsentSummary& summary);
/// The inverse of to_json(). Throws Error kFormat, naming `where` and the field; unknown fields are skipped.
/// Null means that no consent was recorded: throws Error kRefused.
ConsentSummary consent_summary_from_json(const Json& json, std::string_view where);

}  // namespace understudy::provenance
