#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "understudy/core/refused.h"
#include "understudy/provenance/consent.h"
#include "understudy/provenance/revocations.h"

namespace understudy::provenance {

/// What something is to be used for. Empty lists: not stated.
struct ConsentScope {
  std::vector<std::string> project, use, media, territory;
};

/// What a stage wants to do, and when.
struct ConsentQuery {
  Role role = Role::kLikeness;  ///< the side that the subject is to play
  Date today;                   ///< see today_utc()
  std::string whose;            ///< names the material in messages: "the dataset ada"
  ConsentScope scope = {};      ///< each entry must be granted, compared without regard to case
  bool delivers = false;        ///< what the record limits must be stated: something is made to be shown
  const Revocations* revocations = nullptr;  ///< null: there is no list
  bool signed_only = false;                  ///< a record file without a good signature does not do
};

/// Why material may not be used.
struct Refusal {
  Refused facts;        ///< the same words in messages and reports
  std::string message;  ///< what was found, ending in the reason
  std::string hint;     ///< the remedy
};

/// consent_missing, consent_revoked, consent_not_yet_valid, consent_expired, consent_evidence, consent_scope,
/// consent_changed, consent_signature, consent_wrong_person and lineage_broken, each with what it means.
const Table<int>& refusal_reasons();

/// A refusal; its message is `message` and the reason.
Refusal make_refusal(Refused facts, const std::string& message, std::string hint);
/// Throws it as Error kRefused.
[[noreturn]] void throw_refusal(const Refusal& refusal);

/// Why `consent` does not cover the query, or nothing when it does. Null: there is no record.
/// Both the first and the last day of a record count as valid.
std::optional<Refusal> find_refusal(const ConsentTerms* consent, const ConsentQuery& query);
/// Throws Error kRefused with the refusal's message and hint, if there is one.
void check_consent(const ConsentTerms* consent, const ConsentQuery& query);

/// As find_refusal(), for a record's file: its signature must be good where there is one, and be there where
/// the record or the query asks for it.
std::optional<Refusal> find_file_refusal(const ConsentFile& file, const ConsentQuery& query);
/// Throws Error kRefused when there is one.
void check_file(const ConsentFile& file, const ConsentQuery& query);

/// For a list of revocations: throws Error kRefused when there is a signature beside `file` that is none of
/// `content`.
SignatureState require_good_signature(const std::filesystem::path& file, std::string_view content);

/// The gate for material that was made from several people (a model): every record must hold in its own
/// role, and each role of `needed` must be there. The query's role does not count. Throws Error kRefused.
void check_consents(std::span<const ConsentSummary> consents, std::span<const Role> needed,
                    ConsentQuery query);

/// The gate for a dataset: its record must be there, readable and valid, the summary in its header too, and
/// the record must still be the one that the summary speaks of. Throws Error kRefused, and as read_consent().
void check_carried_consent(const std::filesystem::path& record, const std::optional<ConsentSummary>& summary,
                           const ConsentQuery& query);

}  // namespace understudy::provenance
