#pragma once

#include <torch/types.h>

#include "understudy/model/augment.h"

namespace understudy::model {

/// Light and shape of one side's faces in their window, by pose: what the two sides are compared by.
struct PoseStatistics {
  torch::Tensor pose;        ///< float32, K x 2: yaw, pitch in degrees
  torch::Tensor light_k4gg;  ///< float32, K x 4 x G x G: masked, blurred picture and the blurred mask
  torch::Tensor landmarks;   ///< float32, K x 68 x 2 in 0..1 of the window; undefined when a face has none
};

PoseStatistics pose_statistics(const FaceBatch& faces, const Window& window);

/// How much larger the likeness' head is to be drawn to be as large as the performer's: registered by eyes,
/// brows, nose and mouth, heads still differ in size. The scale of the similarity (Umeyama 1991) that brings
/// the likeness' jaw onto the performer's, over all of the performer's faces, each with the likeness' face of
/// the nearest pose. 1 where landmarks are missing.
double outline_scale(const PoseStatistics& likeness, const PoseStatistics& performer);

/// For each face of `faces` (of the side `own`): the difference between the two sides' averages around its
/// pose. Light: log gain that gives it the other side's light. Shape: a smooth field that moves its features
/// to the other's places. A field is left undefined when `config` does not ask for it or landmarks are
/// missing.
MatchFields match_by_pose(const FaceBatch& faces, const PoseStatistics& own, const PoseStatistics& other,
                          const Window& window, const AugmentConfig& config);

}  // namespace understudy::model
