#pragma once

#include <torch/types.h>

#include <vector>

#include "understudy/model/augment.h"

namespace understudy::model {

/// One side's faces in their window, by pose: what the two sides are compared by.
struct PoseStatistics {
  /// float32, 1 x 2: no yaw, and the set's median pitch in degrees. A pose that is measured against a mean
  /// face takes a long or a flat face for a raised or a lowered one, so pitch is compared from here.
  torch::Tensor centre;
  torch::Tensor pose;        ///< float32, K x 2: yaw, pitch in degrees from the centre
  torch::Tensor light_k4gg;  ///< float32, K x 4 x G x G: masked, blurred picture and the blurred mask
  torch::Tensor landmarks;   ///< float32, K x 68 x 2 in 0..1 of the window; undefined when a face has none
  torch::Tensor pictures;    ///< uint8, K x 3 x P x P, about as large as what the network sees
  torch::Tensor codes;       ///< K x ..., what the encoder makes of the pictures; undefined unless asked for
};

/// Takes out of everybody's codes what all of them have in common over pose and expression: by least squares
/// a cubic of yaw and pitch and, where everybody has landmarks, a linear function of how far eyes, mouth and
/// brows are from the person's own mean. Averages around a pose then differ by who is seen and in what light,
/// no longer by what one of the two happened to do whenever the head was so.
void level_codes(const std::vector<PoseStatistics*>& people);

PoseStatistics pose_statistics(const FaceBatch& faces, const Window& window);

/// How much larger the likeness' head is to be drawn to be as large as the performer's: registered by eyes,
/// brows, nose and mouth, heads still differ in size. The scale of the similarity (Umeyama 1991) that brings
/// the likeness' jaw onto the performer's, over all of the performer's faces, each with the likeness' face of
/// the nearest pose; where the two jaws lie does not count. 1 where landmarks are missing.
double outline_scale(const PoseStatistics& likeness, const PoseStatistics& performer);

/// For each face of `faces` (of the side `own`): the difference between the two sides' averages around its
/// pose. Light: log gain that gives it the other side's light. Shape: a smooth field that moves its features
/// to the other's places. Code: the way from the own side's codes to the other's. And one of the other side's
/// faces of about its pose, drawn from `random` (a generator of the CPU). What `config` does not ask for, or
/// has no landmarks, is left undefined.
MatchFields match_by_pose(const FaceBatch& faces, const PoseStatistics& own, const PoseStatistics& other,
                          const Window& window, const AugmentConfig& config, at::Generator& random);

}  // namespace understudy::model
