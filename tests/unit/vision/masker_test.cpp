#include "understudy/vision/masker.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "understudy/face/crop.h"
#include "understudy/face/mask.h"
#include "unit/vision/stills.h"

namespace understudy::vision {
namespace {

constexpr int kSide = 200;

/// A still and the crop of its face.
struct Face {
  cv::Mat picture;
  face::Landmarks landmarks;
  face::Affine crop_from_picture;

  Face(const std::string& clip, int frame)
      : picture(read_still(clip + "_" + std::to_string(frame))),
        landmarks(still_truth(clip, frame)),
        crop_from_picture(face::aligned_from_frame(landmarks, face::crop_families().at("whole"), kSide)) {}

  MaskView view() const { return {picture, landmarks, crop_from_picture, kSide}; }
  cv::Mat hull() const {
    return face::hull_mask(face::transform(crop_from_picture, landmarks), {kSide, kSide});
  }
};

double share(const cv::Mat& mask, const cv::Mat& of) {
  return static_cast<double>(cv::countNonZero((mask > 127) & of)) / std::max(1, cv::countNonZero(of));
}

TEST(Maskers, EveryOneHoldsTheFaceAndLittleElse) {
  for (const Face& face : {Face("ada", 0), Face("bruno", 46)}) {
    cv::Mat inner, outer;
    cv::erode(face.hull() > 127, inner, cv::Mat::ones(9, 9, CV_8UC1));
    cv::dilate(face.hull() > 127, outer, cv::Mat::ones(61, 61, CV_8UC1));
    for (const auto& entry : maskers()) {
      const auto masker = entry.value({});
      const cv::Mat mask = masker->mask(face.view());
      ASSERT_EQ(mask.type(), CV_8UC1) << entry.name;
      ASSERT_EQ(mask.size(), cv::Size(kSide, kSide)) << entry.name;
      EXPECT_GT(share(mask, inner), 0.95) << entry.name;
      EXPECT_EQ(share(mask, ~outer), 0) << entry.name;
      EXPECT_EQ(cv::norm(masker->twin()->mask(face.view()), mask, cv::NORM_INF), 0) << entry.name;
    }
  }
}

TEST(Maskers, SkinLeavesOutWhatLiesOverTheFace) {
  for (Face face : {Face("ada", 0), Face("bruno", 46)}) {
    // Over the mouth, as a cup.
    const face::Box box = face::bounding_box(face.landmarks);
    cv::Mat covered = cv::Mat::zeros(face.picture.size(), CV_8UC1), in_crop;
    cv::rectangle(covered,
                  cv::Rect(cv::Rect2f(box.x, box.y + 0.6f * box.height, box.width, 0.4f * box.height)),
                  cv::Scalar(255), cv::FILLED);
    face.picture.setTo(cv::Scalar(200, 120, 40), covered);
    cv::warpAffine(covered, in_crop, face.crop_from_picture, {kSide, kSide}, cv::INTER_NEAREST);
    cv::Mat open = face.hull() & ~in_crop;
    in_crop &= face.hull();
    EXPECT_GT(share(maskers().at("hull")({})->mask(face.view()), in_crop), 0.95);
    const cv::Mat skin = maskers().at("skin")({})->mask(face.view());
    EXPECT_LT(share(skin, in_crop), 0.2);
    EXPECT_GT(share(skin, open), 0.9);
  }
}

}  // namespace
}  // namespace understudy::vision
