#include "understudy/provenance/consent_check.h"

#include <algorithm>

#include "understudy/provenance/consent_scope.h"
#include "understudy/provenance/consent_signature.h"

namespace understudy::provenance {
namespace {

constexpr const char* kRenew =
    "agree on a renewed consent, write it down with understudy-consent new, and extract again with it";

std::optional<Refusal> revoked(const ConsentTerms& consent, const Revocation& revocation, Date today,
                               const std::string& record) {
  if (revocation.date && *revocation.date > today) return std::nullopt;
  return make_refusal(
      {"consent_revoked", consent.id, "", {}},
      text(record, " was revoked", revocation.date ? text(" on ", date_text(*revocation.date)) : "",
           revocation.reason.empty() ? "" : text(": ", revocation.reason)),
      text("stop using this material (understudy-consent purge finds it all), or obtain a new consent and "
           "extract again with its record",
           consent.revocation_contact.empty() ? "" : text("; contact: ", consent.revocation_contact)));
}

std::optional<Refusal> find_revocation(const ConsentTerms& consent, const ConsentQuery& query,
                                       const std::string& record) {
  if (consent.revoked)
    if (auto found = revoked(consent, *consent.revoked, query.today, record)) return found;
  if (!query.revocations) return std::nullopt;
  for (const Revocation& listed : query.revocations->of(consent.id))
    if (auto found = revoked(consent, listed, query.today, record)) return found;
  return std::nullopt;
}

/// The last day that counts, and why, where the record has one.
struct End {
  Date last;
  std::string why;
};

std::optional<End> end_of(const ConsentTerms& consent) {
  std::optional<End> end;
  const auto take = [&](const std::optional<Date>& last, const std::string& why) {
    if (last && (!end || *last < end->last)) end = End{*last, why};
  };
  take(consent.valid_until, "it was valid until");
  take(consent.delete_by, "its pictures and models were to be deleted by");
  if (const int days = bases().at(consent.basis).longest_days; days > 0 && consent.valid_from)
    take(Date(std::chrono::sys_days(*consent.valid_from) + std::chrono::days(days)),
         text("a record of its basis holds for ", days, " days, until"));
  return end;
}

std::optional<Refusal> find_term_refusal(const ConsentTerms& consent, Date today, const std::string& record) {
  if (consent.valid_from && today < *consent.valid_from)
    return make_refusal(
        {"consent_not_yet_valid", consent.id, "", {}},
        text(record, " is valid from ", date_text(*consent.valid_from), " on, today is ", date_text(today)),
        "wait for that day, or agree on an earlier one and extract again with the new record; where today is "
        "another day, set this machine's clock right");
  const auto end = end_of(consent);
  if (!end || today <= end->last) return std::nullopt;
  return make_refusal(
      {"consent_expired", consent.id, "", {}},
      text(record, " expired: ", end->why, " ", date_text(end->last), ", today is ", date_text(today)),
      kRenew);
}

/// What the basis asks for and the record lacks, as the record's fields.
std::vector<std::string> missing_fields(const ConsentTerms& consent, const BasisRules& rules) {
  std::vector<std::string> out;
  if (rules.needs_end && !consent.valid_until) out.push_back("valid_until");
  if (consent.version == 1) return out;
  if (rules.longest_days > 0 && !consent.valid_from) out.push_back("valid_from");
  if (rules.needs_uses && consent.uses.empty()) out.push_back("uses");
  if (rules.needs_death && consent.died.empty()) out.push_back("died");
  if (rules.needs_grantor && !consent.grantor) out.push_back("grantor");
  return out;
}

std::optional<Refusal> find_basis_refusal(const ConsentTerms& consent, const std::string& record) {
  const BasisRules& rules = bases().at(consent.basis);
  if (rules.needs_evidence && !consent.evidence)
    return make_refusal(
        {"consent_evidence", consent.id, "evidence", {}},
        text(record, " has the basis '", consent.basis, "' but names no evidence, which this basis needs"),
        "make the record with understudy-consent new ... --evidence FILE (the signed document)");
  const std::vector<std::string> missing = missing_fields(consent, rules);
  if (!missing.empty())
    return make_refusal({"consent_scope", consent.id, missing.front(), missing},
                        text(record, " has the basis '", consent.basis, "' but no ", joined(missing, ", no "),
                             ", which this basis needs"),
                        "add it to the record as it was agreed, and extract again with it");
  if (consent.minor && !consent.guardian)
    return make_refusal({"consent_missing", consent.id, "guardian", {}},
                        text(record, " is a minor's and names no guardian who agreed"),
                        "obtain the guardian's consent, add the table [guardian] to the record, and extract "
                        "again with it");
  return std::nullopt;
}

}  // namespace

const Table<int>& refusal_reasons() {
  static const Table<int> table{
      "reason",
      {{"consent_missing", "there is no record for this side, or none of a minor's guardian", 0},
       {"consent_revoked", "the record is revoked on this day", 0},
       {"consent_not_yet_valid", "today is before the first day", 0},
       {"consent_expired", "today is after the last day", 0},
       {"consent_evidence", "the basis needs evidence and the record names none", 0},
       {"consent_scope", "role, use, project, media or territory are not granted", 0},
       {"consent_changed", "the record is not the one that the material was made with", 0},
       {"consent_signature", "the record's signature is broken, or missing where one is required", 0},
       {"consent_wrong_person", "the faces are not those of the consenting person", 0},
       {"lineage_broken", "it cannot be told what the material was made from", 0}}};
  return table;
}

Refusal make_refusal(Refused facts, const std::string& message, std::string hint) {
  const std::string reason = facts.reason;
  return {std::move(facts), text(message, " (", reason, ")"), std::move(hint)};
}

void throw_refusal(const Refusal& refusal) {
  throw RefusedError(refusal.message, refusal.hint, refusal.facts);
}

std::optional<Refusal> find_refusal(const ConsentTerms* consent, const ConsentQuery& query) {
  const std::string role = role_name(query.role);
  if (!consent)
    return make_refusal({"consent_missing", "", role, {}},
                        text(query.whose, " has no consent record for the ", role),
                        text("write one with understudy-consent new --subject NAME --role ", role,
                             " --basis BASIS -o FILE, and give it to understudy-extract --consent FILE"));
  const std::string record =
      text("the consent record ", consent->id, " (", consent->subject, ") of ", query.whose);
  if (auto found = find_revocation(*consent, query, record)) return found;
  if (auto found = find_term_refusal(*consent, query.today, record)) return found;
  if (auto found = find_basis_refusal(*consent, record)) return found;
  return find_scope_refusal(*consent, query, record);
}

void check_consent(const ConsentTerms* consent, const ConsentQuery& query) {
  if (const auto found = find_refusal(consent, query)) throw_refusal(*found);
}

std::optional<Refusal> find_file_refusal(const ConsentFile& file, const ConsentQuery& query) {
  const std::string record =
      text("the consent record ", file.consent.id, " (", file.consent.subject, ") of ", query.whose);
  if (!file.signature.trouble.empty())
    return make_refusal({"consent_signature", file.consent.id, "", {}},
                        text(record, " has a broken signature: ", file.signature.trouble),
                        "put back the record that was signed, or have the new one signed with "
                        "understudy-consent sign");
  if (auto found = find_refusal(&file.consent, query)) return found;
  if (file.signature.present || !(file.consent.signature_required || query.signed_only)) return std::nullopt;
  return make_refusal(
      {"consent_signature", file.consent.id, "", {}},
      text(record, " is not signed, and ",
           file.consent.signature_required ? "says that it must be" : "signed ones were asked for"),
      "have it signed with understudy-consent sign, and keep the .sig file beside it");
}

void check_file(const ConsentFile& file, const ConsentQuery& query) {
  if (const auto found = find_file_refusal(file, query)) throw_refusal(*found);
}

SignatureState require_good_signature(const std::filesystem::path& file, std::string_view content) {
  SignatureState state = read_signature(file, content);
  if (!state.trouble.empty())
    throw_refusal(make_refusal({"consent_signature", "", "revocations", {}},
                               text("the list of revocations has a broken signature: ", state.trouble),
                               "get the list and its .sig file anew from whoever keeps it"));
  return state;
}

void check_consents(std::span<const ConsentSummary> consents, std::span<const Role> needed,
                    ConsentQuery query) {
  for (const Role role : needed) {
    query.role = role;
    if (std::ranges::none_of(consents, [&](const auto& consent) { return consent.role == role; }))
      check_consent(nullptr, query);
  }
  for (const ConsentSummary& consent : consents) {
    query.role = consent.role;
    check_consent(&consent, query);
  }
}

void check_carried_consent(const std::filesystem::path& record, const std::optional<ConsentSummary>& summary,
                           const ConsentQuery& query) {
  const auto file = find_consent(record);
  if (!file) check_consent(nullptr, query);
  check_file(*file, query);
  check_consent(summary ? &*summary : nullptr, query);
  if (file->sha256 == summary->sha256) return;
  throw_refusal(
      make_refusal({"consent_changed", summary->id, "", {file->sha256}},
                   text(record.string(), " is not the record that ", query.whose,
                        " was made with: its SHA-256 is ", file->sha256, ", expected ", summary->sha256),
                   "put the original record back, or extract again with the new one"));
}

}  // namespace understudy::provenance
