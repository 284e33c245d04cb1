#include "understudy/stages/registration.h"

#include <opencv2/imgproc.hpp>

#include "stage/faces_sample.h"
#include "understudy/dataset/png.h"
#include "understudy/model/model_header.h"
#include "understudy/stages/aligned_faces.h"
#include "understudy/stages/train_people.h"

namespace understudy::stages {
namespace {

/// bruno as likeness and as performer: his face belongs where it is.
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
    header.places = places_of(people, 2);
    header.window = {0.75, 0.033};
    header.preset.network.likenesses = {"likeness"};
    header.preset.network.performers = {"performer"};
  }

  std::optional<Registration> registration(std::string& why_not) const {
    return Registration::make(header, "likeness", format, 2, why_not);
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

TEST(Registration, BringsAFaceBackThatWasDrawnElsewhere) {
  const Himself himself;
  std::string why_not;
  std::optional<Registration> registration = himself.registration(why_not);
  ASSERT_TRUE(registration) << why_not;
  constexpr double kTurn_deg = 4, kShift = 2;
  const cv::Point2d middle(63.5, 63.5);
  double turned = 0, left = 0;
  int faces = 0;
  for (const auto& [folder, record] : records_in(himself.dataset / "align" / "bruno")) {
    const cv::Mat picture = dataset::decode_png(read_file(folder / record.image), record.image);
    const face::Affine drawn = away(kTurn_deg, kShift);
    const auto places =
        registration->place({{picture, picture, &record}, {moved(picture, drawn), picture, &record}});
    ASSERT_TRUE(places[0] && places[1]) << record.frame;
    EXPECT_LT(cv::norm(cv::Matx23d(*places[0]) - cv::Matx23d(1, 0, 0, 0, 1, 0)), 1e-6);
    EXPECT_NEAR(face::scale_of(*places[1]), 1, 1e-9);
    turned += face::turn_of(*places[1]) * 180 / CV_PI;
    left += cv::norm(face::transform(face::compose(*places[1], drawn), middle) - middle);
    ++faces;
  }
  EXPECT_GE(faces, 12);
  EXPECT_NEAR(turned / faces, -kTurn_deg, 0.5);
  EXPECT_LT(left / faces, kShift / 4);
}

TEST(Registration, LeavesOutWhatIsMovedTooFarToBeMeant) {
  const Himself himself;
  std::string why_not;
  std::optional<Registration> registration = himself.registration(why_not);
  ASSERT_TRUE(registration) << why_not;
  const auto [folder, record] = records_in(himself.dataset / "align" / "bruno").front();
  const cv::Mat picture = dataset::decode_png(read_file(folder / record.image), record.image);
  dataset::FaceRecord unmarked = record;
  unmarked.landmarks.reset();
  for (const auto& place : registration->place({{moved(picture, away(25, 0)), picture, &record},
                                                {moved(picture, away(0, 20)), picture, &record},
                                                {picture, picture, &unmarked}}))
    EXPECT_FALSE(place);
  EXPECT_TRUE(registration->place({}).empty());
}

TEST(Registration, SaysWhyItCannotBe) {
  Himself himself;
  std::string why_not;
  const Json places = himself.header.places;
  himself.header.places = Json::object();
  EXPECT_FALSE(himself.registration(why_not));
  EXPECT_EQ(why_not, "the model does not know where the face of 'likeness' lies in the head");
  himself.header.places = places;
  himself.header.places["performers"] = Json::object();
  EXPECT_FALSE(himself.registration(why_not));
  EXPECT_EQ(why_not, "the model does not know where the face of the performer lies in the head");
  himself.header.preset.network.performers.push_back("another");
  EXPECT_FALSE(himself.registration(why_not));
  EXPECT_EQ(why_not, "the model knows 2 performers");
}

TEST(Registration, RefusesADamagedHeader) {
  Himself himself;
  std::string why_not;
  const Json places = himself.header.places;
  for (const Json& damaged : {Json(1e6), Json("low"), Json(nullptr)}) {
    himself.header.places = places;
    himself.header.places["likenesses"]["likeness"]["down"] = damaged;
    EXPECT_EQ(error_code([&] { himself.registration(why_not); }), static_cast<int>(ErrorCode::kFormat));
  }
  for (const Json& damaged : {Json("a face"), Json::array(), Json::object()}) {
    himself.header.places["likenesses"]["likeness"] = damaged;
    EXPECT_EQ(error_code([&] { himself.registration(why_not); }), static_cast<int>(ErrorCode::kFormat));
  }
}

}  // namespace
}  // namespace understudy::stages
