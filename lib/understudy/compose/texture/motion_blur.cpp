#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/compose/texture/smooth_blocks.h"
#include "understudy/compose/texture/texture_match.h"

namespace understudy::compose {
namespace {

constexpr double kSlowest = 1.5;  ///< pixels a frame: below that nothing is smeared that one could see
constexpr double kLongest = 64;   ///< pixels

/// A line of this length and direction, its middle in the middle, of sum 1.
cv::Mat line_kernel(const cv::Vec2d& along) {
  const double length = cv::norm(along);
  const int radius = cvCeil(length / 2) + 1, steps = std::max(2, cvCeil(8 * length));
  cv::Mat out = cv::Mat::zeros(2 * radius + 1, 2 * radius + 1, CV_32FC1);
  for (int i = 0; i < steps; ++i) {
    const double t = (i + 0.5) / steps - 0.5, x = radius + t * along[0], y = radius + t * along[1];
    const int left = cvFloor(x), top = cvFloor(y);
    const auto fx = static_cast<float>(x - left), fy = static_cast<float>(y - top);
    out.at<float>(top, left) += (1 - fx) * (1 - fy);
    out.at<float>(top, left + 1) += fx * (1 - fy);
    out.at<float>(top + 1, left) += (1 - fx) * fy;
    out.at<float>(top + 1, left + 1) += fx * fy;
  }
  return out / steps;
}

/// What one place of a kernel gives a pixel: its weight, and where it lies from the kernel's corner.
struct Tap {
  float weight;
  cv::Point at;
};

/// A multiple of four: what is missing weighs nothing.
std::vector<Tap> taps_of(const cv::Mat& kernel) {
  std::vector<Tap> out;
  for (int y = 0; y < kernel.rows; ++y)
    for (int x = 0; x < kernel.cols; ++x)
      if (const float weight = kernel.at<float>(y, x); weight > 0) out.push_back({weight, {x, y}});
  while (out.size() % 4 != 0) out.push_back({0, out.front().at});
  return out;
}

[[gnu::target_clones("avx2", "default")]] void add_four(const std::array<const float*, 4>& from,
                                                        const Tap* taps, float* to, std::size_t count) {
  const float *a = from[0], *b = from[1], *c = from[2], *d = from[3];
  const float wa = taps[0].weight, wb = taps[1].weight, wc = taps[2].weight, wd = taps[3].weight;
  for (std::size_t x = 0; x < count; ++x) to[x] += wa * a[x] + wb * b[x] + wc * c[x] + wd * d[x];
}

/// Filtered, its border pixels repeated. The kernel is mostly empty, and so is most of what a general filter
/// would do.
cv::Mat filtered(const cv::Mat& picture, const cv::Mat& kernel) {
  const std::vector<Tap> taps = taps_of(kernel);
  const int channels = picture.channels();
  cv::Mat around;
  cv::copyMakeBorder(picture, around, kernel.rows / 2, kernel.rows / 2, kernel.cols / 2, kernel.cols / 2,
                     cv::BORDER_REPLICATE);
  cv::Mat out = cv::Mat::zeros(picture.size(), picture.type());
  for (int y = 0; y < out.rows; ++y)
    for (std::size_t i = 0; i < taps.size(); i += 4) {
      const auto row = [&](std::size_t k) {
        return around.ptr<float>(y + taps[i + k].at.y) + taps[i + k].at.x * channels;
      };
      add_four({row(0), row(1), row(2), row(3)}, &taps[i], out.ptr<float>(y),
               static_cast<std::size_t>(out.cols) * static_cast<std::size_t>(channels));
    }
  return out;
}

cv::Mat smeared(const cv::Mat& picture, const cv::Vec2d& motion, double shutter) {
  const double speed = cv::norm(motion), length = std::min(shutter * speed, kLongest);
  if (length < 0.1) return picture;
  return filtered(picture, line_kernel(motion * (length / speed)));
}

/// How strong the slopes along the way are beside those across it, inside the mask; noise, as found in the
/// smooth blocks, has no say.
double along_to_across(const cv::Mat& luma, const cv::Vec2d& way, const cv::Mat& inside,
                       const std::vector<cv::Rect>& smooth) {
  cv::Mat calm, dx, dy;
  cv::GaussianBlur(luma, calm, {}, 1, 1, cv::BORDER_REPLICATE);
  cv::sepFilter2D(calm, dx, CV_32F, cv::Matx13f(-0.5F, 0, 0.5F), cv::Matx13f(0, 1, 0));
  cv::sepFilter2D(calm, dy, CV_32F, cv::Matx13f(0, 1, 0), cv::Matx13f(-0.5F, 0, 0.5F));
  const auto power = [&](const cv::Mat& slopes) {
    const cv::Mat squares = slopes.mul(slopes);
    double noise = 0;
    for (const cv::Rect& block : smooth) noise += cv::mean(squares(block))[0];
    const double all = cv::mean(squares, inside)[0];
    return std::max(all - noise / static_cast<double>(smooth.size()), 0.02 * all);
  };
  return power(way[0] * dx + way[1] * dy) / std::max(power(way[1] * dx - way[0] * dy), 1e-12);
}

/// The part of a picture of `size` that `place` is at this scale, at least a pixel of it.
cv::Rect scaled(const cv::Rect& place, double scale, cv::Size size) {
  const cv::Point from(std::min(cvRound(place.x * scale), size.width - 1),
                       std::min(cvRound(place.y * scale), size.height - 1));
  const cv::Point to(cvRound((place.x + place.width) * scale), cvRound((place.y + place.height) * scale));
  return cv::Rect(from, cv::Size(std::max(1, to.x - from.x), std::max(1, to.y - from.y))) &
         cv::Rect({}, size);
}

/// Of a larger sample a smaller one says as much, as long as the motion stays one of a few pixels.
double scale_for(const TextureSample& sample) {
  constexpr double kEnoughSide = 320, kEnoughPixels = 4;
  const double side = std::max(sample.plate.cols, sample.plate.rows);
  return std::min(1.0, std::max(kEnoughSide / side, kEnoughPixels / cv::norm(sample.motion)));
}

/// The share of a frame for which the shutter is open, as far as the two pictures tell.
double shutter_of(const TextureSample& sample) {
  constexpr int kSteps = 5;
  const double scale = scale_for(sample);
  const cv::Vec2d motion = scale * sample.motion, way = motion / cv::norm(motion);
  const auto small = [&](const cv::Mat& picture) {
    cv::Mat out;
    cv::resize(picture, out, {}, scale, scale, cv::INTER_AREA);
    return out;
  };
  const cv::Mat inside = small(sample.mask) > 0.5, face = small(float_luma(sample.face)),
                plate = small(float_luma(sample.plate));
  std::vector<cv::Rect> smooth;
  for (const cv::Rect& block : sample.smooth) smooth.push_back(scaled(block, scale, plate.size()));
  const double wanted = along_to_across(plate, way, inside, smooth);
  double last = along_to_across(face, way, inside, smooth);
  if (wanted >= last) return 0;
  for (int i = 1; i < kSteps; ++i) {
    const double shutter = static_cast<double>(i) / (kSteps - 1);
    const double reached = along_to_across(smeared(face, motion, shutter), way, inside, smooth);
    if (reached <= wanted) return shutter - (wanted - reached) / (last - reached) / (kSteps - 1);
    last = reached;
  }
  return 1;
}

}  // namespace

cv::Mat measure_motion_blur(const TextureSample& sample) {
  const double speed = cv::norm(sample.motion);
  if (!(speed >= kSlowest)) return {};
  if (sample.smooth.empty()) return {};
  // The faster the face, the surer the answer: it counts the more in the mean over frames.
  const auto weight = static_cast<float>(std::min(speed, kLongest));
  cv::Mat out(1, 2, CV_32FC1);
  out.at<float>(0) = weight * static_cast<float>(shutter_of(sample));
  out.at<float>(1) = weight;
  return out;
}

cv::Mat apply_motion_blur(const cv::Mat& face, const cv::Mat& measured, const TexturePlace& place) {
  if (cv::norm(place.motion) < kSlowest) return face;
  return smeared(face, place.motion, measured.at<float>(0) / measured.at<float>(1));
}

NamedNumbers describe_motion_blur(const cv::Mat& measured) {
  return {{"shutter_frames", measured.at<float>(0) / measured.at<float>(1)}};
}

}  // namespace understudy::compose
