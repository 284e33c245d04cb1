#include "understudy/media/picture.h"

#include <gmock/gmock.h>

#include "unit/media/clips.h"

namespace understudy::media {
namespace {

using Model = PictureFormat::Model;

const std::vector<PictureFormat>& formats() {
  static const std::vector<PictureFormat> all = [] {
    std::vector<PictureFormat> out{
        yuv_format(64, 48, 1, 1, 8),  yuv_format(63, 47, 1, 1, 8), yuv_format(64, 48, 1, 0, 10),
        yuv_format(64, 48, 0, 0, 12), yuv_format(64, 48, 2, 0, 8), rgb_format(64, 48, 8),
        rgb_format(64, 48, 16, true), grey_format(64, 48, 8),      grey_format(64, 48, 16)};
    PictureFormat full = yuv_format(64, 48, 0, 0, 8);
    full.full_range = true;
    out.push_back(full);
    PictureFormat half = rgb_format(64, 48, 16);
    half.sample = PictureFormat::Sample::kHalf;
    out.push_back(half);
    return out;
  }();
  return all;
}

/// Codes that are legal in the format's range.
Picture legal_picture(const PictureFormat& format) {
  Picture picture = noise_picture(format, 3);
  if (format.full_range || format.is_float()) return picture;
  for (int i = 0; i < format.plane_count(); ++i) {
    const double unit = 1 << (format.bits - 8);
    cv::Mat clipped;
    cv::min(cv::max(picture.plane(i), 16 * unit), (format.is_chroma(i) ? 240 : 235) * unit, clipped);
    picture.plane(i) = clipped;
  }
  return picture;
}

TEST(Picture, KnowsItsPlanes) {
  const Picture picture(yuv_format(101, 57, 1, 1, 10));
  EXPECT_EQ(picture.format().plane_count(), 3);
  EXPECT_EQ(picture.plane(0).size(), cv::Size(101, 57));
  EXPECT_EQ(picture.plane(1).size(), cv::Size(51, 29));
  EXPECT_EQ(picture.plane(2).type(), CV_16UC1);
  EXPECT_EQ(picture.format().describe(), "101x57 yuv 4:2:0 10-bit");
}

TEST(Picture, CopiesShareAndClonesDoNot) {
  Picture picture(grey_format(4, 4, 8));
  const Picture copy = picture, clone = picture.clone();
  picture.plane(0).setTo(7);
  EXPECT_EQ(copy.plane(0).at<uchar>(0, 0), 7);
  EXPECT_EQ(clone.plane(0).at<uchar>(0, 0), 0);
}

TEST(Picture, KnownColorsComeOut) {
  // BT.709 limited: pure red is Y 63, U 102, V 240 (ITU-R BT.709, 8 bits).
  PictureFormat format = yuv_format(4, 4, 0, 0, 8);
  format.matrix = 1;
  Picture picture(format);
  picture.plane(0).setTo(63);
  picture.plane(1).setTo(102);
  picture.plane(2).setTo(240);
  const auto red = picture.bgr8().at<cv::Vec3b>(1, 1);
  EXPECT_NEAR(red[0], 0, 1);
  EXPECT_NEAR(red[1], 0, 1);
  EXPECT_NEAR(red[2], 255, 1);
  picture.plane(0).setTo(235);
  picture.plane(1).setTo(128);
  picture.plane(2).setTo(128);
  EXPECT_EQ(picture.bgr8().at<cv::Vec3b>(0, 0), cv::Vec3b(255, 255, 255));
  EXPECT_NEAR(picture.bgr({0, 0, 1, 1}).at<cv::Vec3f>(0, 0)[1], 1.0F, 1e-5F);
}

TEST(Picture, EightBitAndFloatPicturesAgree) {
  for (const PictureFormat& format : formats()) {
    const Picture picture = noise_picture(format, 1);
    cv::Mat expected;
    picture.bgr({0, 0, format.width, format.height}).convertTo(expected, CV_8U, 255);
    EXPECT_LE(cv::norm(expected, picture.bgr8(), cv::NORM_INF), 1) << format.describe();
  }
}

TEST(Picture, RegionIsPartOfTheWhole) {
  for (const PictureFormat& format : formats()) {
    const Picture picture = noise_picture(format, 1);
    const cv::Mat whole = picture.bgr({0, 0, format.width, format.height});
    const cv::Rect roi(13, 7, 21, 15);
    EXPECT_EQ(cv::norm(whole(roi), picture.bgr(roi), cv::NORM_INF), 0) << format.describe();
  }
}

TEST(Picture, RefusesRegionsOutside) {
  Picture picture(rgb_format(8, 8, 8));
  EXPECT_EQ(error_of([&] { picture.bgr({4, 4, 5, 4}); }).code(), ErrorCode::kBug);
  EXPECT_EQ(error_of([&] { picture.bgr({0, 0, 0, 4}); }).code(), ErrorCode::kBug);
  const cv::Mat wrong(3, 3, CV_32FC3, cv::Scalar::all(0));
  EXPECT_EQ(error_of([&] {
              picture.blend_bgr({0, 0, 4, 4}, wrong, cv::Mat::ones(4, 4, CV_32F));
            }).code(),
            ErrorCode::kBug);
}

TEST(Picture, BlendingItselfChangesNothing) {
  for (const PictureFormat& format : formats()) {
    if (format.model == Model::kYuv && format.chroma_shift_x > 0) continue;
    const Picture plate = legal_picture(format);
    Picture blended = plate.clone();
    const cv::Rect roi(5, 3, 40, 30);
    blended.blend_bgr(roi, plate.bgr(roi), cv::Mat::ones(roi.size(), CV_32F));
    for (int i = 0; i < format.plane_count(); ++i) {
      // One code, and float rounding where samples are float.
      EXPECT_LE(cv::norm(plate.plane(i), blended.plane(i), cv::NORM_INF), format.is_float() ? 1e-5 : 1)
          << format.describe();
    }
  }
}

TEST(Picture, NothingOutsideTheMatteChanges) {
  for (const PictureFormat& format : formats()) {
    const Picture plate = noise_picture(format, 5);
    Picture blended = plate.clone();
    const cv::Rect roi(5, 3, 41, 31);
    cv::Mat matte = cv::Mat::zeros(roi.size(), CV_32F);
    matte(cv::Rect(7, 8, 21, 13)).setTo(0.6);
    const cv::Mat color(roi.size(), CV_32FC3, cv::Scalar(0.2, 0.5, 0.9));
    blended.blend_bgr(roi, color, matte);
    cv::Mat whole_matte = cv::Mat::zeros(format.height, format.width, CV_32F);
    matte.copyTo(whole_matte(roi));
    for (int i = 0; i < format.plane_count(); ++i) {
      const int shift_x = format.is_chroma(i) ? format.chroma_shift_x : 0;
      const int shift_y = format.is_chroma(i) ? format.chroma_shift_y : 0;
      const bool is_alpha = i >= format.color_planes();
      int changed = 0;
      for (int y = 0; y < plate.plane(i).rows; ++y) {
        for (int x = 0; x < plate.plane(i).cols; ++x) {
          const cv::Rect block = cv::Rect(x << shift_x, y << shift_y, 1 << shift_x, 1 << shift_y) &
                                 cv::Rect(0, 0, format.width, format.height);
          double least = 0;
          cv::minMaxLoc(whole_matte(block), &least);
          const cv::Rect sample(x, y, 1, 1);
          const bool differs = cv::norm(plate.plane(i)(sample), blended.plane(i)(sample), cv::NORM_INF) != 0;
          if (least <= 0 || is_alpha) {
            EXPECT_FALSE(differs) << format.describe() << " plane " << i;
          }
          changed += differs ? 1 : 0;
        }
      }
      if (!is_alpha) {
        EXPECT_GT(changed, plate.plane(i).rows * plate.plane(i).cols / 25) << format.describe();
      }
    }
  }
}

TEST(Picture, BlendsEveryPixelOfAnyRegionByItsMatte) {
  for (const PictureFormat& format : formats()) {
    if (format.chroma_shift_x > 0 || format.chroma_shift_y > 0) continue;
    for (const cv::Rect& roi : {cv::Rect(0, 0, 1, 1), cv::Rect(format.width - 1, format.height - 1, 1, 1),
                                cv::Rect(3, 2, 17, 1), cv::Rect(5, 1, 1, 9), cv::Rect(7, 3, 23, 11)}) {
      Picture picture = legal_picture(format);
      cv::Mat grey(roi.size(), CV_32FC1), matte(roi.size(), CV_32FC1), color, weights;
      cv::RNG random(7);
      random.fill(grey, cv::RNG::UNIFORM, 0.1, 0.9);
      random.fill(matte, cv::RNG::UNIFORM, 0, 1);
      cv::merge(std::vector<cv::Mat>(3, grey), color);
      cv::merge(std::vector<cv::Mat>(3, matte), weights);
      const cv::Mat before = picture.bgr(roi), wanted = before + (color - before).mul(weights);
      picture.blend_bgr(roi, color, matte);
      EXPECT_LT(cv::norm(picture.bgr(roi), wanted, cv::NORM_INF), 2.0 / 255) << format.describe();
    }
  }
}

TEST(Picture, NewColorsStayLegalAndBadOnesDoNoHarm) {
  Picture picture(yuv_format(16, 16, 1, 1, 8));
  picture.plane(0).setTo(100);
  cv::Mat color(16, 16, CV_32FC3, cv::Scalar(5, 5, 5));
  color.at<cv::Vec3f>(0, 0) = cv::Vec3f::all(std::numeric_limits<float>::quiet_NaN());
  cv::Mat matte = cv::Mat::ones(16, 16, CV_32F);
  matte.at<float>(1, 1) = std::numeric_limits<float>::quiet_NaN();
  picture.blend_bgr({0, 0, 16, 16}, color, matte);
  EXPECT_EQ(picture.plane(0).at<uchar>(8, 8), 235);
  EXPECT_EQ(picture.plane(0).at<uchar>(0, 0), 16);
  EXPECT_EQ(picture.plane(0).at<uchar>(1, 1), 100);
}

TEST(Picture, TurnsUpright) {
  Picture picture(rgb_format(3, 2, 8));
  for (int i = 0; i < 6; ++i) picture.plane(0).at<uchar>(i / 3, i % 3) = static_cast<uchar>(i);
  EXPECT_EQ(picture.rotated(90).format().width, 2);
  EXPECT_EQ(picture.rotated(90).plane(0).at<uchar>(0, 1), 0);  // the first sample goes to the upper right
  EXPECT_EQ(picture.rotated(180).plane(0).at<uchar>(0, 0), 5);
  EXPECT_EQ(picture.rotated(270).plane(0).at<uchar>(0, 0), 2);
  EXPECT_EQ(error_of([] { Picture(yuv_format(8, 8, 1, 0, 8)).rotated(90); }).code(), ErrorCode::kFormat);
  EXPECT_EQ(error_of([] { Picture(yuv_format(7, 8, 1, 1, 8)).rotated(180); }).code(), ErrorCode::kFormat);
}

}  // namespace
}  // namespace understudy::media
