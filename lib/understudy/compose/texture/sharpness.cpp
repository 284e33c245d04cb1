#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/compose/texture/smooth_blocks.h"
#include "understudy/compose/texture/texture_match.h"

namespace understudy::compose {
namespace {

constexpr double kMostGain = 2, kLeastGain = 0.02;
constexpr std::size_t kMatched = 3;  ///< bands, beside the next coarser one

using Bands = std::array<cv::Mat, kMatched + 1>;
using Powers = std::array<double, kMatched + 1>;

cv::Mat blurred(const cv::Mat& picture, double sigma) {
  cv::Mat out;
  cv::GaussianBlur(picture, out, {}, sigma, sigma, cv::BORDER_REPLICATE);
  return out;
}

/// Differences of Gaussians an octave apart, the finest first.
Bands bands_of(const cv::Mat& picture) {
  Bands out;
  cv::Mat finer = picture;
  double sigma = 0.8;
  for (cv::Mat& band : out) {
    const cv::Mat coarser = blurred(picture, sigma);
    band = finer - coarser;
    finer = coarser;
    sigma *= 2;
  }
  return out;
}

double power_in(const cv::Mat& band, const std::vector<cv::Rect>& blocks) {
  double sum = 0;
  for (const cv::Rect& block : blocks) {
    const cv::Mat part = band(block).clone();
    sum += part.dot(part) / part.total();
  }
  return sum / static_cast<double>(blocks.size());
}

/// The power of each band inside the mask, without that of noise.
Powers powers(const cv::Mat& picture, const cv::Mat& mask) {
  const cv::Mat luma = float_luma(picture), inside = mask > 0.5;
  const std::vector<cv::Rect> smooth = smooth_blocks(luma, mask);
  Powers out{};
  if (smooth.empty()) return out;
  const Bands bands = bands_of(luma);
  for (std::size_t i = 0; i < bands.size(); ++i) {
    constexpr double kLeastShare = 0.02;  // the noise is not known more closely than this
    const double all = cv::mean(bands[i].mul(bands[i]), inside)[0];
    out[i] = std::max(all - power_in(bands[i], smooth), kLeastShare * all);
  }
  return out;
}

}  // namespace

cv::Mat measure_sharpness(const TextureSample& sample) {
  constexpr double kFlat = 1e-8;  // a face without anything to see is neither sharp nor soft
  const Powers plate = powers(sample.plate, sample.mask), face = powers(sample.face, sample.mask);
  if (plate[kMatched] < kFlat || face[kMatched] < kFlat) return {};
  cv::Mat out(1, kMatched, CV_32FC1);
  for (std::size_t i = 0; i < kMatched; ++i) {
    const double wanted = plate[i] / plate[kMatched], had = face[i] / face[kMatched];
    const double gain = std::sqrt(wanted / std::max(had, 1e-12));
    out.at<float>(static_cast<int>(i)) =
        static_cast<float>(std::log(std::clamp(gain, kLeastGain, kMostGain)));
  }
  return out;
}

cv::Mat apply_sharpness(const cv::Mat& face, const cv::Mat& measured, const TexturePlace&) {
  const Bands bands = bands_of(face);
  cv::Mat out = face.clone();
  for (std::size_t i = 0; i < kMatched; ++i)
    cv::scaleAdd(bands[i], std::exp(measured.at<float>(static_cast<int>(i))) - 1, out, out);
  return out;
}

NamedNumbers describe_sharpness(const cv::Mat& measured) {
  return {{"fine_gain", std::exp(measured.at<float>(0))},
          {"medium_gain", std::exp(measured.at<float>(1))},
          {"coarse_gain", std::exp(measured.at<float>(2))}};
}

}  // namespace understudy::compose
