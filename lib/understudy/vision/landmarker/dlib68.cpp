#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <span>
#include <utility>

#include "understudy/vision/landmarker/agreement.h"
#include "understudy/vision/landmarker/makers.h"
#include "understudy/vision/landmarker/shape_trees.h"
#include "understudy/vision/model_files.h"
#include "understudy/vision/warp.h"

namespace understudy::vision {
namespace {

// Fits are made on an upright patch in which the box has this side.
constexpr double kBoxInPatch = 150;
constexpr int kPatch = 300;
constexpr double kBoxStart = (kPatch - kBoxInPatch) / 2;

/// Shifts and growth of the box, in box sides, for the fits that are averaged.
struct Jitter {
  double x, y, growth;
};
// On the rendered cast: one fit 4.7 % of the eye distance off and 2.0 % unsteady; these, each with its mirror
// image, 3.7 % and 0.8 %.
constexpr std::array kJitters = {Jitter{0, 0, 0}, Jitter{-.05, 0, .05}, Jitter{.05, 0, .05},
                                 Jitter{0, -.05, -.05}, Jitter{0, .05, -.05}};

// Shifts of the box, in its sides, for as long as the fits disagree: the trees learned from dlib's boxes,
// which lie higher than other detectors' and to the side on turned heads.
constexpr std::array kStarts = {Jitter{0, 0, 0}, Jitter{0, -.1, 0}, Jitter{-.12, -.1, 0},
                                Jitter{.12, -.1, 0}};
constexpr double kTrusted = 0.3;

double mean_confidence(const LandmarkResult& result) {
  return std::accumulate(result.confidence.begin(), result.confidence.end(), 0.0) /
         static_cast<double>(result.confidence.size());
}

class Dlib68 final : public Landmarker {
 public:
  explicit Dlib68(std::shared_ptr<const ShapeTrees> trees) : trees_(std::move(trees)) {}

  LandmarkResult detect(const cv::Mat& bgr8, const face::Box& box) override {
    check(bgr8, box);
    LandmarkResult best;
    double trust = -1;
    for (const Jitter start : kStarts) {
      LandmarkResult found = fit_from(bgr8, box, start);
      const double agreement = mean_confidence(found);
      if (agreement > trust) best = std::move(found);
      trust = std::max(trust, agreement);
      if (trust >= kTrusted) break;
    }
    return best;
  }

  std::unique_ptr<Landmarker> twin() const override { return std::make_unique<Dlib68>(trees_); }

 private:
  LandmarkResult fit_from(const cv::Mat& bgr8, const face::Box& box, Jitter start) const {
    const double side = (box.width + box.height) / 2;
    const cv::Point2d centre =
        (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2 + side * cv::Point2d(start.x, start.y);
    const double scale = kBoxInPatch / side;
    const double middle = (kPatch - 1) / 2.0;
    const face::Affine rough_from_frame(scale, 0, middle - scale * centre.x, 0, scale,
                                        middle - scale * centre.y);
    // The first fits only tell how the head is tilted and where the box would be if it were exact.
    const LandmarkResult rough = fit_all(bgr8, rough_from_frame, {kJitters.data(), 1});
    return fit_all(
        bgr8,
        face::compose(upright_from(face::transform(rough_from_frame, rough.landmarks)), rough_from_frame),
        kJitters);
  }

  /// The mean of fits from the given boxes on the patch and on its mirror image, in frame pixels.
  LandmarkResult fit_all(const cv::Mat& bgr8, const face::Affine& patch_from_frame,
                         std::span<const Jitter> jitters) const {
    cv::Mat gray, mirrored;
    cv::cvtColor(warp(bgr8, patch_from_frame, {kPatch, kPatch}), gray, cv::COLOR_BGR2GRAY);
    cv::flip(gray, mirrored, 1);
    const face::Affine frame_from_patch = face::inverse(patch_from_frame);
    std::vector<ShapeTrees::Start> starts;
    for (const Jitter& jitter : jitters) {
      starts.push_back({gray, box_at(jitter)});
      starts.push_back({mirrored, box_at({-jitter.x, jitter.y, jitter.growth})});
    }
    std::vector<face::Landmarks> fits = trees_->fit(starts);
    for (std::size_t i = 0; i < fits.size(); ++i)
      fits[i] = face::transform(frame_from_patch, i % 2 == 0 ? fits[i] : mirror_image(fits[i], kPatch));
    return mean_and_agreement(fits);
  }

  /// Where the mean shape lies when the box is exact, against where `points` of a patch lie.
  face::Affine upright_from(const face::Landmarks& points) const {
    std::vector<cv::Point2d> target;
    for (cv::Point2f p : trees_->mean())
      target.push_back(cv::Point2d(p) * kBoxInPatch + cv::Point2d(kBoxStart, kBoxStart));
    return face::fit_similarity(std::vector<cv::Point2d>(points.begin(), points.end()), target);
  }

  static cv::Rect box_at(Jitter jitter) {
    const double side = kBoxInPatch * (1 + jitter.growth);
    const double left = kBoxStart + (jitter.x - jitter.growth / 2) * kBoxInPatch;
    const double top = kBoxStart + (jitter.y - jitter.growth / 2) * kBoxInPatch;
    const cv::Point corner(cvRound(left), cvRound(top));
    return {corner, cv::Point(cvRound(left + side), cvRound(top + side))};
  }

  std::shared_ptr<const ShapeTrees> trees_;
};

}  // namespace

std::unique_ptr<Landmarker> make_dlib68_landmarker(const LandmarkerOptions& options) {
  const auto path =
      find_model_file("shape_predictor_68_face_landmarks.dat", options.model_dir, UNDERSTUDY_DLIB_LANDMARKS);
  return std::make_unique<Dlib68>(std::make_shared<const ShapeTrees>(path));
}

}  // namespace understudy::vision
