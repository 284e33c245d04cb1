#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

#include "understudy/model/network.h"
#include "understudy/model/training_faces.h"

namespace understudy::model {

/// uint8, H x W x 3, BGR. Each row: likeness, its reconstruction, performer, its reconstruction, swap, swap's
/// mask. A performer's decoder that learns nothing shows grey. Rows are spread evenly over the sets, and take
/// the people of each side in turn; no more rows than the smallest set has faces. Asks `stop` before each
/// row; when it says yes, the result is undefined.
torch::Tensor preview_sheet(const Network& network, const NetworkConfig& sizes, const TrainingFaces& faces,
                            torch::Device device, std::int64_t rows, const std::function<bool()>& stop);

}  // namespace understudy::model
