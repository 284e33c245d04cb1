#pragma once

#include <cmath>
#include <opencv2/core.hpp>
#include <random>

namespace understudy::compose {

/// Smooth waves of the given wavelength in pixels, 0.2 to 0.8, each channel another phase.
inline cv::Mat waves(cv::Size size, double wavelength) {
  cv::Mat out(size, CV_32FC3);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      for (int c = 0; c < 3; ++c)
        out.at<cv::Vec3f>(y, x)[c] = static_cast<float>(0.5 + 0.15 * std::sin(6.2832 * x / wavelength + c) +
                                                        0.15 * std::cos(6.2832 * y / (1.3 * wavelength) - c));
  return out;
}

inline cv::Mat noise(cv::Size size, int type, unsigned seed) {
  cv::Mat out(size, type);
  cv::RNG random(seed);
  random.fill(out, cv::RNG::UNIFORM, 0, out.depth() == CV_8U ? 256 : 1);
  return out;
}

/// A soft-edged disc in the middle, 1 inside.
inline cv::Mat disc(cv::Size size, double radius) {
  cv::Mat out(size, CV_32FC1);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      out.at<float>(y, x) = static_cast<float>(std::clamp(
          radius - std::hypot(x - (size.width - 1) / 2.0, y - (size.height - 1) / 2.0) + 0.5, 0.0, 1.0));
  return out;
}

}  // namespace understudy::compose
