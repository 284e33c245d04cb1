#include <array>
#include <future>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "understudy/vision/face_network.h"
#include "understudy/vision/landmarker/agreement.h"
#include "understudy/vision/landmarker/makers.h"
#include "understudy/vision/landmarker/shape_trees.h"
#include "understudy/vision/model_files.h"
#include "understudy/vision/warp.h"

namespace understudy::vision {
namespace {

// Fits are made on an upright patch in which the box has this side.
constexpr double kBoxInPatch = 150;
constexpr int kPatch = 230;
constexpr double kBoxStart = (kPatch - kBoxInPatch) / 2;

/// Shifts and growth of the box, in box sides, for the fits that are averaged.
struct Jitter {
  double x, y, growth;
};
// On the rendered cast: one fit 4.7 % of the eye distance off and 2.0 % unsteady; these, each with its mirror
// image, 3.7 % and 0.8 %.
constexpr std::array kJitters = {Jitter{0, 0, 0}, Jitter{-.05, 0, .05}, Jitter{.05, 0, .05},
                                 Jitter{0, -.05, -.05}, Jitter{0, .05, -.05}};

class Dlib68 final : public Landmarker {
 public:
  Dlib68(std::shared_ptr<const ShapeTrees> trees, FaceNetwork network)
      : trees_(std::move(trees)), network_(std::move(network)) {}

  LandmarkResult detect(const cv::Mat& bgr8, const face::Box& box) override {
    check(bgr8, box);
    // The trees lose themselves where the box is not exact or the head is tilted or turned: the face network
    // says where it would be.
    const FaceLook look = network_.look(bgr8, network_.find_view(bgr8, box));
    return fit_all(bgr8, upright_from(look.landmarks));
  }

  std::unique_ptr<Landmarker> twin() const override {
    return std::make_unique<Dlib68>(trees_, network_.twin());
  }

 private:
  /// The mean of fits from the given boxes on the patch and on its mirror image, in frame pixels.
  LandmarkResult fit_all(const cv::Mat& bgr8, const face::Affine& patch_from_frame) const {
    cv::Mat gray, mirrored;
    cv::cvtColor(bgr8, gray, cv::COLOR_BGR2GRAY);
    gray = warp(gray, patch_from_frame, {kPatch, kPatch});
    cv::flip(gray, mirrored, 1);
    const face::Affine frame_from_patch = face::inverse(patch_from_frame);
    std::vector<ShapeTrees::Start> starts;
    for (const Jitter& jitter : kJitters) {
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
  FaceNetwork network_;
};

}  // namespace

std::unique_ptr<Landmarker> make_dlib68_landmarker(const LandmarkerOptions& options) {
  const auto path =
      find_model_file("shape_predictor_68_face_landmarks.dat", options.model_dir, UNDERSTUDY_DLIB_LANDMARKS);
  auto trees = std::async(std::launch::async, [&] { return std::make_shared<const ShapeTrees>(path); });
  FaceNetwork network(options.model_dir);
  return std::make_unique<Dlib68>(trees.get(), std::move(network));
}

}  // namespace understudy::vision
