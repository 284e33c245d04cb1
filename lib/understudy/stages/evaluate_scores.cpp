#include "understudy/stages/evaluate_scores.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

namespace understudy::stages {
namespace {

constexpr std::size_t kWorstFrames = 5;

RegionScore region_score(const cv::Mat& picture, const cv::Mat& truth, const cv::Mat& ssim,
                         const cv::Mat& counted) {
  RegionScore out;
  out.error = compose::squared_error(picture, truth, counted);
  out.pixels = cv::countNonZero(counted);
  out.ssim_sum = cv::mean(ssim, counted)[0] * out.pixels;
  return out;
}

/// Rounded to four digits; null when absent.
Json number(std::optional<double> value) {
  if (!value) return nullptr;
  return std::round(*value * 1e4) / 1e4;
}

Json region_json(const RegionScore& score) {
  std::optional<double> ssim;
  if (score.pixels > 0) ssim = score.ssim_sum / score.pixels;
  return {{"psnr_db", number(score.error.psnr_db())}, {"ssim", number(ssim)}};
}

std::optional<double> difference(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return std::nullopt;
  return *a - *b;
}

}  // namespace

RegionScore& RegionScore::operator+=(const RegionScore& other) {
  error += other.error;
  ssim_sum += other.ssim_sum;
  pixels += other.pixels;
  return *this;
}

FrameScores score_frame(const ComparedFrame& frame, double face_side) {
  FrameScores out;
  out.number = frame.number;
  out.inside = frame.inside;
  out.result_luma = compose::luma(frame.result);
  out.truth_luma = compose::luma(frame.truth);
  const cv::Mat plate_luma = compose::luma(frame.plate), outside = frame.inside == 0;
  const cv::Mat result_ssim = compose::ssim_map(out.result_luma, out.truth_luma);
  const cv::Mat plate_ssim = compose::ssim_map(plate_luma, out.truth_luma);
  out.result_inside = region_score(frame.result, frame.truth, result_ssim, frame.inside);
  out.result_outside = region_score(frame.result, frame.truth, result_ssim, outside);
  out.plate_inside = region_score(frame.plate, frame.truth, plate_ssim, frame.inside);
  out.plate_outside = region_score(frame.plate, frame.truth, plate_ssim, outside);
  if (face_side <= 0) return out;
  const cv::Mat result_face = compose::face_features(out.result_luma, face_side);
  const cv::Mat truth_face = compose::face_features(out.truth_luma, face_side);
  const cv::Mat plate_face = compose::face_features(plate_luma, face_side);
  out.result_to_truth = compose::correlation(result_face, truth_face, frame.inside);
  out.result_to_plate = compose::correlation(result_face, plate_face, frame.inside);
  out.plate_to_truth = compose::correlation(plate_face, truth_face, frame.inside);
  return out;
}

void ClipScores::Mean::add(std::optional<double> value) {
  if (!value) return;
  sum += *value;
  ++count;
}

std::optional<double> ClipScores::Mean::value() const {
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

void ClipScores::add_change(const FrameScores& frame) {
  if (previous_.inside.empty()) return;
  const cv::Mat both = frame.inside & previous_.inside;
  cv::Mat change;
  cv::absdiff(frame.result_luma, previous_.result_luma, change);
  result_change_ += cv::mean(change, both)[0] * cv::countNonZero(both);
  cv::absdiff(frame.truth_luma, previous_.truth_luma, change);
  truth_change_ += cv::mean(change, both)[0] * cv::countNonZero(both);
}

void ClipScores::add(FrameScores frame) {
  ++frames_;
  result_inside_ += frame.result_inside;
  result_outside_ += frame.result_outside;
  plate_inside_ += frame.plate_inside;
  plate_outside_ += frame.plate_outside;
  result_to_truth_.add(frame.result_to_truth);
  result_to_plate_.add(frame.result_to_plate);
  plate_to_truth_.add(frame.plate_to_truth);
  if (const auto psnr = frame.result_inside.error.psnr_db()) by_frame_.push_back({frame.number, *psnr});
  add_change(frame);
  previous_ = std::move(frame);
}

Json ClipScores::to_json() const {
  std::vector<Worst> worst = by_frame_;
  std::stable_sort(worst.begin(), worst.end(),
                   [](const Worst& a, const Worst& b) { return a.psnr_db < b.psnr_db; });
  worst.resize(std::min(worst.size(), kWorstFrames));
  std::optional<double> flicker;
  if (truth_change_ > 0) flicker = result_change_ / truth_change_;
  const auto margin = difference(result_to_truth_.value(), result_to_plate_.value());

  Json out;
  out["frames"] = frames_;
  out["result"] = {{"inside", region_json(result_inside_)}, {"outside", region_json(result_outside_)}};
  out["plate"] = {{"inside", region_json(plate_inside_)}, {"outside", region_json(plate_outside_)}};
  out["likeness"] = {{"result_to_truth", number(result_to_truth_.value())},
                     {"result_to_plate", number(result_to_plate_.value())},
                     {"plate_to_truth", number(plate_to_truth_.value())},
                     {"margin", number(margin)}};
  out["flicker_ratio"] = number(flicker);
  out["worst"] = Json::array();
  for (const Worst& w : worst) out["worst"].push_back({{"frame", w.frame}, {"psnr_db", number(w.psnr_db)}});
  return out;
}

}  // namespace understudy::stages
