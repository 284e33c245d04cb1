#include "understudy/vision/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "understudy/core/sha256.h"
#include "understudy/vision/detector/doubles.h"
#include "understudy/vision/detector/second_look.h"
#include "understudy/vision/model_files.h"
#include "understudy/vision/network.h"
#include "understudy/vision/workers.h"
#include "unit/vision/stills.h"

namespace understudy::vision {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Every detector of the table whose files are here.
std::vector<std::string> usable_detectors() {
  std::vector<std::string> out;
  for (const auto& entry : detectors())
    if (entry.name != "yunet" || !model_dir().empty()) out.push_back(entry.name);
  return out;
}

std::unique_ptr<Detector> make(const std::string& name, int min_face_px = 60) {
  return detectors().at(name)({min_face_px, model_dir()});
}

/// The square that detectors give: about 1.9 eye distances around the nose bridge's lower end.
face::Box expected_box(const face::Landmarks& truth) {
  const cv::Point2f centre = (truth[29] + truth[33]) / 2;
  const float side = 1.9f * static_cast<float>(face::interocular(truth));
  return {centre.x - side / 2, centre.y - side / 2, side, side};
}

TEST(Detectors, FindTheOneFaceOfEachStill) {
  for (const std::string& name : usable_detectors()) {
    const auto detector = make(name);
    for (const auto& [clip, frame] : {std::pair{"ada", 0}, std::pair{"bruno", 46}}) {
      const auto found = detector->detect(read_still(text(clip, "_", frame)), detector->sure_score());
      ASSERT_EQ(found.size(), 1u) << name << " " << clip;
      EXPECT_GE(found[0].score, detector->sure_score());
      EXPECT_LE(found[0].score, 1);
      const double limit = name == "understudy" ? 0.33 : 0.5;  // of a turned head its square is too large
      EXPECT_GT(face::intersection_over_union(found[0].box, expected_box(still_truth(clip, frame))), limit)
          << name << " " << clip << " " << found[0].box;
    }
  }
}

TEST(Detectors, GiveNoFaceTwiceAndNoPartOfOne) {
  const Detection face{{100, 100, 100, 100}, 0.9, {}}, again{{130, 110, 100, 100}, 0.95, {}},
      mouth{{130, 160, 40, 40}, 0.8, {}}, beside{{190, 100, 60, 60}, 0.7, {}},
      around{{50, 50, 240, 240}, 0.6, {}};
  const auto found = without_doubles({face, again, mouth, beside, around});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].box, again.box);
  EXPECT_EQ(found[1].box, beside.box);
  EXPECT_EQ(found[2].box, around.box) << "what is larger than a better one is no part of it";
}

/// Takes whatever it was told to for faces.
class FixedDetector final : public Detector {
 public:
  explicit FixedDetector(std::vector<Detection> found) : found_(std::move(found)) {}
  std::vector<Detection> detect(const cv::Mat&, double) override { return found_; }
  double sure_score() const override { return kBeyondDoubt; }
  std::unique_ptr<Detector> twin() const override { return std::make_unique<FixedDetector>(found_); }

 private:
  std::vector<Detection> found_;
};

Detection find_at(const face::Box& box, double score) {
  const auto at = [&](float x, float y) {
    return cv::Point2f(box.x + x * box.width, box.y + y * box.height);
  };
  return {box, score,
          std::array{at(0.3f, 0.4f), at(0.7f, 0.4f), at(0.5f, 0.6f), at(0.35f, 0.8f), at(0.65f, 0.8f)}};
}

TEST(Detectors, ASecondLookTellsFacesFromOtherThings) {
  const cv::Mat still = read_still("ada_0");
  const face::Box face = expected_box(still_truth("ada", 0));
  const face::Box hair(face.x, face.y - 0.75f * face.height, face.width, face.height);
  for (const double score : {0.45, 0.6}) {
    const auto twice = with_second_look(
        std::make_unique<FixedDetector>(std::vector{find_at(hair, score), find_at(face, score)}),
        FaceNetwork({}));
    const auto found = twice->detect(still, twice->sure_score());
    ASSERT_EQ(found.size(), 1u) << score;
    EXPECT_EQ(found[0].box, face);
  }
  const auto sure = with_second_look(
      std::make_unique<FixedDetector>(std::vector{find_at(hair, kBeyondDoubt)}), FaceNetwork({}));
  EXPECT_EQ(sure->detect(still, sure->sure_score()).size(), 1u) << "what is beyond doubt is not looked at";
}

