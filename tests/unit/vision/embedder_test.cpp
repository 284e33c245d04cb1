#include "understudy/vision/embedder.h"

#include <gtest/gtest.h>

#include <numeric>
#include <opencv2/imgproc.hpp>

#include "understudy/core/error.h"
#include "understudy/vision/warp.h"
#include "unit/vision/stills.h"

namespace understudy::vision {
namespace {

namespace fs = std::filesystem;

/// A folder in which our own network stands for somebody else's, as `identity.onnx`.
class ModelFolder {
 public:
  explicit ModelFolder(const char* network = "understudy_identity.onnx") {
    path_ = fs::temp_directory_path() / temporary_name("embedder");
    fs::create_directory(path_);
    fs::copy_file(fs::path(PROJECT_ROOT) / "lib/understudy/vision/models" / network, path_ / "identity.onnx");
  }
  ~ModelFolder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct Still {
  cv::Mat picture;
  face::Landmarks landmarks;
};

Still still(const std::string& clip, int frame) {
  return {read_still(clip + "_" + std::to_string(frame)), still_truth(clip, frame)};
}

/// Turned by 15 degrees, smaller and darker.
Still changed(const Still& from) {
  const cv::Mat turn = cv::getRotationMatrix2D({120, 120}, 15, 0.8);
  const face::Affine map(turn.ptr<double>());
  Still out{warp(from.picture, map, from.picture.size()), face::transform(map, from.landmarks)};
  out.picture.convertTo(out.picture, -1, 0.7, 5);
  return out;
}

TEST(Embedders, TellAdaFromBrunoOnTheStills) {
  const ModelFolder folder;
  const Still ada = still("ada", 0), bruno = still("bruno", 46);
  for (const auto& entry : embedders()) {
    const auto embedder = entry.value({entry.name == "onnx" ? folder.path() : fs::path()});
    const auto of = [&](const Still& s) { return embedder->embed(s.picture, s.landmarks); };
    const face::Identity a = of(ada), b = of(bruno);
    EXPECT_NEAR(std::inner_product(a.begin(), a.end(), a.begin(), 0.0), 1, 1e-4) << entry.name;
    EXPECT_GT(face::likeness(a, of(changed(ada))), face::likeness(a, b) + 0.1) << entry.name;
    EXPECT_GT(face::likeness(b, of(changed(bruno))), face::likeness(a, b) + 0.1) << entry.name;
    EXPECT_EQ(embedder->twin()->embed(ada.picture, ada.landmarks), a) << entry.name;
    EXPECT_EQ(embedder->twin()->name(), embedder->name());
    EXPECT_TRUE(embedder->name().starts_with(entry.name));
    EXPECT_TRUE(embedder->same_person() > 0 && embedder->same_person() < 1);
  }
}

TEST(Embedders, OursTakesThemForTwoPeople) {
  const auto embedder = embedders().at("understudy")({});
  const Still ada = still("ada", 0), bruno = still("bruno", 46);
  const face::Identity a = embedder->embed(ada.picture, ada.landmarks);
  EXPECT_LT(face::likeness(a, embedder->embed(bruno.picture, bruno.landmarks)), embedder->same_person());
  const Still again = changed(ada);
  EXPECT_GT(face::likeness(a, embedder->embed(again.picture, again.landmarks)), embedder->same_person());
}

TEST(Embedders, TheViewHasEyesAndMouthInTheirPlaces) {
  Still drawn = still("ada", 0);
  for (int i = 36; i < 42; ++i) cv::circle(drawn.picture, drawn.landmarks[i], 2, {0, 0, 255}, -1);
  const cv::Mat view = identity_view(drawn.picture, drawn.landmarks, 112);
  ASSERT_EQ(view.size(), cv::Size(112, 112));
  cv::Mat red;
  cv::inRange(view, cv::Scalar(0, 0, 150), cv::Scalar(90, 90, 255), red);
  const cv::Moments m = cv::moments(red, true);
  EXPECT_NEAR(m.m10 / m.m00, 38.3, 4);
  EXPECT_NEAR(m.m01 / m.m00, 51.7, 4);
}

/// A field of a protobuf message that holds bytes.
std::string bytes_field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

std::string number_field(int number, int value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}

/// A network that gives the mean of each of the three channels.
std::string three_numbers_onnx() {
  std::string shape;
  for (const int side : {1, 3, 112, 112}) shape += bytes_field(1, number_field(1, side));
  const std::string type = bytes_field(1, number_field(1, 1) + bytes_field(2, shape));
  const auto value = [&](const char* name) { return bytes_field(1, name) + bytes_field(2, type); };
  const std::string node = bytes_field(1, "x") + bytes_field(2, "y") + bytes_field(4, "GlobalAveragePool");
  const std::string graph =
      bytes_field(1, node) + bytes_field(2, "g") + bytes_field(11, value("x")) + bytes_field(12, value("y"));
  return number_field(1, 7) + bytes_field(7, graph) + bytes_field(8, number_field(2, 11));
}

template <class Work>
void expect_error(ErrorCode code, const std::string& words, Work work) {
  try {
    work();
    ADD_FAILURE() << "nothing was thrown for " << words;
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code);
    EXPECT_NE(e.message().find(words), std::string::npos) << e.message();
    EXPECT_FALSE(e.hint().empty() && code != ErrorCode::kFormat) << e.message();
  }
}

TEST(Embedders, RefuseWhatTheyCannotUse) {
  const auto make = [](const fs::path& folder) { embedders().at("onnx")({folder}); };
  expect_error(ErrorCode::kInput, "needs --model-dir", [&] { make({}); });
  expect_error(ErrorCode::kInput, "identity.onnx", [&] { make("/nowhere"); });
  const ModelFolder other("understudy_face.onnx");
  expect_error(ErrorCode::kFormat, "is not a usable network", [&] { make(other.path()); });
  write_file(other.path() / "identity.onnx", three_numbers_onnx());
  expect_error(ErrorCode::kFormat, "gives 3 numbers for a face", [&] { make(other.path()); });
  write_file(other.path() / "identity.onnx", "no network");
  expect_error(ErrorCode::kFormat, "is not a usable network", [&] { make(other.path()); });
  const auto embedder = embedders().at("understudy")({});
  const Still ada = still("ada", 0);
  expect_error(ErrorCode::kFormat, "empty", [&] { embedder->embed({}, ada.landmarks); });
  expect_error(ErrorCode::kFormat, "one place", [&] { embedder->embed(ada.picture, {}); });
}

}  // namespace
}  // namespace understudy::vision
