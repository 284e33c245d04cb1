#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/core/files.h"
#include "understudy/vision/landmarker/agreement.h"
#include "understudy/vision/landmarker/makers.h"
#include "understudy/vision/model_files.h"
#include "understudy/vision/network.h"
#include "understudy/vision/warp.h"

namespace understudy::vision {
namespace {

constexpr int kSide = 192;
constexpr int kMeshPoints = 468;
constexpr double kMargin = 1.5;  // the network's view, in sides of the mesh's box
constexpr int kPasses = 3;       // the last two count

// The mesh's points at the places of the 68.
constexpr std::array<int, face::kLandmarkCount> kMeshIndex = {
    127, 234, 93,  58,  172, 136, 150, 176, 152, 400, 379, 365, 397, 288, 323, 454, 356,  // jaw
    70,  63,  105, 66,  107, 336, 296, 334, 293, 300,                                     // brows
    168, 197, 5,   4,   75,  97,  2,   326, 305,                                          // nose
    33,  160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,                           // eyes
    61,  39,  37,  0,   267, 269, 291, 405, 314, 17,  84,  181,                           // outer lips
    78,  82,  13,  312, 308, 317, 14,  87};                                               // inner lips
constexpr std::size_t kLeftEye = 33, kRightEye = 263;

using Mesh = std::vector<cv::Point2f>;

/// The network's view of a square of `side` around `centre`, turned by `roll_rad` so that the eyes are level in it.
face::Affine view_from_frame(cv::Point2d centre, double side, double roll_rad) {
  const double scale = kSide / side;
  const double c = scale * std::cos(roll_rad), s = scale * std::sin(roll_rad);
  const double middle = (kSide - 1) / 2.0;
  return {c, s, middle - c * centre.x - s * centre.y, -s, c, middle + s * centre.x - c * centre.y};
}

class FaceMesh final : public Landmarker {
 public:
  FaceMesh(std::filesystem::path path, std::shared_ptr<const std::string> onnx)
      : path_(std::move(path)), onnx_(std::move(onnx)), net_(load_network(*onnx_, path_)) {}

  LandmarkResult detect(const cv::Mat& bgr8, const face::Box& box) override {
    check(bgr8, box);
    const cv::Point2d centre = (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2;
    face::Affine view = view_from_frame(centre, kMargin * std::max(box.width, box.height), 0);
    std::vector<face::Landmarks> fits;
    for (int pass = 0; pass < kPasses; ++pass) {
      const Mesh mesh = find(bgr8, view);
      face::Landmarks points;
      for (int i = 0; i < face::kLandmarkCount; ++i) points[i] = mesh[kMeshIndex[i]];
      if (pass > 0) fits.push_back(points);
      view = next_view(mesh);
    }
    return mean_and_agreement(fits);
  }

  std::unique_ptr<Landmarker> twin() const override { return std::make_unique<FaceMesh>(path_, onnx_); }

 private:
  /// The mesh in frame pixels.
  Mesh find(const cv::Mat& bgr8, const face::Affine& view) {
    cv::Mat rgb;
    cv::cvtColor(warp(bgr8, view, {kSide, kSide}), rgb, cv::COLOR_BGR2RGB);
    rgb.convertTo(rgb, CV_32F, 1 / 255.0);
    const std::array<int, 4> shape = {1, kSide, kSide, 3};
    const cv::Mat input(4, shape.data(), CV_32F, rgb.ptr());
    const cv::Mat found = run_network(net_, input, {outputs_.front()}, path_).front();
    if (found.total() != 3 * kMeshPoints || !found.isContinuous())
      throw Error(ErrorCode::kFormat, text(path_.string(), " gives ", found.total(), " numbers, ", 3 * kMeshPoints,
                                           " were expected of a face mesh"));
    const face::Affine frame_from_view = face::inverse(view);
    Mesh mesh;
    const auto* numbers = found.ptr<float>();
    for (int i = 0; i < kMeshPoints; ++i, numbers += 3)
      mesh.push_back(face::transform(frame_from_view, cv::Point2d(numbers[0] - 0.5, numbers[1] - 0.5)));
    return mesh;
  }

  /// The square around the mesh with the eyes level.
  static face::Affine next_view(const Mesh& mesh) {
    const cv::Point2f eyes = mesh[kRightEye] - mesh[kLeftEye];
    const double roll = std::atan2(eyes.y, eyes.x);
    const face::Affine level(std::cos(roll), std::sin(roll), 0, -std::sin(roll), std::cos(roll), 0);
    Mesh turned;
    for (cv::Point2f p : mesh) turned.push_back(face::transform(level, p));
    const face::Box box = face::bounding_box(turned);
    const cv::Point2d centre = face::transform(face::inverse(level), (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2);
    return view_from_frame(centre, std::max(1.0, kMargin * std::max(box.width, box.height)), roll);
  }

  std::filesystem::path path_;
  std::shared_ptr<const std::string> onnx_;
  cv::dnn::Net net_;
  std::vector<std::string> outputs_ = net_.getUnconnectedOutLayersNames();
};

}  // namespace

std::unique_ptr<Landmarker> make_facemesh_landmarker(const LandmarkerOptions& options) {
  const auto path = find_model_file("facemesh_192x192.onnx", options.model_dir);
  return std::make_unique<FaceMesh>(path, std::make_shared<const std::string>(read_file(path)));
}

}  // namespace understudy::vision
