#include "understudy/vision/follow.h"

#include <algorithm>
#include <opencv2/core.hpp>

#include "understudy/face/crop.h"
#include "understudy/vision/motion.h"
#include "understudy/vision/warp.h"

namespace understudy::vision {
namespace {

constexpr double kMinLikeness = 0.5;
constexpr double kMinAgreement = 0.5;
constexpr double kMaxGrowth = 1.15;  // from frame to frame
constexpr int kView = 128;           // side of the picture that a face is followed in
constexpr double kMargin = 0.4;      // around it, in box sides

}  // namespace

double correlation(const cv::Mat& a, const cv::Mat& b) {
  cv::Scalar mean_a, mean_b, spread_a, spread_b;
  cv::meanStdDev(a, mean_a, spread_a);
  cv::meanStdDev(b, mean_b, spread_b);
  if (spread_a[0] < 1 || spread_b[0] < 1) return 0;
  cv::Mat fa, fb;
  a.convertTo(fa, CV_32F, 1, -mean_a[0]);
  b.convertTo(fb, CV_32F, 1, -mean_b[0]);
  return fa.dot(fb) / (static_cast<double>(a.total()) * spread_a[0] * spread_b[0]);
}

cv::Mat face_patch(const cv::Mat& gray, const face::Box& box) {
  constexpr int kSide = 48;
  return warp(gray, face::context_from_frame(box, 0, kSide), {kSide, kSide});
}

double visible_part(const face::Box& box, cv::Size picture) {
  const face::Box inside =
      box & face::Box(-0.5f, -0.5f, static_cast<float>(picture.width), static_cast<float>(picture.height));
  return inside.area() / std::max(box.area(), 1e-6f);
}

std::optional<Followed> follow(const cv::Mat& before, const face::Box& box, const cv::Mat& after,
                               const cv::Mat& likeness) {
  const face::Affine view_from_frame = face::context_from_frame(box, kMargin, kView);
  const cv::Size size(kView, kView);
  const float side = kView / static_cast<float>(1 + 2 * kMargin), edge = (kView - side) / 2;
  const auto motion = motion_between(warp(before, view_from_frame, size), warp(after, view_from_frame, size),
                                     {edge, edge, side, side}, face::Affine::eye());
  if (!motion || motion->agreement < kMinAgreement) return std::nullopt;
  const face::Affine after_from_before = face::compose(
      face::inverse(view_from_frame), face::compose(motion->after_from_before, view_from_frame));
  const double growth = face::scale_of(after_from_before);
  if (!(growth < kMaxGrowth && growth > 1 / kMaxGrowth)) return std::nullopt;
  const cv::Point2d centre =
      face::transform(after_from_before, (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2);
  const double width = box.width * growth, height = box.height * growth;
  Followed out;
  out.box = cv::Rect2d(centre.x - width / 2, centre.y - height / 2, width, height);
  if (visible_part(out.box, after.size()) < kMinVisible) return std::nullopt;
  out.likeness = correlation(face_patch(after, out.box), likeness);
  if (out.likeness < kMinLikeness) return std::nullopt;
  return out;
}

}  // namespace understudy::vision
