#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <random>

#include "understudy/provenance/watermark/mark.h"
#include "understudy/provenance/watermark/payload.h"
#include "understudy/provenance/watermark/read.h"

namespace understudy::provenance {
namespace {

constexpr std::uint64_t kId = 0x0fedcba9876U;

/// A picture with slopes, edges and noise, another for each seed; CV_32FC1, 16 to 235.
cv::Mat scene(cv::Size size, std::uint64_t seed) {
  cv::RNG random(seed + 1);
  cv::Mat coarse(9, 16, CV_32FC1), fine(size, CV_32FC1), out;
  random.fill(coarse, cv::RNG::UNIFORM, 40, 200);
  random.fill(fine, cv::RNG::NORMAL, 0, 6);
  cv::resize(coarse, out, size, 0, 0, cv::INTER_CUBIC);
  for (int i = 0; i < 12; ++i) {
    const cv::Point middle(random.uniform(0, size.width), random.uniform(0, size.height));
    cv::circle(out, middle, random.uniform(10, size.height / 4), cv::Scalar(random.uniform(30, 220)), -1);
  }
  out += fine;
  return cv::max(cv::min(out, 235), 16);
}

MarkedPlanes limited_8_bit(const cv::Mat& scene) {
  cv::Mat plane;
  scene.convertTo(plane, CV_8U);
  return {{plane}, {16, 235, 16, 235}, {1, 0, 0}};
}

MarkedPlanes limited_10_bit(const cv::Mat& scene) {
  cv::Mat plane;
  scene.convertTo(plane, CV_16U, 4);
  return {{plane}, {64, 940, 64, 940}, {1, 0, 0}};
}

MarkedPlanes rgb_8_bit(const cv::Mat& scene) {
  MarkedPlanes out{{}, {0, 255, 0, 255}, {0.2126F, 0.7152F, 0.0722F}};
  for (const double gain : {1.0, 0.8, 0.6}) scene.convertTo(out.planes.emplace_back(), CV_8U, gain);
  return out;
}

MarkedPlanes rgb_float(const cv::Mat& scene) {
  MarkedPlanes out{{}, {0, 1, 0, 0}, {0.2126F, 0.7152F, 0.0722F}};
  for (const double gain : {1.0, 0.8, 0.6}) scene.convertTo(out.planes.emplace_back(), CV_32F, gain / 255);
  return out;
}

MarkedPlanes cloned(const MarkedPlanes& from) {
  MarkedPlanes out = from;
  for (cv::Mat& plane : out.planes) plane = plane.clone();
  return out;
}

using MakePlanes = MarkedPlanes (*)(const cv::Mat&);
constexpr MakePlanes kKinds[] = {limited_8_bit, limited_10_bit, rgb_8_bit, rgb_float};

cv::Size size_of(const MarkedPlanes& picture) {
  return picture.planes.front().size();
}

std::optional<WatermarkFinding> read_one(const MarkedPlanes& picture) {
  WatermarkReader reader(size_of(picture));
  reader.add(picture);
  return reader.read();
}

double psnr(const MarkedPlanes& a, const MarkedPlanes& b) {
  double squares = 0, count = 0;
  for (std::size_t p = 0; p < a.planes.size(); ++p) {
    squares += std::pow(cv::norm(a.planes[p], b.planes[p]), 2);
    count += static_cast<double>(a.planes[p].total());
  }
  return 10 * std::log10(std::pow(a.codes.white - a.codes.black, 2) * count / squares);
}

TEST(WatermarkPayload, GoesThereAndBack) {
  for (const std::uint64_t id : {std::uint64_t{0}, kId, (std::uint64_t{1} << kWatermarkIdBits) - 1}) {
    const std::uint64_t payload = watermark_payload(id);
    EXPECT_EQ(payload >> 60, kWatermarkVersion);
    EXPECT_EQ(id_of_payload(payload), id);
    for (int bit = 0; bit < 64; ++bit) EXPECT_FALSE(id_of_payload(payload ^ std::uint64_t{1} << bit));
  }
}

TEST(WatermarkPayload, IdIsTheBeginningOfADigest) {
  // printf 'wm1|urn:c2pa:x' | sha256sum
  EXPECT_EQ(watermark_id_text(watermark_id("urn:c2pa:x")), "6c0d030754d");
  EXPECT_EQ(watermark_id_text(1), "00000000001");
}

TEST(Watermark, IsReadFromOnePictureOfAnyKind) {
  for (const MakePlanes make : kKinds)
    for (const cv::Size size : {cv::Size(1280, 720), cv::Size(480, 480), cv::Size(405, 721)}) {
      const MarkedPlanes plain = make(scene(size, 1));
      EXPECT_FALSE(read_one(plain));
      MarkedPlanes marked = cloned(plain);
      const double strength = Watermark(kId, size, kVideoStrength).mark(marked);
      EXPECT_GT(strength, 0.5);
      EXPECT_GT(psnr(plain, marked), 42.5) << size;
      const auto finding = read_one(marked);
      ASSERT_TRUE(finding) << size;
      EXPECT_EQ(finding->id, kId);
      EXPECT_EQ(finding->frames, 1);
      EXPECT_EQ(finding->wrong_bits, 0);
      EXPECT_GT(finding->confidence, 20);
    }
}

TEST(Watermark, KeepsToLegalCodesAndSparesBlack) {
  cv::Mat bars = scene({640, 360}, 2);
  bars.rowRange(0, 60).setTo(16);
  bars.rowRange(200, 260).setTo(235);
  bars.rowRange(300, 310).setTo(250);
  const MarkedPlanes plain = limited_8_bit(bars);
  MarkedPlanes marked = cloned(plain);
  Watermark(kId, {640, 360}, kVideoStrength).mark(marked);
  const cv::Mat &before = plain.planes[0], &after = marked.planes[0];
  EXPECT_EQ(cv::norm(before.rowRange(0, 58), after.rowRange(0, 58), cv::NORM_INF), 0);
  double least = 0, most = 0;
  cv::minMaxLoc(after.rowRange(0, 299), &least, &most);
  EXPECT_GE(least, 16);
  EXPECT_LE(most, 235);
  cv::minMaxLoc(after.rowRange(300, 310), &least, &most);
  EXPECT_LE(most, 250) << "what was beyond white goes no further";
  EXPECT_GT(cv::norm(before, after, cv::NORM_INF), 0);
}

TEST(Watermark, BlackCarriesNothing) {
  MarkedPlanes black = limited_8_bit(cv::Mat(360, 640, CV_32FC1, cv::Scalar(16)));
  EXPECT_EQ(Watermark(kId, {640, 360}, kVideoStrength).mark(black), 0);
  EXPECT_EQ(cv::countNonZero(black.planes[0] != 16), 0);
  EXPECT_FALSE(read_one(black));
}

TEST(Watermark, AFlatPictureIsFaint) {
  MarkedPlanes flat = limited_8_bit(cv::Mat(360, 640, CV_32FC1, cv::Scalar(120)));
  const double strength = Watermark(kId, {640, 360}, kVideoStrength).mark(flat);
  EXPECT_GT(strength, 0.3);
  EXPECT_LT(strength, 0.9);
}

TEST(Watermark, PicturesAddUp) {
  // Noise that hides the mark of one picture from its reader.
  const cv::Size size(640, 360);
  WatermarkReader one(size), many(size);
  for (std::uint64_t i = 0; i < 40; ++i) {
    MarkedPlanes picture = rgb_float(scene(size, i));
    Watermark(kId, size, kVideoStrength).mark(picture);
    cv::RNG random(i + 100);
    for (cv::Mat& plane : picture.planes) {
      cv::Mat coarse(size.height / 8, size.width / 8, CV_32FC1), noise;
      random.fill(coarse, cv::RNG::NORMAL, 0, 0.2);
      cv::resize(coarse, noise, size);
      plane += noise;
    }
    if (i == 0) one.add(picture);
    many.add(picture);
  }
  EXPECT_FALSE(one.read());
  const auto finding = many.read();
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->id, kId);
  EXPECT_EQ(finding->frames, 40);
}

/// What is read when each of some pictures is changed after it was marked.
template <class Change>
std::optional<WatermarkFinding> search_after(cv::Size size, Change&& change) {
  std::optional<WatermarkReader> reader;
  for (std::uint64_t i = 0; i < 6; ++i) {
    MarkedPlanes picture = limited_8_bit(scene(size, i));
    Watermark(kId, size, kVideoStrength).mark(picture);
    picture.planes[0] = change(picture.planes[0]);
    if (!reader) reader.emplace(picture.planes[0].size());
    reader->add(picture);
  }
  EXPECT_FALSE(reader->read());
  const auto found = reader->search();
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

TEST(Watermark, AMirroredPictureIsReadWithoutSearching) {
  MarkedPlanes picture = limited_8_bit(scene({1280, 720}, 1));
  Watermark(kId, {1280, 720}, kVideoStrength).mark(picture);
  cv::flip(picture.planes[0], picture.planes[0], 1);
  const auto finding = read_one(picture);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->id, kId);
  EXPECT_TRUE(finding->placement.mirrored);
}

TEST(Watermark, CroppedPicturesAreFound) {
  const auto finding = search_after(
      {1280, 720}, [](const cv::Mat& whole) { return whole(cv::Rect(16, 28, 1216, 684)).clone(); });
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->id, kId);
  EXPECT_FALSE(finding->placement.mirrored);
  EXPECT_NEAR(finding->placement.scale_x, 0.95, 0.004);
  EXPECT_NEAR(finding->placement.scale_y, 0.95, 0.004);
  // The middle of what is left lies 16 pixels of 1280 left of the old one and 10 of 720 below it.
  EXPECT_NEAR(finding->placement.shift_x, -16 * 320.0 / 1280, 0.6);
  EXPECT_NEAR(finding->placement.shift_y, 10 * 176.0 / 720, 0.6);
}

