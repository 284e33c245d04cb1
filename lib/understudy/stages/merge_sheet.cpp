#include "understudy/stages/merge_sheet.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/stages/display_curve.h"

namespace understudy::stages {
namespace {

constexpr int kWidth = kSheetColumns * (kSheetCell + kSheetGap) + kSheetGap;
constexpr double kDifferenceGain = 8;
const cv::Scalar kBackground(36, 36, 36), kWords(230, 230, 230), kChosen(60, 200, 255),
    kMatteColor(40, 40, 255);

void write_words(cv::Mat& onto, const std::string& words, cv::Point left_bottom, double size,
                 const cv::Scalar& color) {
  cv::putText(onto, words, left_bottom, cv::FONT_HERSHEY_SIMPLEX, size, color, 1, cv::LINE_AA);
}

/// As large as fits a cell.
cv::Mat fitted(const cv::Mat& picture) {
  const double scale = static_cast<double>(kSheetCell) / std::max(picture.cols, picture.rows);
  const auto length = [&](int pixels) { return std::max(1, static_cast<int>(std::lround(pixels * scale))); };
  cv::Mat out;
  cv::resize(picture, out, {length(picture.cols), length(picture.rows)}, 0, 0,
             scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return out;
}

void draw_cell(cv::Mat onto, const MergedWay& cell) {
  write_words(onto, cell.chosen ? cell.label + " (chosen)" : cell.label, {2, kSheetLabel - 9}, 0.6,
              cell.chosen ? kChosen : kWords);
  const cv::Mat picture = fitted(cell.picture);
  picture.copyTo(onto({{0, kSheetLabel}, picture.size()}));
}

cv::Mat draw_heading(const std::string& words) {
  cv::Mat out(kSheetHeading, kWidth, CV_8UC3, kBackground);
  write_words(out, words, {kSheetGap, kSheetHeading - 11}, 0.8, cv::Scalar::all(255));
  return out;
}

/// As many rows as they need.
cv::Mat draw_cells(const std::vector<MergedWay>& cells) {
  const int rows = (static_cast<int>(cells.size()) + kSheetColumns - 1) / kSheetColumns;
  constexpr int kRow = kSheetLabel + kSheetCell + kSheetGap;
  cv::Mat out(rows * kRow, kWidth, CV_8UC3, kBackground);
  for (int i = 0; i < static_cast<int>(cells.size()); ++i)
    draw_cell(out({kSheetGap + i % kSheetColumns * (kSheetCell + kSheetGap), i / kSheetColumns * kRow,
                   kSheetCell, kSheetLabel + kSheetCell}),
              cells[static_cast<std::size_t>(i)]);
  return out;
}

/// The plate, reddened where it is replaced.
cv::Mat matte_over(const cv::Mat& plate, const cv::Mat& matte) {
  cv::Mat weight, out;
  cv::cvtColor(matte, weight, cv::COLOR_GRAY2BGR);
  weight.convertTo(weight, CV_32F, 0.6 / 255);
  plate.convertTo(out, CV_32F);
  out += weight.mul(cv::Mat(plate.size(), CV_32FC3, kMatteColor) - out);
  out.convertTo(out, CV_8U);
  return out;
}

cv::Mat difference(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat out;
  cv::absdiff(a, b, out);
  return out * kDifferenceGain;
}

}  // namespace

cv::Mat shown(const cv::Mat& bgr, const media::PictureFormat& format) {
  cv::Mat out;
  (is_linear(format) ? srgb_from_linear(bgr) : bgr).convertTo(out, CV_8U, 255);
  return out;
}

cv::Mat draw_block(const FaceBlock& face) {
  return joined_blocks({draw_heading(face.heading),
                        draw_cells({{"plate", false, face.plate},
                                    {"performer, aligned", false, face.performer},
                                    {"swapped, aligned", false, face.swapped},
                                    {"matte over plate", false, matte_over(face.plate, face.matte)},
                                    {"result", false, face.result},
                                    {"difference to plate x8", false, difference(face.result, face.plate)}}),
                        draw_cells(face.colors), draw_cells(face.blends)});
}

cv::Mat draw_empty_block(const std::string& heading, const cv::Mat& frame) {
  return joined_blocks({draw_heading(heading), draw_cells({{"plate", false, frame}})});
}

cv::Mat joined_blocks(const std::vector<cv::Mat>& blocks) {
  cv::Mat out;
  cv::vconcat(blocks, out);
  return out;
}

}  // namespace understudy::stages
