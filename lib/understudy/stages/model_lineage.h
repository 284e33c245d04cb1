#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/dataset/dataset.h"
#include "understudy/provenance/consent.h"

namespace understudy::stages {

/// What a model's header says of its making: "program_version", "datasets" and "consents" of both sides.
Json lineage_of(std::span<const dataset::Dataset> likeness, std::span<const dataset::Dataset> performer);

/// `now`, and before it the datasets and consents of `earlier`, each once: what a model has learned from
/// stays in it when it goes on with other faces. A consent that is there again, by its id, counts as it
/// stands now.
Json joined_lineage(const Json& earlier, Json now);

/// The consents of a lineage, each valid today in its own role, both roles there. `where` names the JSON and
/// `whose` the material in messages. Throws Error kRefused, or kFormat.
std::vector<provenance::ConsentSummary> checked_consents(const Json& consents, std::string_view where,
                                                         const std::string& whose);

}  // namespace understudy::stages
