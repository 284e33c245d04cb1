#pragma once

#include <optional>
#include <string>

#include "understudy/provenance/consent_check.h"

namespace understudy::provenance {

/// Why the record does not cover the query's role and scope, or nothing when it does: the hard rules (no
/// intimate use, political use only where it was granted in so many words), then project, use, media and
/// territory. `record` names the record in messages.
std::optional<Refusal> find_scope_refusal(const ConsentTerms& consent, const ConsentQuery& query,
                                          const std::string& record);

}  // namespace understudy::provenance