TEST(Detectors, ALargeBoxAroundAFaceIsNoSecondFace) {
  const cv::Mat still = read_still("ada_0");
  const face::Box face = expected_box(still_truth("ada", 0));
  const face::Box around(face.x - 0.45f * face.width, face.y - 0.45f * face.height, 1.9f * face.width,
                         1.9f * face.height);
  const auto alone =
      with_second_look(std::make_unique<FixedDetector>(std::vector{find_at(around, 0.7)}), FaceNetwork({}));
  EXPECT_EQ(alone->detect(still, alone->sure_score()).size(), 1u) << "it shows a face";
  const auto both =
      with_second_look(std::make_unique<FixedDetector>(std::vector{find_at(face, 0.8), find_at(around, 0.7)}),
                       FaceNetwork({}));
  const auto found = both->detect(still, 0.1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].box, face);
}

TEST(Detectors, AChanceGrowsWithTheScoreAndFallsWithTheError) {
  EXPECT_GT(chance_of_face(0.6, 0.04), chance_of_face(0.4, 0.04));
  EXPECT_LT(chance_of_face(0.6, 0.08), chance_of_face(0.6, 0.04));
  for (const double score : {0.0, 1.0})
    for (const double error : {0.0, 1e9}) {
      const double chance = chance_of_face(score, error);
      EXPECT_TRUE(chance >= 0 && chance <= 1) << score << " " << error;
    }
}

TEST(Detectors, FindNothingWhereNothingIs) {
  cv::Mat noise(300, 400, CV_8UC3);
  cv::RNG random(1);
  random.fill(noise, cv::RNG::UNIFORM, 0, 256);
  for (const std::string& name : usable_detectors()) {
    const auto detector = make(name);
    EXPECT_TRUE(detector->detect(noise, detector->sure_score()).empty()) << name;
    EXPECT_TRUE(detector->detect(cv::Mat(200, 300, CV_8UC3, cv::Scalar::all(90)), 0.3).empty()) << name;
    for (const cv::Size size : {cv::Size(0, 0), cv::Size(1, 1), cv::Size(3, 900)})
      EXPECT_TRUE(detector->detect(cv::Mat(size, CV_8UC3, cv::Scalar::all(9)), 0.3).empty())
          << name << " " << size;
  }
}

TEST(Detectors, KeepToTheSmallestFace) {
  cv::Mat small;
  cv::resize(read_still("ada_0"), small, {}, 0.35, 0.35, cv::INTER_AREA);  // a face of about 36 pixels
  cv::copyMakeBorder(small, small, 60, 60, 60, 60, cv::BORDER_REPLICATE);
  for (const std::string& name : usable_detectors()) {
    EXPECT_EQ(make(name, 25)->detect(small, 0.5).size(), 1u) << name;
    EXPECT_TRUE(make(name, 80)->detect(small, 0.5).empty()) << name;
  }
}

TEST(Detectors, FindASmallFaceInALargePicture) {
  cv::Mat small, large(1400, 2600, CV_8UC3, cv::Scalar(70, 90, 80));
  cv::resize(read_still("ada_0"), small, {}, 0.5, 0.5, cv::INTER_AREA);  // a face of about 50 pixels
  small.copyTo(large(cv::Rect({2300, 1150}, small.size())));
  for (const std::string& name : usable_detectors()) {
    if (name == "dlib") continue;  // seconds
    const auto found = make(name, 30)->detect(large, 0.5);
    ASSERT_EQ(found.size(), 1u) << name;
    EXPECT_NEAR(found[0].box.x + found[0].box.width / 2, 2300 + small.cols / 2, 20);
  }
}