TEST(Watermark, CroppedMirroredAndStretchedPicturesAreFound) {
  const auto finding = search_after({1280, 720}, [](const cv::Mat& whole) {
    cv::Mat out;
    cv::flip(whole.rowRange(36, 720), out, 1);
    cv::resize(out, out, {960, 540}, 0, 0, cv::INTER_AREA);
    return out;
  });
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->id, kId);
  EXPECT_TRUE(finding->placement.mirrored);
}

TEST(Watermark, PicturesBetweenBlackBarsAreFound) {
  for (const auto& [x, y] : {std::pair{0, 90}, std::pair{160, 0}}) {
    const auto finding = search_after({1280, 720}, [x = x, y = y](const cv::Mat& whole) {
      cv::Mat out;
      cv::copyMakeBorder(whole, out, y, y, x, x, cv::BORDER_CONSTANT, cv::Scalar(16));
      return out;
    });
    ASSERT_TRUE(finding) << x << " " << y;
    EXPECT_EQ(finding->id, kId);
  }
}

TEST(Watermark, AnotherIdIsReadAsThatAndTheLastMarkCounts) {
  const cv::Size size(1280, 720);
  MarkedPlanes picture = limited_8_bit(scene(size, 3));
  Watermark(kId + 1, size, kVideoStrength).mark(picture);
  ASSERT_TRUE(read_one(picture));
  EXPECT_EQ(read_one(picture)->id, kId + 1);
  // A second mark replaces the first: it takes what contradicts it for the picture's own.
  Watermark(kId, size, kVideoStrength).mark(picture);
  ASSERT_TRUE(read_one(picture));
  EXPECT_EQ(read_one(picture)->id, kId);
}

