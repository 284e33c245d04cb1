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
constexpr double kBoxMargin = 1.5;    // the network's first view, in sides of the box
constexpr double kMeshMargin = 1.35;  // its second one, in sides of the mesh's box

/// The place of one of the 68 points: in the middle of two of the mesh's, which may be the same.
struct MeshPoint {
  int a, b;
};
// Symmetric, so that it holds for a mirrored face too.
constexpr std::array<MeshPoint, face::kLandmarkCount> kMeshPoint = {{
    {127, 127}, {234, 234}, {93, 93},   {132, 132}, {58, 172},  {136, 136}, {150, 150},
    {176, 176}, {152, 152},  // jaw
    {400, 400}, {379, 379}, {365, 365}, {397, 288}, {361, 361}, {323, 323}, {454, 454},
    {356, 356}, {70, 70},   {63, 105},  {105, 66},  {107, 65},  {107, 55},  // brows
    {336, 285}, {336, 295}, {334, 296}, {293, 334}, {300, 300}, {168, 6},   {197, 197},
    {5, 5},     {4, 1},     {98, 98},   {97, 97},   {2, 2},     {326, 326}, {327, 327},  // nose
    {33, 33},   {160, 160}, {158, 158}, {133, 133}, {153, 153}, {144, 144},              // eyes
    {362, 362}, {385, 385}, {387, 387}, {263, 263}, {373, 373}, {380, 380}, {61, 61},
    {39, 39},   {37, 37},   {0, 0},     {267, 267}, {269, 269}, {291, 291},  // outer lips
    {321, 321}, {314, 314}, {17, 17},   {84, 84},   {91, 91},   {78, 78},   {82, 81},
    {13, 13},   {312, 311}, {308, 308}, {402, 317}, {14, 14},   {178, 87},  // inner lips
}};
constexpr std::size_t kLeftEye = 33, kRightEye = 263;

using Mesh = std::vector<cv::Point2f>;

face::Landmarks landmarks_of(const Mesh& mesh) {
  face::Landmarks out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = (mesh[kMeshPoint[i].a] + mesh[kMeshPoint[i].b]) / 2;
  return out;
}

/// The network's view of a square of `side` around `centre`, turned by `roll_rad` so that the eyes are level
/// in it.
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
    const face::Affine first_view = view_from_frame(centre, kBoxMargin * std::max(box.width, box.height), 0);
    Mesh mesh = find(picture_of(bgr8, first_view));
    move(mesh, face::inverse(first_view));
    const face::Affine view = next_view(mesh);
    const cv::Mat picture = picture_of(bgr8, view);
    cv::Mat mirrored;
    cv::flip(picture, mirrored, 1);
    const face::Affine frame_from_view = face::inverse(view);
    const std::array<face::Landmarks, 2> fits = {
        face::transform(frame_from_view, landmarks_of(find(picture))),
        face::transform(frame_from_view, mirror_image(landmarks_of(find(mirrored)), kSide))};
    return mean_and_agreement(fits);
  }

  std::unique_ptr<Landmarker> twin() const override { return std::make_unique<FaceMesh>(path_, onnx_); }

 private:
  /// What the network sees: CV_32FC3, R, G, B, 0 to 1.
  static cv::Mat picture_of(const cv::Mat& bgr8, const face::Affine& view) {
    cv::Mat rgb;
    cv::cvtColor(warp(bgr8, view, {kSide, kSide}), rgb, cv::COLOR_BGR2RGB);
    rgb.convertTo(rgb, CV_32F, 1 / 255.0);
    return rgb;
  }

  /// The mesh in the picture's pixels.
  Mesh find(cv::Mat rgb) {
    const std::array<int, 4> shape = {1, kSide, kSide, 3};
    const cv::Mat input(4, shape.data(), CV_32F, rgb.ptr());
    const cv::Mat found = run_network(net_, input, {outputs_.front()}, path_).front();
    if (found.total() != 3 * kMeshPoints || !found.isContinuous())
      throw Error(ErrorCode::kFormat, text(path_.string(), " gives ", found.total(), " numbers, ",
                                           3 * kMeshPoints, " were expected of a face mesh"));
    Mesh mesh;
    const auto* numbers = found.ptr<float>();
    for (int i = 0; i < kMeshPoints; ++i, numbers += 3)
      mesh.emplace_back(numbers[0] - 0.5f, numbers[1] - 0.5f);
    return mesh;
  }

  static void move(Mesh& mesh, const face::Affine& map) {
    for (cv::Point2f& p : mesh) p = face::transform(map, cv::Point2d(p));
  }

  /// The square around the mesh with the eyes level.
  static face::Affine next_view(const Mesh& mesh) {
    const cv::Point2f eyes = mesh[kRightEye] - mesh[kLeftEye];
    const double roll = std::atan2(eyes.y, eyes.x);
    const face::Affine level(std::cos(roll), std::sin(roll), 0, -std::sin(roll), std::cos(roll), 0);
    Mesh turned = mesh;
    move(turned, level);
    const face::Box box = face::bounding_box(turned);
    const cv::Point2d centre =
        face::transform(face::inverse(level), (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2);
    return view_from_frame(centre, std::max(1.0, kMeshMargin * std::max(box.width, box.height)), roll);
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
