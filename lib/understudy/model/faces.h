#pragma once

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace understudy::model {

enum class Side { kLikeness, kPerformer };

/// One aligned face.
struct FaceSample {
  torch::Tensor image_hwc;  ///< uint8, S x S x 3, BGR
  torch::Tensor mask_hw;    ///< uint8, S x S, 255 inside the face
  torch::Tensor landmarks;  ///< float32, 68 x 2, (x, y) in pixels of image_hwc, integers are pixel centres;
                            ///< or undefined
  double yaw_deg = 0;       ///< > 0 looks to the picture's right
  double pitch_deg = 0;
};

/// The faces of one side, read on demand. All have the same crop family; sizes may differ.
class FaceSet {
 public:
  virtual ~FaceSet() = default;
  virtual std::size_t size() const = 0;
  /// Thread-safe. Throws Error when the face cannot be read; the trainer passes that on.
  virtual FaceSample load(std::size_t idx) const = 0;
  /// Names what is performed there: faces of two sets that share it show the same moment. Empty: nothing is
  /// known.
  virtual std::string moment(std::size_t /*idx*/) const { return {}; }
  /// Changes with every face: what is kept of the set is thrown away then. Empty: nothing may be kept.
  virtual std::string digest() const { return {}; }
};

/// The sets of a training, in the order of its network's identities: the likenesses', then the performers'.
using FaceSets = std::vector<std::reference_wrapper<const FaceSet>>;

}  // namespace understudy::model
