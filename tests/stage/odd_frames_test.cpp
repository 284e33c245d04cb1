#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>
#include <set>

#include "stage/faces_sample.h"
#include "understudy/dataset/png.h"

namespace understudy::stages {
namespace {

/// Frames that nobody would shoot.
class OddFrames : public testing::Test {
 protected:
  /// What extract finds in the pictures; nothing fails.
  std::vector<dataset::FaceRecord> faces_of(const std::vector<cv::Mat>& pictures) {
    fs::create_directories(folder_.path() / "plate");
    int number = 0;
    for (const cv::Mat& picture : pictures)
      write_file(folder_.path() / "plate" / text("plate.", frame_name(number++), ".png"),
                 dataset::encode_png(picture, ""));
    ExtractOptions options = extract_options(folder_.path(), "bruno", text("0-", pictures.size() - 1));
    options.inputs = {folder_.path() / "plate"};
    options.min_face_px = 48;
    QuietRun quiet;
    extract(options, quiet.run);
    EXPECT_EQ(quiet.report.failures(), 0u);
    std::vector<dataset::FaceRecord> out;
    for (auto& [folder, record] : records_in(options.dataset / "extract/plate"))
      out.push_back(std::move(record));
    return out;
  }

  TemporaryFolder folder_;
};

TEST_F(OddFrames, OfOnePixelHaveNoFace) {
  EXPECT_THAT(faces_of({cv::Mat(1, 1, CV_8UC3, cv::Scalar(70, 90, 120)),
                        cv::Mat(1, 1, CV_8UC3, cv::Scalar(0, 0, 0))}),
              testing::IsEmpty());
}

TEST_F(OddFrames, OfNoiseHaveFewFacesAtMost) {
  std::vector<cv::Mat> pictures;
  cv::RNG random(7);
  for (int i = 0; i < 4; ++i) {
    cv::Mat& picture = pictures.emplace_back(240, 320, CV_8UC3);
    random.fill(picture, cv::RNG::UNIFORM, 0, 256);
    if (i >= 2) cv::GaussianBlur(picture, picture, {}, 4);
  }
  EXPECT_LE(faces_of(pictures).size(), 1u);
}

TEST_F(OddFrames, OfACrowdGiveEachFaceOnce) {
  constexpr int kColumns = 20, kRows = 10, kTile = 100;
  const std::vector<media::Frame> ada = read_frames(cast_file("ada.mp4"), 3),
                                  bruno = read_frames(cast_file("bruno.mp4"), 3);
  cv::Mat crowd(kRows * kTile, kColumns * kTile, CV_8UC3);
  for (int i = 0; i < kColumns * kRows; ++i) {
    const auto& clip = i % 3 == 0 ? ada : bruno;
    const cv::Rect head(60, 60, 360, 360);
    cv::Mat tile = crowd(cv::Rect(i % kColumns * kTile, i / kColumns * kTile, kTile, kTile));
    cv::resize(clip[static_cast<std::size_t>(i % 2)].picture.bgr8()(head), tile, tile.size(), 0, 0,
               cv::INTER_AREA);
  }
  const std::vector<dataset::FaceRecord> faces = faces_of({crowd});
  EXPECT_GE(faces.size(), 190u);
  std::set<std::string> tracks;
  std::set<std::pair<int, int>> tiles;
  for (const dataset::FaceRecord& face : faces) {
    tracks.insert(face.track);
    const cv::Point2f middle = (face.box.tl() + face.box.br()) / 2;
    tiles.emplace(static_cast<int>(middle.x) / kTile, static_cast<int>(middle.y) / kTile);
  }
  EXPECT_EQ(tracks.size(), faces.size());
  EXPECT_EQ(tiles.size(), faces.size()) << "two faces in one tile";
}

}  // namespace
}  // namespace understudy::stages
