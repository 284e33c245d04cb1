#include "understudy/compose/mask.h"

#include <algorithm>
#include <cmath>
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

cv::Mat eroded(const cv::Mat& mask, double pixels) {
  const int radius = static_cast<int>(std::lround(std::abs(pixels)));
  if (radius == 0) return mask.clone();
  const cv::Mat disc = cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * radius + 1, 2 * radius + 1});
  cv::Mat out;
  pixels > 0 ? cv::erode(mask, out, disc) : cv::dilate(mask, out, disc);
  return out;
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
        "the lower of outline and prediction",
        {true, true,
         [](const cv::Mat& hull, const cv::Mat& predicted) { return cv::Mat(cv::min(hull, predicted)); }}}}};
  return table;
}

cv::Mat shape_mask(const cv::Mat& mask, const MaskShape& shape) {
  if (mask.type() != CV_32FC1 || mask.empty())
    throw Error(ErrorCode::kBug, "a mask to be shaped must be CV_32FC1");
  const int side = std::min(mask.cols, mask.rows);
  cv::Mat matte = eroded(mask, shape.erode * side);
  erode_side(matte, shape.left * side, {1, 0});
  erode_side(matte, shape.right * side, {-1, 0});
  erode_side(matte, shape.top * side, {0, 1});
  erode_side(matte, shape.bottom * side, {0, -1});
  const double sigma = shape.blur * side;
  if (sigma > 0.1) cv::GaussianBlur(matte, matte, {}, sigma, sigma, cv::BORDER_REPLICATE);
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
