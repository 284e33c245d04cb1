#include <algorithm>
#include <cmath>
#include <opencv2/dnn/shape_utils.hpp>
#include <opencv2/imgproc.hpp>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/vision/detector/doubles.h"
#include "understudy/vision/detector/makers.h"
#include "understudy/vision/detector/options.h"
#include "understudy/vision/detector/second_look.h"
#include "understudy/vision/model_files.h"
#include "understudy/vision/own_network.h"
#include "understudy/vision/warp.h"

namespace understudy::vision {
namespace {

constexpr const char* kFile = "understudy_detector.onnx";
constexpr std::array<int, 3> kStrides = {8, 16, 32};
constexpr int kCellNumbers = 14;       // score, middle, side, five points
constexpr int kCoarsest = 32;          // sides of what the network sees are multiples of this
constexpr double kLargestInNet = 160;  // and one of more less so
constexpr double kStep = 0.25;         // one copy of the picture to the next, smaller one
constexpr double kSameFace = 0.4;      // overlap from which boxes have a say in where a face is
constexpr float kLongestOffset = 40;   // in strides: what is farther off is nonsense

cv::Size scaled(cv::Size size, double scale) {
  return {std::max(1, cvRound(size.width * scale)), std::max(1, cvRound(size.height * scale))};
}

int padded(int length) {
  return (length + kCoarsest - 1) / kCoarsest * kCoarsest;
}

/// `bgr8` at `size`, padded with mid-grey, which is 0 to the network.
cv::Mat input_of(const cv::Mat& bgr8, cv::Size size) {
  cv::Mat canvas(padded(size.height), padded(size.width), CV_8UC3, cv::Scalar::all(128));
  const bool smaller = size.width < bgr8.cols;
  cv::resize(bgr8, canvas(cv::Rect({}, size)), size, 0, 0, smaller ? cv::INTER_AREA : cv::INTER_LINEAR);
  return canvas;
}

/// Logits below which no score reaches `min_score`.
float logit(double score) {
  const double inside = std::clamp(score, 1e-6, 1 - 1e-6);
  return static_cast<float>(std::log(inside / (1 - inside)));
}

/// Appends what the cells of one stride see, in the level's pixels.
void decode(const cv::Mat& output, int stride, double min_score, std::vector<Detection>& found) {
  const int rows = output.size[2], columns = output.size[3];
  const float lowest = logit(min_score), px = static_cast<float>(stride);
  const auto plane = [&](int number) { return output.ptr<float>(0, number); };
  for (int cell = 0; cell < rows * columns; ++cell) {
    const float score = plane(0)[cell];
    if (!(score >= lowest)) continue;
    const cv::Point2f middle((static_cast<float>(cell % columns) + 0.5f) * px - 0.5f,
                             (static_cast<float>(cell / columns) + 0.5f) * px - 0.5f);
    const auto place = [&](int number) {
      const auto offset = [&](int k) {
        return std::clamp(plane(number + k)[cell], -kLongestOffset, kLongestOffset) * px;
      };
      return middle + cv::Point2f(offset(0), offset(1));
    };
    const cv::Point2f centre = place(1);
    const float side = std::exp(std::clamp(plane(3)[cell], -4.f, 5.f)) * px;
    Detection face{{centre.x - side / 2, centre.y - side / 2, side, side}, 1 / (1 + std::exp(-score)), {}};
    face.points.emplace();
    for (int i = 0; i < 5; ++i) (*face.points)[static_cast<std::size_t>(i)] = place(4 + 2 * i);
    found.push_back(face);
  }
}

/// Each of the `best` faces where all that mean it place it on average, the surer ones the more: a face's
/// cells differ.
std::vector<Detection> averaged(std::vector<Detection> best, const std::vector<Detection>& all) {
  for (Detection& face : best) {
    const face::Box box = face.box;
    double sum = 0;
    cv::Point2d corner, end;
    std::array<cv::Point2d, 5> points;
    for (const Detection& other : all) {
      if (face::intersection_over_union(box, other.box) < kSameFace) continue;
      const double weight = other.score * other.score;
      sum += weight;
      corner += weight * cv::Point2d(other.box.tl());
      end += weight * cv::Point2d(other.box.br());
      for (std::size_t i = 0; i < points.size(); ++i) points[i] += weight * cv::Point2d((*other.points)[i]);
    }
    face.box = face::Box(cv::Point2f(corner / sum), cv::Point2f(end / sum));
    for (std::size_t i = 0; i < points.size(); ++i) (*face.points)[i] = points[i] / sum;
  }
  return best;
}

class OwnDetector final : public Detector {
 public:
  explicit OwnDetector(const DetectorOptions& options)
      : OwnDetector(OwnNetwork(find_shipped_model_file(kFile, options.model_dir), {"s8", "s16", "s32"}),
                    options.min_face_px) {}
  OwnDetector(OwnNetwork network, int min_face_px)
      : network_(std::move(network)), min_face_px_(min_face_px) {}

