#include "understudy/stages/registration.h"

#include <opencv2/imgproc.hpp>

#include "stage/faces_sample.h"
#include "understudy/dataset/png.h"
#include "understudy/model/model_header.h"
#include "understudy/stages/aligned_faces.h"
#include "understudy/stages/train_people.h"

namespace understudy::stages {
namespace {

/// bruno as likeness and as performer: his faces belong where they are.
struct Himself {
  TemporaryFolder folder;
  fs::path dataset = folder.path() / "bruno";
  model::ModelHeader header;
  CropFormat format;

  Himself() {
    QuietRun quiet;
    extract(extract_options(folder.path(), "bruno", "0-59x4"), quiet.run);
    align(align_options(dataset), quiet.run);
    TrainedPerson person;
    person.name = "performer";
    person.faces = std::make_shared<AlignedFaces>(std::vector{dataset::Dataset::open(dataset)});
    TrainedPeople people;
    people.performers = {person};
    person.name = "likeness";
    people.likenesses = {person};
    format = people.format();
    header.heads = heads_of(people);
    header.window = {0.75, 0.033};
    header.preset.network.likenesses = {"likeness"};
    header.preset.network.performers = {"performer"};
  }

  std::optional<Registration> registration(std::string& why_not) const {
    return Registration::make(header, "likeness", format, "dlib68", {}, why_not);
  }
};

cv::Mat moved(const cv::Mat& picture, const face::Affine& by) {
  cv::Mat out;
  cv::warpAffine(picture, out, by, picture.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return out;
}

/// A turn about the middle of a crop of 128 pixels, and a shift.
face::Affine away(double turn_deg, double shift) {
  const cv::Mat map = cv::getRotationMatrix2D({63.5, 63.5}, -turn_deg, 1);
  face::Affine out(map.ptr<double>());
  out(0, 2) += shift;
  return out;
}

TEST(Registration, TurnsAFaceBackThatWasDrawnTurned) {
  const Himself himself;
  std::string why_not;
  std::optional<Registration> registration = himself.registration(why_not);
  ASSERT_TRUE(registration) << why_not;
  constexpr double kTurn_deg = 4;
  double still = 0, back = 0;
  int faces = 0;
  for (const auto& [folder, record] : records_in(himself.dataset / "align" / "bruno")) {
    const cv::Mat picture = dataset::decode_png(read_file(folder / record.image), record.image);
    const auto here = registration->place(picture, record);
    const auto there = registration->place(moved(picture, away(kTurn_deg, 2)), record);
    ASSERT_TRUE(here && there) << record.frame;
    still += std::abs(face::turn_of(*here)) * 180 / CV_PI;
    back += face::turn_of(*there) * 180 / CV_PI;
    EXPECT_LT(cv::norm(face::transform(*there, {63.5, 63.5}) - cv::Point2d(63.5, 63.5)), 1e-6);
    ++faces;
  }
  EXPECT_GE(faces, 12);
  EXPECT_LT(still / faces, 0.6);
  EXPECT_NEAR(back / faces, -kTurn_deg, 1);
}

TEST(Registration, LeavesOutWhatIsTurnedTooFarToBeMeant) {
  const Himself himself;
  std::string why_not;
  std::optional<Registration> registration = himself.registration(why_not);
  ASSERT_TRUE(registration) << why_not;
  const auto [folder, record] = records_in(himself.dataset / "align" / "bruno").front();
  const cv::Mat picture = dataset::decode_png(read_file(folder / record.image), record.image);
  EXPECT_FALSE(registration->place(moved(picture, away(25, 0)), record));
  dataset::FaceRecord unmarked = record;
  unmarked.landmarks.reset();
  EXPECT_FALSE(registration->place(picture, unmarked));
}

TEST(Registration, SaysWhyItCannotBe) {
  Himself himself;
  std::string why_not;
  Json heads = himself.header.heads;
  himself.header.heads = Json::object();
  EXPECT_FALSE(himself.registration(why_not));
  EXPECT_EQ(why_not, "the model does not know the shape of the head of 'likeness'");
  himself.header.heads = heads;
  himself.header.heads["performers"] = Json::object();
  EXPECT_FALSE(himself.registration(why_not));
  EXPECT_EQ(why_not, "the model does not know the shape of the performer's head");
  himself.header.preset.network.performers.push_back("another");
  EXPECT_FALSE(himself.registration(why_not));
  EXPECT_EQ(why_not, "the model knows 2 performers");
  himself.header.preset.network.performers.pop_back();
  himself.header.heads = heads;
  himself.header.heads["likenesses"]["likeness"][3] = {0, 0, 1e6};
  EXPECT_EQ(error_code([&] { himself.registration(why_not); }), static_cast<int>(ErrorCode::kFormat));
  himself.header.heads = heads;
  for (Json& point : himself.header.heads["performers"]["performer"]) point = {0, 0, 0};
  EXPECT_EQ(error_code([&] { himself.registration(why_not); }), static_cast<int>(ErrorCode::kFormat));
  himself.header.heads["likenesses"]["likeness"] = Json::array();
  EXPECT_EQ(error_code([&] { himself.registration(why_not); }), static_cast<int>(ErrorCode::kFormat));
  himself.header.heads["likenesses"]["likeness"] = "a face";
  EXPECT_EQ(error_code([&] { himself.registration(why_not); }), static_cast<int>(ErrorCode::kFormat));
}

}  // namespace
}  // namespace understudy::stages
