#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string_view>

namespace understudy::model {

/// The square part of an aligned crop that a network sees. The rest is slack: what rotation, shift and scale
/// draw from.
struct Window {
  double side = 1;  ///< in sides of the crop
  double down = 0;  ///< how far its centre lies below the crop's, in sides of the crop

  bool operator==(const Window&) const = default;
};

/// The window in crops of that family. Throws Error kFormat for a family that is not known here.
/// To add one: the crop family in face/crop.cpp, its window in window.cpp.
Window window_in(std::string_view crop_family);

/// N x 2 x 3 maps of the whole window, from the network's picture (-1..1) to the crop (-1..1).
torch::Tensor crop_from_window(const Window& window, std::int64_t count, const torch::TensorOptions& options);

/// Points (x, y) in 0..1 of the crop, as 0..1 of the window.
torch::Tensor window_points(const torch::Tensor& crop_points, const Window& window);

/// `images_nchw` (crops, float32), sampled bilinearly at the pixels of px x px pictures that
/// `crop_from_picture` maps.
torch::Tensor sampled(const torch::Tensor& images_nchw, const torch::Tensor& crop_from_picture,
                      std::int64_t px, bool zeros_outside = false);

/// The window of crops at `px`.
torch::Tensor cut(const torch::Tensor& crops_nchw, const Window& window, std::int64_t px);

/// Pictures of the window, put back into crops of `side`; outside the window 0, or its edge. Smooth where it
/// enlarges.
torch::Tensor pasted(const torch::Tensor& pictures_nchw, const Window& window, std::int64_t side,
                     bool zeros_outside);

/// N x C x H x W float32 to `px` x `px`, antialiased when it shrinks.
torch::Tensor resized(const torch::Tensor& images_nchw, std::int64_t px);

}  // namespace understudy::model
