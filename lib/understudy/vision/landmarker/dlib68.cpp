#include <dlib/image_processing/shape_predictor.h>
#include <dlib/opencv/cv_image.h>

#include <algorithm>
#include <fstream>
#include <opencv2/imgproc.hpp>
#include <span>

#include "understudy/vision/landmarker/agreement.h"
#include "understudy/vision/landmarker/makers.h"
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

struct Model {
  dlib::shape_predictor predictor;
  face::Landmarks mean;  ///< the shape every fit begins with, in the unit box
};

std::shared_ptr<const Model> load(const std::filesystem::path& path) {
  auto model = std::make_shared<Model>();
  try {
    std::ifstream file(path, std::ios::binary);
    dlib::deserialize(model->predictor, file);
    // The file begins with its version and the mean shape, which the predictor does not show.
    file.seekg(0);
    int version = 0;
    dlib::matrix<float, 0, 1> mean;
    dlib::deserialize(version, file);
    dlib::deserialize(mean, file);
    if (model->predictor.num_parts() != face::kLandmarkCount || mean.size() != 2 * face::kLandmarkCount)
      throw Error(ErrorCode::kFormat,
                  text(path.string(), " finds ", model->predictor.num_parts(), " points, 68 were expected"));
    for (int i = 0; i < face::kLandmarkCount; ++i) model->mean[i] = {mean(2 * i), mean(2 * i + 1)};
  } catch (const std::exception& e) {
    if (dynamic_cast<const Error*>(&e)) throw;
    throw Error(ErrorCode::kFormat, text(path.string(), " is not a shape predictor of dlib: ", e.what()),
                "get shape_predictor_68_face_landmarks.dat anew");
  }
  return model;
}

class Dlib68 final : public Landmarker {
 public:
  explicit Dlib68(std::shared_ptr<const Model> model) : model_(std::move(model)) {}

  LandmarkResult detect(const cv::Mat& bgr8, const face::Box& box) override {
    check(bgr8, box);
    const double side = (box.width + box.height) / 2;
    const cv::Point2d centre = (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2;
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

  std::unique_ptr<Landmarker> twin() const override { return std::make_unique<Dlib68>(model_); }

 private:
  /// The mean of fits from the given boxes on the patch and on its mirror image, in frame pixels.
  LandmarkResult fit_all(const cv::Mat& bgr8, const face::Affine& patch_from_frame,
                         std::span<const Jitter> jitters) const {
    cv::Mat gray, mirrored;
    cv::cvtColor(warp(bgr8, patch_from_frame, {kPatch, kPatch}), gray, cv::COLOR_BGR2GRAY);
    cv::flip(gray, mirrored, 1);
    const face::Affine frame_from_patch = face::inverse(patch_from_frame);
    std::vector<face::Landmarks> fits;
    for (const Jitter& jitter : jitters) {
      fits.push_back(face::transform(frame_from_patch, fit(gray, jitter)));
      const Jitter other_side{-jitter.x, jitter.y, jitter.growth};
      fits.push_back(face::transform(frame_from_patch, mirror_image(fit(mirrored, other_side), kPatch)));
    }
    return mean_and_agreement(fits);
  }

  /// Where the mean shape lies when the box is exact, against where `points` of a patch lie.
  face::Affine upright_from(const face::Landmarks& points) const {
    std::vector<cv::Point2d> target;
    for (cv::Point2f p : model_->mean)
      target.push_back(cv::Point2d(p) * kBoxInPatch + cv::Point2d(kBoxStart, kBoxStart));
    return face::fit_similarity(std::vector<cv::Point2d>(points.begin(), points.end()), target);
  }

  face::Landmarks fit(const cv::Mat& gray, Jitter jitter) const {
    const double side = kBoxInPatch * (1 + jitter.growth);
    const double left = kBoxStart + (jitter.x - jitter.growth / 2) * kBoxInPatch;
    const double top = kBoxStart + (jitter.y - jitter.growth / 2) * kBoxInPatch;
    const dlib::rectangle box(cvRound(left), cvRound(top), cvRound(left + side) - 1, cvRound(top + side) - 1);
    const auto found = model_->predictor(dlib::cv_image<unsigned char>(gray), box);
    face::Landmarks out;
    for (int i = 0; i < face::kLandmarkCount; ++i)
      out[i] = {static_cast<float>(found.part(i).x()), static_cast<float>(found.part(i).y())};
    return out;
  }

  std::shared_ptr<const Model> model_;
};

}  // namespace

std::unique_ptr<Landmarker> make_dlib68_landmarker(const LandmarkerOptions& options) {
  const auto path =
      find_model_file("shape_predictor_68_face_landmarks.dat", options.model_dir, UNDERSTUDY_DLIB_LANDMARKS);
  return std::make_unique<Dlib68>(load(path));
}

}  // namespace understudy::vision
