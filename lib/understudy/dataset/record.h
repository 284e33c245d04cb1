#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/face/geometry.h"
#include "understudy/face/pose.h"

namespace understudy::dataset {

/// One face of one frame: a line of faces.jsonl. Units and meaning stand in the field table below.
struct FaceRecord {
  std::string source;
  std::int64_t frame = 0;
  int face = 0;
  std::optional<std::int64_t> pts;
  face::Box box;
  double score = 0;
  std::string detector;
  std::string track;
  face::Affine crop_from_frame;
  std::string image;
  std::string sha256;
  // From align on:
  std::optional<face::Landmarks> landmarks;
  std::optional<std::vector<float>> landmark_confidence;
  std::optional<face::Affine> aligned_from_frame;
  std::optional<face::Pose> pose;
  std::optional<double> sharpness;
  std::optional<std::vector<float>> identity;
  std::string person;
  std::string mask;
  std::string mask_sha256;
  // From convert on:
  std::string model;
  std::optional<face::Affine> registration;
  Json unknown = Json::object();  ///< fields of newer programs, kept when the record is written again
};

/// One field of the record, for reading, writing and the format page.
struct Field {
  const char* name;
  const char* since;                            ///< the stage that writes it first, or "all"
  const char* meaning;                          ///< unit and meaning
  void (*write)(const FaceRecord&, Json& out);  ///< adds nothing when absent
  void (*read)(FaceRecord&, const Json& value);
  bool required;
};

/// To add one: a member above, a row in record.cpp, a row in docs/formats/dataset.md (a test compares them).
std::span<const Field> fields();

Json to_json(const FaceRecord& record);
/// Throws Error kFormat, naming `where`, when a field is missing, of a wrong type or not finite.
FaceRecord record_from_json(const Json& json, std::string_view where);
/// `record` as it stands inside its own picture: without the digests, which cannot be known there.
std::string embedded_text(FaceRecord record);

/// "001037_0": frame and face.
std::string face_name(const FaceRecord& record);

}  // namespace understudy::dataset