  /// Looks at copies of the picture, from the one that shows the smallest faces well to one that shows a face
  /// as large as the picture so.
  std::vector<Detection> detect(const cv::Mat& bgr8, double min_score) override {
    if (bgr8.empty()) return {};
    const int shortest = std::min(bgr8.cols, bgr8.rows);
    std::vector<Detection> found;
    double scale = kSmallestSeenPx / min_face_px_;
    cv::Mat picture = bgr8;
    search(picture, bgr8.size(), scale, min_score, found);
    for (; shortest * scale > kLargestInNet; scale *= kStep)
      search(picture, bgr8.size(), kStep * scale, min_score, found);
    std::vector<Detection> faces = averaged(without_doubles(found), found);
    std::erase_if(faces,
                  [&](const Detection& face) { return face.box.width < static_cast<float>(min_face_px_); });
    return faces;
  }

  double sure_score() const override { return kBeyondDoubt; }

  std::unique_ptr<Detector> twin() const override {
    return std::make_unique<OwnDetector>(network_.twin(), min_face_px_);
  }

 private:
  /// Looks at `picture`, which shows a frame of the size `whole`, at `scale`. Leaves the picture halved as
  /// often as that allows: halves are quick to make.
  void search(cv::Mat& picture, cv::Size whole, double scale, double min_score,
              std::vector<Detection>& found) {
    const cv::Size size = scaled(whole, scale);
    picture = halved(picture, halvings(picture.size(), size));
    const cv::Mat input = input_of(picture, size);
    const auto outputs = network_.run(input);
    std::vector<Detection> faces;
    for (std::size_t i = 0; i < kStrides.size(); ++i) {
      check_output(outputs[i], input, kStrides[i]);
      decode(outputs[i], kStrides[i], min_score, faces);
    }
    const double across = static_cast<double>(whole.width) / size.width,
                 down = static_cast<double>(whole.height) / size.height;
    const auto back = [&](cv::Point2f p) {
      return cv::Point2f(static_cast<float>((p.x + 0.5) * across - 0.5),
                         static_cast<float>((p.y + 0.5) * down - 0.5));
    };
    for (Detection& face : faces) {
      face.box = face::Box(back(face.box.tl()), back(face.box.br()));
      for (cv::Point2f& point : *face.points) point = back(point);
      found.push_back(face);
    }
  }

  void check_output(const cv::Mat& output, const cv::Mat& input, int stride) const {
    const cv::dnn::MatShape expected = {1, kCellNumbers, input.rows / stride, input.cols / stride};
    if (cv::dnn::shape(output) == expected && output.isContinuous() && cv::checkRange(output)) return;
    throw Error(ErrorCode::kFormat, text(network_.path().string(), " gives other numbers than our detector"),
                "leave --model-dir out to use the one that comes with Understudy");
  }

  OwnNetwork network_;
  int min_face_px_;
};

}  // namespace

std::unique_ptr<Detector> make_first_look(const DetectorOptions& options) {
  check(options);
  return std::make_unique<OwnDetector>(options);
}

std::unique_ptr<Detector> make_own_detector(const DetectorOptions& options) {
  return with_second_look(make_first_look(options), FaceNetwork(options.model_dir));
}

}  // namespace understudy::vision
