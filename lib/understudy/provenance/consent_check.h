#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "understudy/provenance/consent.h"

namespace understudy::provenance {

/// What a stage wants to do, and when.
struct ConsentQuery {
  Role role = Role::kLikeness;  ///< the side that the subject is to play
  Date today;                   ///< see today_utc()
  std::string whose;            ///< names the material in messages: "the dataset ada"
  std::vector<std::string>
      uses;  ///< each must be granted (compared without regard to case); empty: not asked
};

/// Why material may not be used.
struct Refusal {
  /// consent_missing, consent_revoked, consent_not_yet_valid, consent_expired, consent_scope,
  /// consent_evidence or consent_changed: the same words in messages and reports.
  std::string reason;
  std::string message;  ///< what was found, ending in the reason
  std::string hint;     ///< the remedy
};

/// Why `consent` does not cover the query, or nothing when it does. Null: there is no record.
/// Both the first and the last day of a record count as valid.
std::optional<Refusal> find_refusal(const ConsentTerms* consent, const ConsentQuery& query);
/// Throws Error kRefused with the refusal's message and hint, if there is one.
void check_consent(const ConsentTerms* consent, const ConsentQuery& query);

/// The gate for material that was made from several people (a model): every record must be valid in its own
/// role, and each role of `needed` must be there. Throws Error kRefused.
void check_consents(std::span<const ConsentSummary> consents, std::span<const Role> needed, Date today,
                    const std::string& whose);

/// The gate for a dataset: its record must be there, readable and valid, the summary in its header too, and
/// the record must still be the one that the summary speaks of. Throws Error kRefused, and as read_consent().
void check_carried_consent(const std::filesystem::path& record, const std::optional<ConsentSummary>& summary,
                           const ConsentQuery& query);

}  // namespace understudy::provenance
