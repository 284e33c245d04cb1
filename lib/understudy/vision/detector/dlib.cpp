#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/opencv/cv_image.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/vision/detector/makers.h"
#include "understudy/vision/detector/options.h"

namespace understudy::vision {
namespace {

// The templates are 80 pixels wide: to find smaller faces the picture is enlarged, for larger ones only it is
// reduced.
constexpr double kTemplatePx = 80;
constexpr int kSmallestSide = 16;

// The detector's margin is 0 at its own threshold and about 1 to 3 on clear faces.
double score_of(double margin) {
  return 1 / (1 + std::exp(-2 * margin));
}
double margin_of(double score) {
  const double inside = std::clamp(score, 1e-3, 1 - 1e-3);
  return std::log(inside / (1 - inside)) / 2;
}

class DlibDetector final : public Detector {
 public:
  explicit DlibDetector(int min_face_px)
      : min_face_px_(min_face_px), detector_(dlib::get_frontal_face_detector()) {}

  std::vector<Detection> detect(const cv::Mat& bgr8, double min_score) override {
    const double scale = kTemplatePx / min_face_px_;
    const cv::Size size(cvRound(bgr8.cols * scale), cvRound(bgr8.rows * scale));
    if (std::min(size.width, size.height) < kSmallestSide) return {};
    cv::Mat gray;
    cv::cvtColor(bgr8, gray, cv::COLOR_BGR2GRAY);
    if (size != gray.size())
      cv::resize(gray, gray, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);

    std::vector<std::pair<double, dlib::rectangle>> found;
    detector_(dlib::cv_image<unsigned char>(gray), found, margin_of(min_score));
    std::vector<Detection> out;
    const double to_frame_x = static_cast<double>(bgr8.cols) / size.width;
    const double to_frame_y = static_cast<double>(bgr8.rows) / size.height;
    for (const auto& [margin, area] : found) {
      const face::Box box(static_cast<float>((area.left() + 0.5) * to_frame_x - 0.5),
                          static_cast<float>((area.top() + 0.5) * to_frame_y - 0.5),
                          static_cast<float>(static_cast<double>(area.width()) * to_frame_x),
                          static_cast<float>(static_cast<double>(area.height()) * to_frame_y));
      if (score_of(margin) >= min_score) out.push_back({box, score_of(margin), std::nullopt});
    }
    return out;
  }

  double sure_score() const override { return 0.5; }
  std::unique_ptr<Detector> twin() const override { return std::make_unique<DlibDetector>(*this); }

 private:
  int min_face_px_;
  dlib::frontal_face_detector detector_;
};

}  // namespace

std::unique_ptr<Detector> make_dlib_detector(const DetectorOptions& options) {
  check(options);
  return std::make_unique<DlibDetector>(options.min_face_px);
}

}  // namespace understudy::vision
