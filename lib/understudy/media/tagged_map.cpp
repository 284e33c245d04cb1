#include "understudy/media/tagged_map.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <span>

#include "understudy/media/color_curve.h"

namespace understudy::media {
namespace {

// IEC 61966-2-1, going on above 1.
double light_from_display(double value) {
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}
double display_from_light(double light) {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

double unchanged(double value) {
  return value;
}

// SMPTE ST 2084.
constexpr double kM1 = 2610.0 / 16384, kM2 = 2523.0 / 4096 * 128, kC1 = 3424.0 / 4096,
                 kC2 = 2413.0 / 4096 * 32, kC3 = 2392.0 / 4096 * 32;
constexpr double kPqWhite = 203.0 / 10000;  // ITU-R BT.2408
// From here on PQ goes on as a straight line: its own curve has a pole at 1.99.
constexpr double kPqStraight = 1.25;

double st2084_light(double code) {
  const double root = std::pow(code, 1 / kM2);
  return std::pow(std::max(root - kC1, 0.0) / (kC2 - kC3 * root), 1 / kM1) / kPqWhite;
}
double st2084_code(double light) {
  const double power = std::pow(light * kPqWhite, kM1);
  return std::pow((kC1 + kC2 * power) / (1 + kC3 * power), kM2);
}

struct Line {
  double light, slope;
};
const Line& beyond_pq() {
  constexpr double kStep = 1e-5;
  static const Line line{st2084_light(kPqStraight),
                         (st2084_light(kPqStraight) - st2084_light(kPqStraight - kStep)) / kStep};
  return line;
}
double light_from_pq(double code) {
  if (code <= kPqStraight) return st2084_light(code);
  return beyond_pq().light + beyond_pq().slope * (code - kPqStraight);
}
double pq_from_light(double light) {
  if (light <= 0) return 0;
  if (light <= beyond_pq().light) return st2084_code(light);
  return kPqStraight + (light - beyond_pq().light) / beyond_pq().slope;
}

// ARIB STD-B67 and ITU-R BT.2100: scene light from 0 to 1.
constexpr double kA = 0.17883277, kB = 1 - 4 * kA, kC = 0.55991073;
constexpr double kHlgGamma = 1.2, kHlgWhite = 203.0 / 1000;

double light_from_hlg(double code) {
  return code <= 0.5 ? code * code / 3 : (std::exp((code - kC) / kA) + kB) / 12;
}
double hlg_from_light(double light) {
  return light <= 1.0 / 12 ? std::sqrt(3 * light) : kA * std::log(12 * light - kB) + kC;
}
double display_luminance(double scene) {
  return std::pow(scene, kHlgGamma) / kHlgWhite;
}
double scene_luminance(double display) {
  return std::pow(display * kHlgWhite, 1 / kHlgGamma);
}

class TaggedMap : public ColorMap {
 public:
  TaggedMap(const Transfer& transfer, const cv::Matx33d& bt709)
      : is_linear_(transfer.light_from_code == unchanged),
        scene_light_(transfer.scene_light),
        keeps_primaries_(bt709 == cv::Matx33d::eye()),
        light_from_code_(transfer.light_from_code),
        code_from_light_(transfer.code_from_light),
        display_from_light_(media::display_from_light),
        light_from_display_(media::light_from_display),
        display_luminance_(media::display_luminance),
        scene_luminance_(media::scene_luminance),
        bt709_(reversed(bt709)),
        own_(reversed(bt709.inv())) {}

  void to_display(cv::Mat& bgr) const override {
    for (int y = 0; y < bgr.rows; ++y) {
      const std::span<cv::Vec3f> row(bgr.ptr<cv::Vec3f>(y), static_cast<std::size_t>(bgr.cols));
      if (!is_linear_) apply(light_from_code_, row);
      if (scene_light_) rescale(display_luminance_, row);
      if (!keeps_primaries_) apply(bt709_, row);
      apply(display_from_light_, row);
    }
  }

  void to_coded(cv::Mat& bgr) const override {
    for (int y = 0; y < bgr.rows; ++y) {
      const std::span<cv::Vec3f> row(bgr.ptr<cv::Vec3f>(y), static_cast<std::size_t>(bgr.cols));
      apply(light_from_display_, row);
      if (!keeps_primaries_) apply(own_, row);
      if (scene_light_) rescale(scene_luminance_, row);
      if (!is_linear_) apply(code_from_light_, row);
    }
  }

 private:
  /// For B, G, R instead of R, G, B.
  static cv::Matx33f reversed(const cv::Matx33d& m) {
    cv::Matx33f out;
    for (int row = 0; row < 3; ++row)
      for (int column = 0; column < 3; ++column)
        out(row, column) = static_cast<float>(m(2 - row, 2 - column));
    return out;
  }

  static void apply(const ColorCurve& curve, std::span<cv::Vec3f> row) {
    float* samples = row.front().val;
    for (std::size_t i = 0; i < 3 * row.size(); ++i) samples[i] = curve(samples[i]);
  }

  static void apply(const cv::Matx33f& m, std::span<cv::Vec3f> row) {
    for (cv::Vec3f& pixel : row) pixel = m * pixel;
  }

  /// Changes the luminance and keeps the ratios. Colours outside the gamut count by their size, so that there
  /// is a way back.
  static void rescale(const ColorCurve& luminance, std::span<cv::Vec3f> row) {
    for (cv::Vec3f& pixel : row) {
      const float old =
          0.0593F * std::abs(pixel[0]) + 0.6780F * std::abs(pixel[1]) + 0.2627F * std::abs(pixel[2]);
      pixel *= luminance(old) / std::max(old, std::numeric_limits<float>::min());
    }
  }

  bool is_linear_, scene_light_, keeps_primaries_;
  ColorCurve light_from_code_, code_from_light_, display_from_light_, light_from_display_;
  ColorCurve display_luminance_, scene_luminance_;
  cv::Matx33f bt709_, own_;
};

}  // namespace

// To add one: a row here, its number in display_space.cpp where ITU-T H.273 has one, a word in
// color_spaces().
const Table<Transfer>& transfers() {
  static const Table<Transfer> table(
      "transfer function", {{"display", "codes are display values", {light_from_display, display_from_light}},
                            {"pq", "SMPTE ST 2084, 203 nits are white", {light_from_pq, pq_from_light}},
                            {"hlg", "ARIB STD-B67, 75 % are white", {light_from_hlg, hlg_from_light, true}},
                            {"linear", "light", {unchanged, unchanged}}});
  return table;
}

std::shared_ptr<const ColorMap> tagged_map(const std::string& transfer, const Chromaticities& primaries) {
  const cv::Matx33d bt709 = bt709_from(primaries);
  const Transfer& chosen = transfers().at(transfer);
  if (chosen.light_from_code == light_from_display && bt709 == cv::Matx33d::eye()) return nullptr;
  return std::make_shared<TaggedMap>(chosen, bt709);
}

}  // namespace understudy::media
