#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "understudy/model/checkpoint.h"
#include "understudy/model/device.h"

namespace understudy::model {

struct Swapped {
  torch::Tensor image_nhwc;  ///< float32 on the CPU, 0..1, BGR, of the input's size; outside the network's
                             ///< window the input
  torch::Tensor
      mask_nhw;  ///< float32 on the CPU, 0..1; 0 outside the network's window, fading towards its edge
};

/// Whom to put in, and how.
struct SwapChoice {
  std::string likeness;         ///< of the model's; empty: the only one
  std::optional<double> morph;  ///< 0..1, for networks that mix: how much of the likeness; absent: all
};

/// Puts a likeness into aligned faces of the performer, with a trained model's averaged weights.
class Converter {
 public:
  /// Throws Error kInput when `folder` holds no model, kFormat when it is damaged or newer, kResource without
  /// the device, kUsage when the model does not know the likeness, knows several and none is named, or cannot
  /// be morphed.
  Converter(const std::filesystem::path& folder, const std::string& device, int threads,
            Precision precision = Precision::kAuto, const SwapChoice& choice = {});
  ~Converter();
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  /// `faces_nhwc`: uint8 (0..255) or float32 (0..1), N x S x S x 3, BGR, any S >= 16, crops of
  /// header().crop_family. Throws Error kUsage for other shapes.
  Swapped convert(const torch::Tensor& faces_nhwc) const;

  /// Name of the likeness that is put in.
  const std::string& likeness() const;
  const ModelHeader& header() const;
  /// The checkpoint that was loaded.
  const std::filesystem::path& file() const;
  /// What a person should know about the loading (a damaged newer checkpoint), or nothing.
  const std::string& note() const;
  /// Side of the crop at which the network's own resolution is kept.
  std::int64_t native_px() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace understudy::model
