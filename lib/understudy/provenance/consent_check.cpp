#include "understudy/provenance/consent_check.h"

#include <algorithm>
#include <cctype>

namespace understudy::provenance {
namespace {

constexpr const char* kRenew =
    "agree on a renewed consent, write it down with understudy-consent new, and extract again with it";

Refusal refusal(std::string reason, const std::string& message, std::string hint) {
  return {reason, text(message, " (", reason, ")"), std::move(hint)};
}

std::string lower(std::string value) {
  std::transform(value.begin(), value.end(), value.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return value;
}

bool grants(const ConsentTerms& consent, const std::string& use) {
  return std::any_of(consent.uses.begin(), consent.uses.end(),
                     [&](const std::string& granted) { return lower(granted) == lower(use); });
}

std::optional<Refusal> find_revocation(const ConsentTerms& consent, Date today, const std::string& record) {
  if (!consent.revoked) return std::nullopt;
  const Revocation& revoked = *consent.revoked;
  if (revoked.date && *revoked.date > today) return std::nullopt;
  return refusal("consent_revoked",
                 text(record, " was revoked", revoked.date ? text(" on ", date_text(*revoked.date)) : "",
                      revoked.reason.empty() ? "" : text(": ", revoked.reason)),
                 "stop using this material, or obtain a new consent and extract again with its record");
}

std::optional<Refusal> find_term_refusal(const ConsentTerms& consent, Date today, const std::string& record) {
  if (consent.valid_from && today < *consent.valid_from)
    return refusal(
        "consent_not_yet_valid",
        text(record, " is valid from ", date_text(*consent.valid_from), " on, today is ", date_text(today)),
        "wait for that day, or agree on an earlier one and extract again with the new record");
  if (consent.valid_until && today > *consent.valid_until)
    return refusal("consent_expired",
                   text(record, " expired: it was valid until ", date_text(*consent.valid_until),
                        ", today is ", date_text(today)),
                   kRenew);
  return std::nullopt;
}

std::optional<Refusal> find_basis_refusal(const ConsentTerms& consent, const std::string& record) {
  const BasisRules& rules = bases().at(consent.basis);
  if (rules.needs_evidence && !consent.evidence)
    return refusal(
        "consent_evidence",
        text(record, " has the basis '", consent.basis, "' but names no evidence, which this basis needs"),
        "make the record with understudy-consent new ... --evidence FILE (the signed document)");
  if (rules.needs_end && !consent.valid_until)
    return refusal(
        "consent_scope",
        text(record, " has the basis '", consent.basis, "' but no valid_until, which this basis needs"),
        "make the record with understudy-consent new ... --until DATE");
  return std::nullopt;
}

std::optional<Refusal> find_scope_refusal(const ConsentTerms& consent, const ConsentQuery& query,
                                          const std::string& record) {
  if (consent.role != query.role)
    return refusal("consent_scope",
                   text(record, " is for the role ", role_name(consent.role),
                        ", but here it is wanted for the role ", role_name(query.role)),
                   text("swap the datasets if they were mixed up, or obtain a consent for the role ",
                        role_name(query.role)));
  for (const std::string& use : query.uses)
    if (!grants(consent, use))
      return refusal(
          "consent_scope",
          text(record, " does not grant the use '", use,
               "', only: ", consent.uses.empty() ? "none is stated" : joined(consent.uses)),
          "choose a use that was granted, or agree on a wider consent and extract again with its record");
  return std::nullopt;
}

void throw_if(const std::optional<Refusal>& found) {
  if (found) throw Error(ErrorCode::kRefused, found->message, found->hint);
}

}  // namespace

std::optional<Refusal> find_refusal(const ConsentTerms* consent, const ConsentQuery& query) {
  const std::string role = role_name(query.role);
  if (!consent)
    return refusal("consent_missing", text(query.whose, " has no consent record for the ", role),
                   text("write one with understudy-consent new --subject NAME --role ", role,
                        " --basis BASIS -o FILE, and give it to understudy-extract --consent FILE"));
  const std::string record =
      text("the consent record ", consent->id, " (", consent->subject, ") of ", query.whose);
  if (auto found = find_revocation(*consent, query.today, record)) return found;
  if (auto found = find_term_refusal(*consent, query.today, record)) return found;
  if (auto found = find_basis_refusal(*consent, record)) return found;
  return find_scope_refusal(*consent, query, record);
}

void check_consent(const ConsentTerms* consent, const ConsentQuery& query) {
  throw_if(find_refusal(consent, query));
}

void check_consents(std::span<const ConsentSummary> consents, std::span<const Role> needed, Date today,
                    const std::string& whose) {
  for (const Role role : needed) {
    const bool present = std::any_of(consents.begin(), consents.end(),
                                     [&](const auto& consent) { return consent.role == role; });
    if (!present) check_consent(nullptr, {.role = role, .today = today, .whose = whose, .uses = {}});
  }
  for (const ConsentSummary& consent : consents)
    check_consent(&consent, {.role = consent.role, .today = today, .whose = whose, .uses = {}});
}

void check_carried_consent(const std::filesystem::path& record, const std::optional<ConsentSummary>& summary,
                           const ConsentQuery& query) {
  const auto file = find_consent(record);
  check_consent(file ? &file->consent : nullptr, query);
  check_consent(summary ? &*summary : nullptr, query);
  if (file->sha256 == summary->sha256) return;
  throw_if(refusal("consent_changed",
                   text(record.string(), " is not the record that ", query.whose,
                        " was made with: its SHA-256 is ", file->sha256, ", expected ", summary->sha256),
                   "put the original record back, or extract again with the new one"));
}

}  // namespace understudy::provenance
