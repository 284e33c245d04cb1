#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/core/files.h"
#include "understudy/vision/detector/doubles.h"
#include "understudy/vision/detector/makers.h"
#include "understudy/vision/detector/options.h"
#include "understudy/vision/model_files.h"
#include "understudy/vision/network.h"

namespace understudy::vision {
namespace {

constexpr int kSmallNet = 320, kLargeNet = 640;
constexpr double kSmallestInNet = 16;  // a face of this many pixels is found reliably
constexpr std::array<int, 3> kStrides = {8, 16, 32};

/// One of the fixed sizes, with the file it came from.
struct SizedNet {
  int side = 0;
  std::filesystem::path path;
  std::shared_ptr<const std::string> onnx;
  cv::dnn::Net net;
};

SizedNet load(int side, const std::filesystem::path& model_dir) {
  const auto path = find_model_file(text("yunet_n_", side, "_", side, ".onnx"), model_dir);
  const auto onnx = std::make_shared<const std::string>(read_file(path));
  return {side, path, onnx, load_network(*onnx, path)};
}

std::vector<std::string> output_names() {
  std::vector<std::string> out;
  for (int stride : kStrides)
    for (const char* what : {"cls_", "obj_", "bbox_", "kps_"}) out.push_back(what + std::to_string(stride));
  return out;
}

/// Appends the faces of one stride. Offsets and sizes are in strides; points are relative to their cell.
void decode(const SizedNet& net, int stride, const cv::Mat* blobs, double min_score,
            std::vector<Detection>& out) {
  const int cells = net.side / stride;
  const std::array<int, 4> per_cell = {1, 1, 4, 10};
  for (std::size_t i = 0; i < per_cell.size(); ++i)
    if (blobs[i].total() != static_cast<std::size_t>(cells * cells * per_cell[i]) || !blobs[i].isContinuous())
      throw Error(ErrorCode::kFormat, text(net.path.string(), " is not YuNet for ", net.side, " pixels"));
  const auto *cls = blobs[0].ptr<float>(), *obj = blobs[1].ptr<float>(), *box = blobs[2].ptr<float>(),
             *points = blobs[3].ptr<float>();
  for (int cell = 0; cell < cells * cells; ++cell, box += 4, points += 10) {
    const double score = std::sqrt(std::clamp(cls[cell], 0.f, 1.f) * std::clamp(obj[cell], 0.f, 1.f));
    if (!(score >= min_score)) continue;
    const float column = static_cast<float>(cell % cells), row = static_cast<float>(cell / cells);
    const auto side = static_cast<float>(stride);
    const cv::Point2f centre((column + box[0]) * side, (row + box[1]) * side);
    const cv::Size2f size(std::exp(std::min(box[2], 10.f)) * side, std::exp(std::min(box[3], 10.f)) * side);
    Detection face{
        {centre.x - size.width / 2, centre.y - size.height / 2, size.width, size.height}, score, {}};
    if (!std::isfinite(face.box.x + face.box.y + face.box.area())) continue;
    face.points.emplace();
    for (std::size_t i = 0; i < 5; ++i)
      (*face.points)[i] = {(points[2 * i] + column) * side, (points[2 * i + 1] + row) * side};
    out.push_back(face);
  }
}

/// The square from brows to chin that dlib's templates give for the same face, fitted on heads turned by up
/// to 40 degrees: landmarkers start better from it than from YuNet's own tall box.
face::Box square_box(const Detection& face) {
  const face::Box& box = face.box;
  const float side = 0.99f * std::sqrt(box.area());
  const cv::Point2f middle = (box.tl() + box.br()) / 2;
  const cv::Point2f centre(middle.x + 0.42f * ((*face.points)[2].x - middle.x),
                           middle.y + 0.02f * box.height);
  return {centre.x - side / 2, centre.y - side / 2, side, side};
}

/// Tiles of `side` that cover `length` with an overlap of at least `overlap`: where each begins.
std::vector<int> tile_starts(int length, int side, int overlap) {
  std::vector<int> out;
  for (int start = 0;; start += side - overlap) {
    out.push_back(std::max(0, std::min(start, length - side)));
    if (start + side >= length) return out;
  }
}

class Yunet final : public Detector {
 public:
  explicit Yunet(const DetectorOptions& options)
      : min_face_px_(options.min_face_px),
        small_(load(kSmallNet, options.model_dir)),
        large_(load(kLargeNet, options.model_dir)) {}

