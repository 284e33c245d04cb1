#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/core/run.h"
#include "understudy/dataset/dataset.h"
#include "understudy/provenance/consent_check.h"
#include "understudy/stages/common.h"

namespace understudy::stages {

/// Where a stage asks whether it may use what it is given: consents hold today, are not on the list of those
/// taken back, and cover what is made.
class ConsentGate {
 public:
  /// Reads the list of revocations, where there is one, and says its age. Throws Error kInput or kFormat when
  /// it is named and cannot be read.
  ConsentGate(const ConsentOptions& options, Report& report);

  /// What is asked of every record.
  void asks(provenance::ConsentScope scope) { scope_ = std::move(scope); }

  /// The scope of what is made to be shown: what records limit must be stated.
  void delivers(provenance::ConsentScope scope);

  /// Of a role, with what else is asked; `whose` names the material in messages.
  provenance::ConsentQuery query(provenance::Role role, std::string whose) const;

  /// A dataset, its consent checked for `role`; without a role for its own. Throws Error kInput, kFormat and
  /// kRefused.
  dataset::Dataset open(const std::filesystem::path& root,
                        std::optional<provenance::Role> role = std::nullopt) const;

  /// The consents of a model's lineage, each valid in its own role, both roles there, none of its datasets
  /// without its consent. `where` names the JSON and `whose` the material in messages. Throws Error kRefused,
  /// or kFormat.
  std::vector<provenance::ConsentSummary> check_lineage(const Json& lineage, std::string_view where,
                                                        const std::string& whose) const;

  /// A record that is to be used in its own role. Says in the log who signed it. Throws Error kRefused, and
  /// as read_consent().
  provenance::ConsentFile check_record(const std::filesystem::path& path) const;

  /// Null when there is no list.
  const provenance::Revocations* revocations() const { return revocations_ ? &*revocations_ : nullptr; }

 private:
  std::optional<provenance::Revocations> revocations_;
  provenance::ConsentScope scope_;
  bool delivers_ = false, signed_only_ = false;
};

/// Copies the signature of a consent record, where it has one, beside a copy of the record.
void carry_signature(const std::filesystem::path& record, const std::filesystem::path& copy);
/// Copies a dataset's consent record and its signature into a folder whose faces leave the dataset.
void carry_consent(const dataset::Dataset& dataset, const std::filesystem::path& folder);

}  // namespace understudy::stages
