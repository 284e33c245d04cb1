#include "understudy/stages/extract_crop.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "understudy/core/error.h"

namespace understudy::stages {
namespace {

constexpr double kMargin =
    0.8;  // in box sides: holds the crop family `head` with the head tilted by about 20 degrees

/// The square of whole pixels around the box.
cv::Rect square_around(const face::Box& box) {
  const int side = cvCeil(std::max(box.width, box.height) * (1 + 2 * kMargin));
  const cv::Point2f centre = (box.tl() + box.br()) / 2;
  const float half = static_cast<float>(side - 1) / 2;
  return {cvRound(centre.x - half), cvRound(centre.y - half), side, side};
}

}  // namespace

bool has_deep_crops(const media::PictureFormat& plate) {
  return plate.bits > 8 || plate.is_float();
}

ContextCrop cut_context(const SeenPicture& seen, const face::Box& box, int max_size) {
  const cv::Rect area = square_around(box);
  const cv::Rect inside = area & cv::Rect({}, seen.bgr8.size());
  if (inside.empty()) throw Error(ErrorCode::kBug, "a face lies outside its picture");
  const int size = std::min(area.width, max_size);
  const double scale = static_cast<double>(size) / area.width;
  ContextCrop out;
  out.crop_from_frame = {scale, 0, (0.5 - area.x) * scale - 0.5, 0, scale, (0.5 - area.y) * scale - 0.5};

  cv::Mat pixels = seen.bgr8(inside);
  if (has_deep_crops(seen.picture.format()))
    seen.space.bgr(seen.picture, inside).convertTo(pixels, CV_16U, 65535);
  cv::copyMakeBorder(pixels, out.picture, inside.y - area.y, area.br().y - inside.br().y, inside.x - area.x,
                     area.br().x - inside.br().x, cv::BORDER_REPLICATE | cv::BORDER_ISOLATED);
  if (size < area.width) cv::resize(out.picture, out.picture, {size, size}, 0, 0, cv::INTER_AREA);
  return out;
}

}  // namespace understudy::stages
