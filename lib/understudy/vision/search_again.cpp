#include "understudy/vision/search_again.h"

#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>

namespace understudy::vision {
namespace {

constexpr double kMargin = 0.6;    // of the view, in box sides
constexpr double kEnlarged = 1.6;  // the face's width in the view, in the detector's smallest faces
constexpr double kMaxShift = 0.4;  // of the centre, in box sides
constexpr double kMaxGrowth = 1.4;

struct View {
  double roll_deg;
  bool mirrored;
};
constexpr std::array kViews = {View{0, false}, View{-20, false}, View{20, false}, View{0, true}};

face::Affine turned(const face::Affine& view_from_frame, double roll_deg, double middle) {
  const double roll = roll_deg * std::numbers::pi / 180, c = std::cos(roll), s = std::sin(roll);
  return face::compose({c, -s, middle - c * middle + s * middle, s, c, middle - s * middle - c * middle},
                       view_from_frame);
}

bool is_as_expected(const face::Box& box, const face::Box& expected) {
  const auto side = [](const face::Box& b) { return std::sqrt(std::max(b.area(), 1e-6f)); };
  const double shift = cv::norm((box.tl() + box.br() - expected.tl() - expected.br()) / 2) / side(expected);
  const double growth = side(box) / side(expected);
  return shift < kMaxShift && growth < kMaxGrowth && growth > 1 / kMaxGrowth;
}

}  // namespace

std::optional<Detection> search_again(Detector& detector, const cv::Mat& bgr8, const face::Box& expected,
                                      int min_face_px, double min_score) {
  const int side = cvRound(kEnlarged * min_face_px * (1 + 2 * kMargin));
  const double middle = (side - 1) / 2.0;
  const face::Affine upright = face::context_from_frame(expected, kMargin, side);
  for (const View& view : kViews) {
    const face::Affine view_from_frame = turned(upright, view.roll_deg, middle);
    cv::Mat picture = warp(bgr8, view_from_frame, {side, side});
    if (view.mirrored) cv::flip(picture, picture, 1);
    for (Detection found : detector.detect(picture, min_score)) {
      cv::Point2d centre = (cv::Point2d(found.box.tl()) + cv::Point2d(found.box.br())) / 2;
      if (view.mirrored) centre.x = side - 1 - centre.x;
      centre = face::transform(face::inverse(view_from_frame), centre);
      const double scale = face::scale_of(view_from_frame);
      const double width = found.box.width / scale, height = found.box.height / scale;
      found.box = cv::Rect2d(centre.x - width / 2, centre.y - height / 2, width, height);
      found.points.reset();
      if (is_as_expected(found.box, expected)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace understudy::vision
