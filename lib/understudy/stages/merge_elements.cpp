#include "understudy/stages/merge_elements.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "understudy/compose/warp.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// As merged EXR pictures are written: more bits than a half float holds become floats.
bool fits_half(const media::PictureFormat& plate) {
  return plate.is_float() ? plate.sample == media::PictureFormat::Sample::kHalf : plate.bits <= 10;
}

std::vector<media::ExrChannel> channels_of(bool half_plate, bool with_confidence) {
  std::vector<media::ExrChannel> out{{"R", half_plate},      {"G", half_plate},      {"B", half_plate},
                                     {"face.R", half_plate}, {"face.G", half_plate}, {"face.B", half_plate},
                                     {"face.A", true},       {"matte.A", true},      {"st.R", false},
                                     {"st.G", false}};
  if (with_confidence) out.push_back({"confidence.A", true});
  return out;
}

cv::Mat as_half(const cv::Mat& values) {
  cv::Mat half, out;
  values.convertTo(half, CV_16F);
  half.convertTo(out, CV_32F);
  return out;
}

/// What over `plate` gives `merged`: premultiplied, 0 where the matte is.
cv::Mat face_over(const cv::Mat& plate, const cv::Mat& merged, const cv::Mat& matte) {
  cv::Mat keeps;
  cv::merge(std::vector<cv::Mat>(3, 1.0 - matte), keeps);
  cv::Mat out = merged - plate.mul(keeps);
  out.setTo(cv::Scalar::all(0), matte == 0);
  return out;
}

/// The predicted masks of all faces in the frame, the highest where they overlap.
cv::Mat confidence_of(const std::vector<MergeFace>& faces, cv::Size size) {
  cv::Mat out = cv::Mat::zeros(size, CV_32FC1);
  for (const MergeFace& face : faces) {
    const SwappedFace& swapped = face.swapped;
    if (swapped.predicted.empty()) continue;
    const face::Affine frame_from_aligned = face::inverse(swapped.aligned_from_frame);
    const cv::Rect region =
        compose::region_in_frame({{0, 0}, swapped.predicted.size()}, frame_from_aligned, size, 0);
    if (region.empty()) continue;
    const face::Affine region_from_aligned =
        face::compose(face::Affine(1, 0, -region.x, 0, 1, -region.y), frame_from_aligned);
    cv::Mat there = out(region);
    cv::max(
        there,
        compose::warp(swapped.predicted, region_from_aligned, region.size(), compose::Resampling::kSmooth),
        there);
  }
  return out;
}

/// How far a place is from the crop's middle, in its sides; the map's 0, 0 is outside.
float from_middle(const cv::Vec2f& st) {
  return std::max(std::abs(st[0] - 0.5F), std::abs(st[1] - 0.5F));
}

}  // namespace

bool has_predicted_masks(const ConvertedSource& converted) {
  return std::ranges::any_of(converted.faces, [](const auto& frame) {
    return std::ranges::any_of(frame.second,
                               [](const SwapRecord& face) { return !face.record.mask.empty(); });
  });
}

void draw_st_map(const std::vector<MergeFace>& faces, int first_row, cv::Mat& rows) {
  for (const MergeFace& face : faces) {
    const face::Affine& m = face.swapped.aligned_from_frame;
    const double side = face.swapped.picture.cols;
    for (int row = 0; row < rows.rows; ++row) {
      auto* out = rows.ptr<cv::Vec2f>(row);
      const double y = first_row + row;
      for (int x = 0; x < rows.cols; ++x) {
        const double crop_x = m(0, 0) * x + m(0, 1) * y + m(0, 2),
                     crop_y = m(1, 0) * x + m(1, 1) * y + m(1, 2);
        const cv::Vec2f st(static_cast<float>((crop_x + 0.5) / side),
                           static_cast<float>(1 - (crop_y + 0.5) / side));
        if (from_middle(st) < from_middle(out[x])) out[x] = st;
      }
    }
  }
}

ElementsWriter::ElementsWriter(const fs::path& folder, const media::SourceInfo& plate, bool with_confidence,
                               const std::map<std::string, std::string>& marking)
    : half_plate_(fits_half(plate.format)),
      with_confidence_(with_confidence),
      writer_(folder, plate, channels_of(half_plate_, with_confidence), marking) {}

void ElementsWriter::write(std::int64_t number, const media::Picture& plate, const media::Picture& merged,
                           const cv::Mat& matte, const std::vector<MergeFace>& faces) const {
  const cv::Mat confidence = with_confidence_ ? confidence_of(faces, matte.size()) : cv::Mat();
  writer_.write(number, [&](int first_row, cv::Mat& rows) {
    const cv::Rect band(0, first_row, rows.cols, rows.rows);
    // The face is made of what is stored, so that it alone is rounded.
    const cv::Mat below = half_plate_ ? as_half(plate.bgr(band)) : plate.bgr(band);
    const cv::Mat alpha = as_half(matte(band));
    cv::Mat st = cv::Mat::zeros(rows.size(), CV_32FC2);
    draw_st_map(faces, first_row, st);
    std::vector<cv::Mat> from{below, face_over(below, merged.bgr(band), alpha), alpha, st};
    std::vector<int> to{2, 0, 1, 1, 0, 2, 5, 3, 4, 4, 3, 5, 6, 6, 6, 7, 7, 8, 8, 9};
    if (with_confidence_) {
      from.push_back(confidence(band));
      to.insert(to.end(), {9, 10});
    }
    cv::mixChannels(from, std::vector<cv::Mat>{rows}, to);
  });
}

}  // namespace understudy::stages
