#pragma once

#include <filesystem>

#include "understudy/core/json.h"

namespace understudy::stages {

/// Whether `folder` is a model's: it holds model.json or a checkpoint.
bool is_model_folder(const std::filesystem::path& folder);

/// The lineage in a file of weights (safetensors), read without libtorch; empty where there is none. Throws
/// Error kInput or kFormat.
Json lineage_of_weights(const std::filesystem::path& file);

/// A model's newest checkpoint, milestones last; empty where there is none.
std::filesystem::path newest_weights(const std::filesystem::path& folder);

/// That of a model: of its newest checkpoint, else of model.json. Throws Error kInput or kFormat.
Json lineage_of_model(const std::filesystem::path& folder);

}  // namespace understudy::stages
