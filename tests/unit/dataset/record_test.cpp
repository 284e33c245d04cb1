#include "understudy/dataset/record.h"

#include <limits>
#include <set>

#include "unit/core/scratch.h"
#include "unit/dataset/sample.h"

namespace understudy::dataset {
namespace {

FaceRecord whole_record() {
  FaceRecord record = aligned_record(1037, 2);
  record.image = "001037_2.png";
  record.sha256 = std::string(64, '1');
  record.person = "Ada";
  record.mask = "001037_2.mask.png";
  record.mask_sha256 = std::string(64, '2');
  record.model = std::string(64, '3');
  record.registration = face::Affine(1.01, 0.02, -3.5, -0.02, 1.01, 2.25);
  return record;
}

FaceRecord read_again(const Json& json) {
  return record_from_json(parse_json(json_text(json), "line"), "line");
}

TEST(Record, EveryFieldOfTheTableIsWrittenAndReadBack) {
  const Json json = to_json(whole_record());
  std::set<std::string> names;
  for (const Field& field : fields()) {
    EXPECT_TRUE(json.contains(field.name)) << field.name << " is not in the whole record";
    EXPECT_TRUE(names.insert(field.name).second) << field.name << " is in the table twice";
    EXPECT_STRNE(field.meaning, "");
  }
  EXPECT_EQ(json.size(), fields().size());
  EXPECT_EQ(to_json(read_again(json)), json);
  EXPECT_TRUE(read_again(json).unknown.empty());
}

TEST(Record, ReadsWhatWasWritten) {
  const FaceRecord record = whole_record(), again = read_again(to_json(record));
  EXPECT_EQ(again.source, "plate");
  EXPECT_EQ(again.frame, 1037);
  EXPECT_EQ(again.face, 2);
  EXPECT_EQ(again.pts, record.pts);
  EXPECT_EQ(again.box, record.box);
  EXPECT_EQ(again.crop_from_frame, record.crop_from_frame);
  EXPECT_EQ(again.landmarks, record.landmarks);
  EXPECT_EQ(again.landmark_confidence, record.landmark_confidence);
  EXPECT_EQ(again.aligned_from_frame, record.aligned_from_frame);
  EXPECT_EQ(again.pose->yaw_deg, 12.5);
  EXPECT_EQ(again.identity, record.identity);
  EXPECT_EQ(again.person, record.person);
}

TEST(Record, FieldsNotThereYetStayAbsent) {
  FaceRecord record = extracted_record(3);
  record.image = "000003_0.png";
  record.pts.reset();
  const FaceRecord again = read_again(to_json(record));
  EXPECT_FALSE(again.pts);
  EXPECT_FALSE(again.landmarks);
  EXPECT_FALSE(again.pose);
  EXPECT_FALSE(again.identity);
  EXPECT_EQ(again.mask, "");
  EXPECT_FALSE(to_json(again).contains("yaw_deg"));
}

TEST(Record, UnknownFieldsAreKept) {
  Json json = to_json(whole_record());
  json["hair"] = "p1";
  json["from_the_future"] = {{"deep", {1, 2, nullptr}}};
  const FaceRecord record = read_again(json);
  EXPECT_EQ(record.unknown.size(), 2u);
  EXPECT_EQ(to_json(record), json);
}

TEST(Record, EachRequiredFieldIsMissed) {
  for (const Field& field : fields()) {
    Json json = to_json(whole_record());
    json.erase(field.name);
    const bool part_of_pose = std::string(field.name).ends_with("_deg");
    if (field.required)
      expect_error(ErrorCode::kFormat, text("line: the field '", field.name, "' is missing"),
                   [&] { read_again(json); });
    else if (part_of_pose)
      expect_error(ErrorCode::kFormat, "a pose needs", [&] { read_again(json); });
    else
      EXPECT_NO_THROW(read_again(json)) << field.name;
  }
}

TEST(Record, EachFieldRefusesOtherTypes) {
  const std::vector<Json> values = {Json(true), Json::object(), Json::array(), Json::array({1, "x"}),
                                    Json(-1.5), Json("text"),   Json(nullptr)};
  const Json whole = to_json(whole_record());
  for (const Field& field : fields()) {
    for (const Json& value : values) {
      if (value.type() == whole[field.name].type() ||
          (value.is_number() && whole[field.name].is_number_float()))
        continue;
      if (std::string(field.name) == "pts" && value.is_null()) continue;
      Json json = whole;
      json[field.name] = value;
      expect_error(ErrorCode::kFormat, text("line: the field '", field.name, "': "),
                   [&] { read_again(json); });
    }
  }
}

TEST(Record, RefusesListsOfAnotherLengthAndNumbersThatDoNotFit) {
  const std::pair<const char*, Json> bad[] = {
      {"box", {1, 2, 3}},
      {"box", {1, 2, 3, 4, 5}},
      {"box", {1, 2, 3, 1e300}},
      {"box", {1, 2, 3, "4"}},
      {"crop_from_frame", {{1, 2, 3}}},
      {"crop_from_frame", {{1, 2, 3}, {1, 2}}},
      {"crop_from_frame", {1, 2, 3, 4, 5, 6}},
      {"landmarks", {{1, 2}}},
      {"landmark_confidence", {0.5}},
      {"identity", 5},
      {"identity", {1e60}},
      {"face", 3'000'000'000},
      {"face", -1},
      {"frame", 1.5},
      {"frame", 18446744073709551615ULL},
  };
  for (const auto& [name, value] : bad) {
    Json json = to_json(whole_record());
    json[name] = value;
    expect_error(ErrorCode::kFormat, "line: ", [&, n = name] {
      SCOPED_TRACE(n);
      read_again(json);
    });
  }
  expect_error(ErrorCode::kFormat, "not a JSON object", [] { record_from_json(Json::array(), "line"); });
}

TEST(Record, PictureNamesCannotLeaveTheShard) {
  for (const std::string& name : {std::string("../x.png"), std::string("/etc/passwd"), std::string("a/b.png"),
                                  std::string(".hidden"), std::string(""), std::string("."),
                                  std::string(".."), std::string("a\0b", 3), std::string(300, 'x')}) {
    Json json = to_json(whole_record());
    json["image"] = name;
    expect_error(ErrorCode::kFormat, "is not a plain file name", [&] { read_again(json); });
    if (name.empty()) continue;  // no mask
    json = to_json(whole_record());
    json["mask"] = name;
    expect_error(ErrorCode::kFormat, "is not a plain file name", [&] { read_again(json); });
  }
}

TEST(Record, NumbersThatAreNotFiniteCannotBeWrittenAndRead) {
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    FaceRecord record = whole_record();
    record.sharpness = value;
    expect_error(ErrorCode::kFormat, "sharpness", [&] { read_again(to_json(record)); });
    record = whole_record();
    (*record.landmarks)[5].x = static_cast<float>(value);
    expect_error(ErrorCode::kFormat, "landmarks", [&] { read_again(to_json(record)); });
  }
}

TEST(Record, RoundingIsStable) {
  FaceRecord record = whole_record();
  record.box = {0.1f, 1e30f, -123456.789f, 1e-30f};
  (*record.landmarks)[0] = {70000.015f, -0.004f};
  const Json once = to_json(read_again(to_json(record)));
  EXPECT_EQ(to_json(read_again(once)), once);
}

TEST(Record, TheEmbeddedTextHasNoDigests) {
  const Json json = parse_json(embedded_text(whole_record()), "embedded");
  EXPECT_FALSE(json.contains("sha256"));
  EXPECT_FALSE(json.contains("mask_sha256"));
  EXPECT_EQ(json["image"], "001037_2.png");
}

TEST(Record, IsNamedByFrameAndFace) {
  EXPECT_EQ(face_name(whole_record()), "001037_2");
  EXPECT_EQ(face_name(extracted_record(-3, 1)), "-000003_1");
}

}  // namespace
}  // namespace understudy::dataset
