#include "understudy/vision/landmarker/agreement.h"

#include <algorithm>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::vision {

LandmarkResult mean_and_agreement(std::span<const face::Landmarks> fits) {
  constexpr double kSure = 0.01, kLost = 0.10;  // spread in eye distances
  LandmarkResult out;
  const double count = static_cast<double>(fits.size());
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    cv::Point2d sum;
    for (const face::Landmarks& fit : fits) sum += cv::Point2d(fit[i]);
    out.landmarks[i] = sum / count;
  }
  const double eyes = std::max(face::interocular(out.landmarks), 1e-3);
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    double squares = 0;
    for (const face::Landmarks& fit : fits) {
      const cv::Point2f off = fit[i] - out.landmarks[i];
      squares += off.ddot(off);
    }
    const double spread = std::sqrt(squares / count) / eyes;
    const double sure = std::clamp((kLost - spread) / (kLost - kSure), 0.0, 1.0);
    out.confidence.push_back(static_cast<float>(std::round(sure * 1000) / 1000));
  }
  return out;
}

void check(const cv::Mat& bgr8, const face::Box& box) {
  if (bgr8.empty() || bgr8.type() != CV_8UC3)
    throw Error(ErrorCode::kFormat, "landmarks were asked for in something that is not an 8-bit colour picture");
  const bool usable = box.width >= 1 && box.height >= 1 && box.width < 1e5 && box.height < 1e5 &&
                      std::abs(box.x) < 1e6 && std::abs(box.y) < 1e6;
  if (!usable)
    throw Error(ErrorCode::kFormat, text("landmarks were asked for in a box of ", box.width, " x ", box.height, " pixels at ",
                                         box.x, ", ", box.y));
}

}  // namespace understudy::vision
