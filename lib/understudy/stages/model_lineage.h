#pragma once

#include <span>

#include "understudy/core/json.h"
#include "understudy/dataset/dataset.h"

namespace understudy::stages {

/// What a model's header says of its making: "program_version", "datasets" (each with its consent's id)
/// and "consents" of both sides.
Json lineage_of(std::span<const dataset::Dataset> likeness, std::span<const dataset::Dataset> performer);

/// `now`, and before it the datasets and consents of `earlier`, each once: what a model has learned from
/// stays in it when it goes on with other faces. A consent that is there again, by its id, counts as it
/// stands now.
Json joined_lineage(const Json& earlier, Json now);

}  // namespace understudy::stages
