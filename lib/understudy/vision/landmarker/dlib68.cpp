#include <dlib/image_processing/shape_predictor.h>
#include <dlib/opencv/cv_image.h>

#include <algorithm>
#include <fstream>
#include <opencv2/imgproc.hpp>

#include "understudy/vision/landmarker/agreement.h"
#include "understudy/vision/landmarker/makers.h"
#include "understudy/vision/model_files.h"
#include "understudy/vision/warp.h"

namespace understudy::vision {
namespace {

constexpr int kFirstSteady = 17;  // the jaw follows the contour and says little about the box

// The last fits are made on an upright patch in which the box has this side.
constexpr double kBoxInPatch = 200;
constexpr int kPatch = 400;
constexpr double kBoxStart = (kPatch - kBoxInPatch) / 2;

/// Shifts and growth of the box, in box sides, for the fits that are averaged.
struct Jitter {
  double x, y, growth;
};
constexpr std::array kJitters = {Jitter{0, 0, 0},        Jitter{-.02, 0, .02}, Jitter{.02, 0, .02},
                                 Jitter{0, -.02, -.02}, Jitter{0, .02, -.02}};

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
      throw Error(ErrorCode::kFormat, text(path.string(), " finds ", model->predictor.num_parts(),
                                           " points, 68 were expected"));
    for (int i = 0; i < face::kLandmarkCount; ++i) model->mean[i] = {mean(2 * i), mean(2 * i + 1)};
  } catch (const std::exception& e) {
    if (dynamic_cast<const Error*>(&e)) throw;
    throw Error(ErrorCode::kFormat, text(path.string(), " is not a shape predictor of dlib: ", e.what()),
                "get shape_predictor_68_face_landmarks.dat anew");
  }
  return model;
}

std::vector<cv::Point2d> steady_points(const face::Landmarks& points) {
  return {points.begin() + kFirstSteady, points.end()};
}

class Dlib68 final : public Landmarker {
 public:
  explicit Dlib68(std::shared_ptr<const Model> model) : model_(std::move(model)) {}

  LandmarkResult detect(const cv::Mat& bgr8, const face::Box& box) override {
    check(bgr8, box);
    // Boxes differ between detectors, so the first fits only find where the usual box would be and how the head is tilted.
    const double side = (box.width + box.height) / 2;
    const cv::Point2d centre = (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2;
    const double scale = kBoxInPatch / side;
    const double middle = (kPatch - 1) / 2.0;
    face::Affine patch_from_frame(scale, 0, middle - scale * centre.x, 0, scale, middle - scale * centre.y);
    for (int pass = 0; pass < 2; ++pass) {
      const face::Landmarks rough = fit(patch(bgr8, patch_from_frame), {});
      patch_from_frame = face::compose(upright_from(rough), patch_from_frame);
    }
    const cv::Mat last = patch(bgr8, patch_from_frame);
    std::vector<face::Landmarks> fits;
    const face::Affine frame_from_patch = face::inverse(patch_from_frame);
    for (const Jitter& jitter : kJitters) fits.push_back(face::transform(frame_from_patch, fit(last, jitter)));
    return mean_and_agreement(fits);
  }

  std::unique_ptr<Landmarker> twin() const override { return std::make_unique<Dlib68>(model_); }

 private:
  static cv::Mat patch(const cv::Mat& bgr8, const face::Affine& patch_from_frame) {
    cv::Mat gray;
    cv::cvtColor(warp(bgr8, patch_from_frame, {kPatch, kPatch}), gray, cv::COLOR_BGR2GRAY);
    return gray;
  }

  /// Where the mean shape lies when the box is exact, against where `points` lie.
  face::Affine upright_from(const face::Landmarks& points) const {
    face::Landmarks target = model_->mean;
    for (cv::Point2f& p : target) p = p * static_cast<float>(kBoxInPatch) + cv::Point2f(kBoxStart, kBoxStart);
    return face::fit_similarity(steady_points(points), steady_points(target));
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
  const auto path = find_model_file("shape_predictor_68_face_landmarks.dat", options.model_dir, UNDERSTUDY_DLIB_LANDMARKS);
  return std::make_unique<Dlib68>(load(path));
}

}  // namespace understudy::vision