  std::vector<Detection> detect(const cv::Mat& bgr8, double min_score) override {
    if (bgr8.empty()) return {};
    const int longest = std::max(bgr8.cols, bgr8.rows);
    const bool small_will_do = min_face_px_ * static_cast<double>(kSmallNet) / longest >= kSmallestInNet;
    std::vector<Detection> found;
    search(small_will_do ? small_ : large_, bgr8, cv::Rect({}, bgr8.size()), min_score, found);
    const double scale = kSmallestInNet / min_face_px_;
    if (longest * scale > kLargeNet) search_tiles(bgr8, cvRound(kLargeNet / scale), min_score, found);
    found = without_doubles(std::move(found));
    for (Detection& face : found) face.box = square_box(face);
    std::erase_if(found,
                  [&](const Detection& face) { return face.box.width < static_cast<float>(min_face_px_); });
    return found;
  }

  double sure_score() const override { return 0.6; }

  std::unique_ptr<Detector> twin() const override {
    auto other = std::make_unique<Yunet>(*this);
    for (SizedNet* net : {&other->small_, &other->large_}) net->net = load_network(*net->onnx, net->path);
    return other;
  }

 private:
  /// Faces too small for the net when the whole picture is squeezed into it. Tiles overlap by more than those
  /// are large.
  void search_tiles(const cv::Mat& bgr8, int side, double min_score, std::vector<Detection>& found) {
    const int longest = std::max(bgr8.cols, bgr8.rows);
    const int overlap = std::min(side / 2, cvCeil(1.5 * kSmallestInNet * longest / kLargeNet));
    for (int top : tile_starts(bgr8.rows, side, overlap))
      for (int left : tile_starts(bgr8.cols, side, overlap))
        search(large_, bgr8, cv::Rect(left, top, side, side) & cv::Rect({}, bgr8.size()), min_score, found);
  }

  void search(SizedNet& net, const cv::Mat& bgr8, cv::Rect area, double min_score,
              std::vector<Detection>& found) {
    const double scale = static_cast<double>(net.side) / std::max(area.width, area.height);
    cv::Mat input = cv::Mat::zeros(net.side, net.side, CV_8UC3);
    const cv::Size size(std::max(1, cvRound(area.width * scale)), std::max(1, cvRound(area.height * scale)));
    cv::resize(bgr8(area), input(cv::Rect({}, size)), size, 0, 0,
               scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    const auto blobs = run_network(net.net, cv::dnn::blobFromImage(input), names_, net.path);
    std::vector<Detection> faces;
    for (std::size_t i = 0; i < kStrides.size(); ++i)
      decode(net, kStrides[i], &blobs[4 * i], min_score, faces);
    for (Detection& face : faces) {
      const auto back = [&](cv::Point2f p) {
        return cv::Point2f(static_cast<float>((p.x + 0.5) / scale - 0.5 + area.x),
                           static_cast<float>((p.y + 0.5) / scale - 0.5 + area.y));
      };
      face.box = face::Box(back(face.box.tl()), back(face.box.br()));
      for (cv::Point2f& point : *face.points) point = back(point);
      found.push_back(face);
    }
  }

  int min_face_px_;
  SizedNet small_, large_;
  std::vector<std::string> names_ = output_names();
};

}  // namespace

std::unique_ptr<Detector> make_yunet_detector(const DetectorOptions& options) {
  check(options);
  return std::make_unique<Yunet>(options);
}

}  // namespace understudy::vision
