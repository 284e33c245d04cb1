#pragma once

#include <cstdint>
#include <vector>

#include "understudy/model/augment.h"
#include "understudy/model/faces.h"

namespace understudy::model {

/// Faces of two persons that show the same moment.
struct FacePair {
  std::int64_t likeness_idx = 0, performer_idx = 0;
  /// float32, 2 x 3: from the performer's crop to the likeness', both 0..1. The identity where one of the
  /// sets does not know its crops' places.
  torch::Tensor likeness_from_performer;
};

/// One for each face of the performer that has a twin, in its set's order; the likeness' first face of a
/// moment counts.
std::vector<FacePair> find_pairs(const FaceSet& likeness, const FaceSet& performer);

/// Puts the likeness' pictures, masks and landmarks of the same moments in the place of the performers', as
/// the performers' crops see them: where a face lies in its head is kept from the performer's side, not
/// evened out by two alignments. `likeness_from_performer`: N x 2 x 3. Pictures are repeated beyond their
/// edges, masks are empty there.
void answer_with(FaceBatch& performers, const FaceBatch& likenesses,
                 const torch::Tensor& likeness_from_performer);

}  // namespace understudy::model
