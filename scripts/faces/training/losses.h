#pragma once

#include <string>
#include <vector>

#include "detector_batch.h"
#include "face_batch.h"
#include "identity_batch.h"

namespace understudy::faces {

/// Loss parts, named for the log; training descends their sum.
struct Losses {
  std::vector<std::string> names;
  std::vector<torch::Tensor> parts;
};

/// `outputs` as face_graph() names them.
Losses face_losses(const std::vector<torch::Tensor>& outputs, const FaceBatch& batch);
/// `outputs` as detector_graph() names them.
Losses detector_losses(const std::vector<torch::Tensor>& outputs, const DetectorBatch& batch);
/// `outputs` as identity_graph() names them.
Losses identity_losses(const std::vector<torch::Tensor>& outputs, const IdentityBatch& batch);

}  // namespace understudy::faces