TEST(Detectors, TwinsGiveTheSameOnAnyThread) {
  for (const std::string& name : usable_detectors()) {
    auto workers = make_twins(make(name), 3);
    ASSERT_EQ(workers.size(), 3u);
    const cv::Mat picture = read_still("ada_0");
    std::vector<std::vector<Detection>> found(9);
    share_out(workers, 9, [&](Detector& detector, std::int64_t i) {
      found[static_cast<std::size_t>(i)] = detector.detect(picture, 0.5);
    });
    for (const auto& other : found) {
      ASSERT_EQ(other.size(), 1u);
      EXPECT_EQ(other[0].box, found[0][0].box) << name;
      EXPECT_EQ(other[0].score, found[0][0].score) << name;
    }
  }
}

TEST(Detectors, RefuseSizesOutOfRange) {
  for (const auto& entry : detectors())
    for (int size : {0, -5, kMinFacePx - 1, kMaxFacePx + 1})
      EXPECT_THROW(entry.value({size, model_dir()}), Error) << entry.name << " " << size;
  EXPECT_THROW(detectors().at("eyes"), Error);
}

class ModelFiles : public testing::Test {
 protected:
  ModelFiles() : folder_(fs::temp_directory_path() / temporary_name("understudy-vision-test")) {
    fs::create_directories(folder_);
  }
  ~ModelFiles() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(ModelFiles, AMissingOneIsNamedWithItsOriginAndLicence) {
  for (const ModelFile& file : model_files()) {
    EXPECT_EQ(std::string(file.sha256).size(), 64u);
    for (const fs::path& where : {fs::path(), folder_}) {
      try {
        find_model_file(file.name, where);
        FAIL() << file.name;
      } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::kInput);
        EXPECT_THAT(e.message(), HasSubstr(file.name));
        EXPECT_THAT(e.hint(), HasSubstr(file.origin));
        EXPECT_THAT(e.hint(), HasSubstr(file.licence));
        EXPECT_THAT(e.hint(), HasSubstr("--model-dir"));
      }
    }
  }
  EXPECT_THROW(find_model_file("other.onnx", folder_), Error);
}

TEST_F(ModelFiles, TheTestedOnesHaveTheDigestsOfTheTable) {
  if (model_dir().empty()) GTEST_SKIP() << "no UNDERSTUDY_MODEL_DIR";
  for (const ModelFile& file : model_files()) {
    if (!fs::exists(model_dir() / file.name)) continue;
    EXPECT_EQ(sha256_file(model_dir() / file.name), file.sha256) << file.name;
  }
}

struct Files {
  const char* detector;
  std::vector<std::string> names;
};
const std::vector<Files> kNetworkFiles = {{"yunet", {"yunet_n_320_320.onnx", "yunet_n_640_640.onnx"}},
                                          {"understudy", {"understudy_detector.onnx"}}};

TEST_F(ModelFiles, ADamagedNetworkIsRefused) {
  for (const Files& files : kNetworkFiles)
    for (const char* content : {"", "no network", "\x08\x07\x12\x04"}) {
      for (const std::string& name : files.names) write_file(folder_ / name, content);
      try {
        detectors().at(files.detector)({80, folder_});
        FAIL();
      } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::kFormat) << e.message();
        EXPECT_THAT(e.message(), HasSubstr(files.names.front()));
      }
    }
}

TEST_F(ModelFiles, AnotherNetworkIsRefusedWhenItIsUsed) {
  const fs::path another = find_shipped_model_file("understudy_face.onnx", {});
  for (const Files& files : kNetworkFiles) {
    for (const std::string& name : files.names) fs::copy_file(another, folder_ / name);
    try {
      const auto detector = detectors().at(files.detector)({80, folder_});
      detector->detect(read_still("ada_0"), 0.5);
      FAIL() << files.detector;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kFormat) << e.message();
      EXPECT_THAT(e.message(), HasSubstr(files.names.front()));
    }
  }
}

}  // namespace
}  // namespace understudy::vision
