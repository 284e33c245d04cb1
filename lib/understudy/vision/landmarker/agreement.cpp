#include "understudy/vision/landmarker/agreement.h"

#include <algorithm>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::vision {

namespace {

/// 1 for a landmark that is known to a hundredth of the eye distance, 0 for one that may be a tenth off.
float confidence(double error_in_eyes) {
  constexpr double kSure = 0.01, kLost = 0.10;
  const double sure = std::clamp((kLost - error_in_eyes) / (kLost - kSure), 0.0, 1.0);
  return static_cast<float>(std::round(sure * 1000) / 1000);
}

}  // namespace

LandmarkResult mean_and_agreement(std::span<const face::Landmarks> fits) {
  LandmarkResult out;
  const double count = static_cast<double>(fits.size());
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    cv::Point2d sum;
    for (const face::Landmarks& fit : fits) sum += cv::Point2d(fit[i]);
    if (!std::isfinite(sum.x + sum.y))
      throw Error(ErrorCode::kFormat, "the landmarker gave points that are no numbers");
    out.landmarks[i] = sum / count;
  }
  const double eyes = std::max(face::interocular(out.landmarks), 1e-3);
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    double squares = 0;
    for (const face::Landmarks& fit : fits) {
      const cv::Point2f off = fit[i] - out.landmarks[i];
      squares += off.ddot(off);
    }
    out.confidence.push_back(confidence(std::sqrt(squares / count) / eyes));
  }
  return out;
}

LandmarkResult mean_of(const std::array<FaceLook, 2>& looks, const face::Affine& view) {
  constexpr double kEyesInSides = 0.6;  // eye distance of a face seen from the front
  const double eyes = kEyesInSides * FaceNetwork::kSide / (FaceNetwork::kBoxSides * face::scale_of(view));
  LandmarkResult out;
  for (std::size_t i = 0; i < out.landmarks.size(); ++i) {
    out.landmarks[i] = (looks[0].landmarks[i] + looks[1].landmarks[i]) / 2;
    out.confidence.push_back(confidence((looks[0].error[i] + looks[1].error[i]) / 2 / eyes));
  }
  return out;
}

int other_side(int landmark) {
  constexpr std::array<int, face::kLandmarkCount> kOtherSide = {
      16, 15, 14, 13, 12, 11, 10, 9,  8,  7,  6,  5,  4,  3,  2,  1,  0,  26, 25, 24, 23, 22, 21,
      20, 19, 18, 17, 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36,
      41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65};
  return kOtherSide[static_cast<std::size_t>(landmark)];
}

face::Landmarks mirror_image(const face::Landmarks& points, int width) {
  face::Landmarks out;
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    const cv::Point2f p = points[other_side(i)];
    out[i] = {static_cast<float>(width - 1) - p.x, p.y};
  }
  return out;
}

void check(const cv::Mat& bgr8, const face::Box& box) {
  if (bgr8.empty() || bgr8.type() != CV_8UC3)
    throw Error(ErrorCode::kFormat,
                "landmarks were asked for in something that is not an 8-bit colour picture");
  const bool usable = box.width >= 1 && box.height >= 1 && box.width < 1e5 && box.height < 1e5 &&
                      std::abs(box.x) < 1e6 && std::abs(box.y) < 1e6;
  if (!usable)
    throw Error(ErrorCode::kFormat, text("landmarks were asked for in a box of ", box.width, " x ",
                                         box.height, " pixels at ", box.x, ", ", box.y));
}

}  // namespace understudy::vision