TEST(Watermark, PicturesThatWereCroppedAndMarkedAgainAreReadWithBothMarks) {
  const auto cropped = [](const MarkedPlanes& picture) {
    const cv::Mat& whole = picture.planes[0];
    const cv::Rect part(whole.cols / 40, whole.rows / 40, whole.cols * 19 / 20, whole.rows * 19 / 20);
    return limited_8_bit(whole(part).clone());
  };
  const cv::Size size(1280, 720), smaller(1216, 684);
  std::optional<WatermarkReader> reader;
  for (std::uint64_t i = 0; i < 6; ++i) {
    MarkedPlanes picture = limited_8_bit(scene(size, i));
    Watermark(kId + 1, size, kVideoStrength).mark(picture);
    MarkedPlanes again = cropped(picture);
    Watermark(kId, smaller, kVideoStrength).mark(again);
    const MarkedPlanes sent = cropped(again);
    if (!reader) reader.emplace(sent.planes[0].size());
    reader->add(sent);
  }
  std::vector<std::uint64_t> ids;
  for (const WatermarkFinding& each : reader->search()) ids.push_back(each.id);
  std::ranges::sort(ids);
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{kId, kId + 1}));
}

TEST(Watermark, UnmarkedPicturesAreNeverTakenForMarked) {
  const cv::Size size(320, 176);
  for (std::uint64_t i = 0; i < 300; ++i) ASSERT_FALSE(read_one(limited_8_bit(scene(size, i)))) << i;
  for (std::uint64_t i = 0; i < 3; ++i) {
    WatermarkReader reader(size);
    reader.add(limited_8_bit(scene(size, i)));
    EXPECT_TRUE(reader.search().empty());
  }
}

}  // namespace
}  // namespace understudy::provenance
