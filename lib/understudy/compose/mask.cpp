#include "understudy/compose/mask.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace understudy::compose {
namespace {

/// 0 on the outermost pixel, 1 from `ramp` pixels on inwards, a smooth step between.
std::vector<float> border_window(int side, double ramp) {
  std::vector<float> out;
  for (int i = 0; i < side; ++i) {
    const double t = std::clamp(std::min(i, side - 1 - i) / ramp, 0.0, 1.0);
    out.push_back(static_cast<float>(t * t * (3 - 2 * t)));
  }
  return out;
}

/// to = min(from, to)
[[gnu::target_clones("avx512f", "avx2", "default")]] void lower_to(const float* from, int count, float* to) {
  for (int x = 0; x < count; ++x) to[x] = std::min(to[x], from[x]);
}

/// The minimum under a disc: row by row of the disc, each as wide as the disc is there, so that the work
/// grows with the radius and not with its square.
cv::Mat lowest_under_disc(const cv::Mat& mask, int radius) {
  const cv::Mat disc = cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * radius + 1, 2 * radius + 1});
  std::vector<std::vector<int>> rows_of_half(static_cast<std::size_t>(radius) + 1);
  for (int row = -radius; row <= radius; ++row)
    rows_of_half[static_cast<std::size_t>(cv::countNonZero(disc.row(row + radius)) / 2)].push_back(row);
  cv::Mat out(mask.size(), CV_32FC1);
  std::fill_n(out.ptr<float>(), out.total(), std::numeric_limits<float>::max());
  std::vector<float> wide, wider;
  for (int y = 0; y < mask.rows; ++y) {
    wide.assign(mask.ptr<float>(y), mask.ptr<float>(y) + mask.cols);
    for (const std::vector<int>& rows : rows_of_half) {
      for (const int row : rows)
        if (y + row >= 0 && y + row < mask.rows) lower_to(wide.data(), mask.cols, out.ptr<float>(y + row));
      wider = wide;
      lower_to(wide.data(), mask.cols - 1, wider.data() + 1);
      lower_to(wide.data() + 1, mask.cols - 1, wider.data());
      wide.swap(wider);
    }
  }
  return out;
}

/// A Gaussian blur. A wide one leaves nothing that a smaller picture could not hold, and is made there.
cv::Mat blurred(const cv::Mat& mask, double sigma) {
  constexpr double kSigmaThere = 4;  // pixels of the smaller picture: the result is off by at most 0.002
  const int scale = static_cast<int>(sigma / kSigmaThere);
  cv::Mat out;
  if (scale < 2) {
    cv::GaussianBlur(mask, out, {}, sigma, sigma, cv::BORDER_REPLICATE);
    return out;
  }
  // Whole pixels there, and a border that holds nothing but the border.
  const auto behind = [scale](int side) { return 2 * scale + (scale - side % scale) % scale; };
  cv::Mat padded;
  cv::copyMakeBorder(mask, padded, 2 * scale, behind(mask.rows), 2 * scale, behind(mask.cols),
                     cv::BORDER_REPLICATE);
  cv::resize(padded, out, padded.size() / scale, 0, 0, cv::INTER_AREA);
  // The mean over a pixel of the smaller picture and the way back blur too, by 1/12 and 1/6 of its square.
  const double sigma_left = std::sqrt(sigma * sigma / (scale * scale) - 0.25);
  cv::GaussianBlur(out, out, {}, sigma_left, sigma_left, cv::BORDER_REPLICATE);
  cv::resize(out, out, padded.size(), 0, 0, cv::INTER_LINEAR);
  return out(cv::Rect(2 * scale, 2 * scale, mask.cols, mask.rows)).clone();
}

/// Shrunk by so many pixels on one side alone, below 0 grown: `step` points from that side inwards.
void erode_side(cv::Mat& mask, double pixels, cv::Point step) {
  const int length = static_cast<int>(std::lround(std::abs(pixels)));
  if (length == 0) return;
  const bool across = step.x != 0, shrinks = pixels > 0, forward = (across ? step.x : step.y) > 0;
  // A line from each pixel outwards when shrinking, inwards when growing.
  const int anchor = forward == shrinks ? length : 0;
  const cv::Mat line = cv::Mat::ones(across ? 1 : length + 1, across ? length + 1 : 1, CV_8UC1);
  const cv::Point at(across ? anchor : 0, across ? 0 : anchor);
  shrinks ? cv::erode(mask, mask, line, at) : cv::dilate(mask, mask, line, at);
}

}  // namespace

cv::Mat eroded(const cv::Mat& mask, int radius) {
  if (radius == 0) return mask.clone();
  return radius > 0 ? lowest_under_disc(mask, radius) : cv::Mat(-lowest_under_disc(-mask, -radius));
}

const Table<MaskMode>& mask_modes() {
  static const Table<MaskMode> table{
      "mask mode",
      {{"hull",
        "the outline of the landmarks",
        {true, false, [](const cv::Mat& hull, const cv::Mat&) { return hull; }}},
       {"predicted",
        "the mask that the model predicted",
        {false, true, [](const cv::Mat&, const cv::Mat& predicted) { return predicted; }}},
       {"product",
        "outline times prediction",
        {true, true,
         [](const cv::Mat& hull, const cv::Mat& predicted) { return cv::Mat(hull.mul(predicted)); }}},
       {"minimum",
        "the lower of outline and prediction, and of the dataset's masks where they say what is visible",
        {true, true,
         [](const cv::Mat& hull, const cv::Mat& predicted) { return cv::Mat(cv::min(hull, predicted)); },
         true}}}};
  return table;
}

cv::Mat shape_mask(const cv::Mat& mask, const MaskShape& shape) {
  if (mask.type() != CV_32FC1 || mask.empty())
    throw Error(ErrorCode::kBug, "a mask to be shaped must be CV_32FC1");
  const int side = std::min(mask.cols, mask.rows);
  cv::Mat matte = eroded(mask, static_cast<int>(std::lround(shape.erode * side)));
  erode_side(matte, shape.left * side, {1, 0});
  erode_side(matte, shape.right * side, {-1, 0});
  erode_side(matte, shape.top * side, {0, 1});
  erode_side(matte, shape.bottom * side, {0, -1});
  const double sigma = shape.blur * side;
  if (sigma > 0.1) matte = blurred(matte, sigma);
  const double ramp = std::max(2.0, 2 * sigma);
  const std::vector<float> columns = border_window(matte.cols, ramp), rows = border_window(matte.rows, ramp);
  for (int y = 0; y < matte.rows; ++y) {
    auto* row = matte.ptr<float>(y);
    for (int x = 0; x < matte.cols; ++x) {
      const float value =
          std::min(1.0f, row[x] * columns[static_cast<std::size_t>(x)] * rows[static_cast<std::size_t>(y)]);
      row[x] = value < 1.0f / 255 ? 0 : value;
    }
  }
  return matte;
}

cv::Rect extent(const cv::Mat& matte) {
  return cv::boundingRect(cv::Mat(matte > 0));
}

}  // namespace understudy::compose
