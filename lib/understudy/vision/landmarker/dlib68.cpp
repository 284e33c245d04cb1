#include <algorithm>
#include <array>
#include <cmath>
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

/// 0 up to `low`, 1 from `high` on.
double ramp(double value, double low, double high) {
  return std::clamp((value - low) / (high - low), 0.0, 1.0);
}

/// How far two ideas of a face's inner landmarks are apart, in eye distances.
double apart(const face::Landmarks& a, const face::Landmarks& b) {
  constexpr std::size_t kFirstInner = 17;
  double sum = 0;
  for (std::size_t i = kFirstInner; i < a.size(); ++i) sum += cv::norm(a[i] - b[i]);
  return sum / static_cast<double>(a.size() - kFirstInner) / std::max(face::interocular(b), 1e-3);
}

/// What our network has to say beside the trees. Seen from the front these are the steadier ones, and
/// steadier still with a quarter of the other, which errs otherwise; of turned and covered heads they know
/// little. On people in films the two are apart by 4 to 6 hundredths of the eye distance.
double share_of_network(const LandmarkResult& trees, const LandmarkResult& network, double yaw_deg) {
  constexpr double kLeast = 0.25;
  const double turned = ramp(std::abs(yaw_deg), 20, 40);
  const double lost = ramp(apart(trees.landmarks, network.landmarks), 0.07, 0.12);
  return kLeast + (1 - kLeast) * std::max(turned, lost);
}

LandmarkResult between(const LandmarkResult& a, const LandmarkResult& b, double share_of_b) {
  const auto share = static_cast<float>(share_of_b);
  LandmarkResult out = a;
  for (std::size_t i = 0; i < out.landmarks.size(); ++i) {
    out.landmarks[i] += share * (b.landmarks[i] - a.landmarks[i]);
    out.confidence[i] += share * (b.confidence[i] - a.confidence[i]);
  }
  return out;
}

class Dlib68 final : public Landmarker {
 public:
  Dlib68(std::shared_ptr<const ShapeTrees> trees, FaceNetwork network)
      : trees_(std::move(trees)), network_(std::move(network)) {}

  LandmarkResult detect(const cv::Mat& bgr8, const face::Box& box) override {
    check(bgr8, box);
    const face::Affine view = network_.find_view(bgr8, box);
    const std::array<FaceLook, 2> looks = network_.look_both_ways(bgr8, view);
    const LandmarkResult seen = mean_of(looks, view);
    // The trees lose themselves where the box is not exact or the head is tilted or turned: the face network
    // says where it would be.
    const LandmarkResult fits = fit_all(bgr8, upright_from(seen.landmarks));
    return between(fits, seen, share_of_network(fits, seen, looks[0].pose.yaw_deg));
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
