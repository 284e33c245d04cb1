#include "understudy/dataset/record.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "understudy/core/frames.h"

namespace understudy::dataset {
namespace {

/// Numbers too large for a fraction stay as they are.
double rounded(double value, double steps) {
  return std::abs(value) < 1e12 ? std::round(value * steps) / steps : value;
}

const Json& list_of(std::size_t size, const Json& value) {
  if (!value.is_array() || value.size() != size)
    throw Error(ErrorCode::kFormat,
                text("a list of ", size, " was expected, found ", json_text(value).substr(0, 40)));
  return value;
}

template <class T, std::size_t N>
std::array<T, N> numbers(const Json& value) {
  list_of(N, value);
  std::array<T, N> out;
  for (std::size_t i = 0; i < N; ++i) out[i] = json_as<T>(value[i]);
  return out;
}

Json affine_json(const face::Affine& m) {
  return Json::array({Json::array({m(0, 0), m(0, 1), m(0, 2)}), Json::array({m(1, 0), m(1, 1), m(1, 2)})});
}

face::Affine affine_from(const Json& value) {
  list_of(2, value);
  const auto a = numbers<double, 3>(value[0]), b = numbers<double, 3>(value[1]);
  return {a[0], a[1], a[2], b[0], b[1], b[2]};
}

std::vector<float> floats(const Json& value) {
  if (!value.is_array()) throw Error(ErrorCode::kFormat, "a list of numbers was expected");
  std::vector<float> out;
  for (const Json& entry : value) out.push_back(json_as<float>(entry));
  return out;
}

Json landmarks_json(const face::Landmarks& landmarks) {
  Json out = Json::array();
  for (cv::Point2f p : landmarks) out.push_back({rounded(p.x, 100), rounded(p.y, 100)});
  return out;
}

face::Landmarks landmarks_from(const Json& value) {
  list_of(face::kLandmarkCount, value);
  face::Landmarks out;
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    const auto p = numbers<float, 2>(value[i]);
    out[i] = {p[0], p[1]};
  }
  return out;
}

face::Pose& pose_of(FaceRecord& record) {
  if (!record.pose) record.pose.emplace();
  return *record.pose;
}

using R = FaceRecord;
constexpr bool kRequired = true, kOptional = false;

const std::array kFields = {
    Field{"source", "extract", "id of the source the face was found in",
          [](const R& r, Json& o) { o["source"] = r.source; },
          [](R& r, const Json& v) { r.source = json_as<std::string>(v); }, kRequired},
    Field{"frame", "extract", "frame number, the source's own",
          [](const R& r, Json& o) { o["frame"] = r.frame; },
          [](R& r, const Json& v) { r.frame = json_as<std::int64_t>(v); }, kRequired},
    Field{"face", "extract", "number of the face in its frame, from 0",
          [](const R& r, Json& o) { o["face"] = r.face; },
          [](R& r, const Json& v) { r.face = json_as<int>(v); }, kRequired},
    Field{"pts", "extract", "timestamp in the source's time base, null for picture sequences",
          [](const R& r, Json& o) { o["pts"] = r.pts ? Json(*r.pts) : Json(nullptr); },
          [](R& r, const Json& v) {
            if (!v.is_null()) r.pts = json_as<std::int64_t>(v);
          },
          kOptional},
    Field{"box", "extract", "x, y, width, height in plate pixels",
          [](const R& r, Json& o) {
            o["box"] = {rounded(r.box.x, 100), rounded(r.box.y, 100), rounded(r.box.width, 100),
                        rounded(r.box.height, 100)};
          },
          [](R& r, const Json& v) {
            const auto b = numbers<float, 4>(v);
            r.box = {b[0], b[1], b[2], b[3]};
          },
          kRequired},
    Field{"score", "extract", "the detector's confidence, 0 to 1",
          [](const R& r, Json& o) { o["score"] = rounded(r.score, 1e4); },
          [](R& r, const Json& v) { r.score = json_as<double>(v); }, kOptional},
    Field{"detector", "extract",
          "name of the detector; `followed` after it when the face was found by following",
          [](const R& r, Json& o) { o["detector"] = r.detector; },
          [](R& r, const Json& v) { r.detector = json_as<std::string>(v); }, kOptional},
    Field{"track", "extract", "the same person through a shot; a cut ends a track",
          [](const R& r, Json& o) { o["track"] = r.track; },
          [](R& r, const Json& v) { r.track = json_as<std::string>(v); }, kOptional},
    Field{"crop_from_frame", "extract", "2x3, plate pixels to context-crop pixels",
          [](const R& r, Json& o) { o["crop_from_frame"] = affine_json(r.crop_from_frame); },
          [](R& r, const Json& v) { r.crop_from_frame = affine_from(v); }, kRequired},
    Field{"image", "all", "file name of the picture", [](const R& r, Json& o) { o["image"] = r.image; },
          [](R& r, const Json& v) { r.image = json_as<std::string>(v); }, kRequired},
    Field{"sha256", "all", "digest of the picture's file",
          [](const R& r, Json& o) {
            if (!r.sha256.empty()) o["sha256"] = r.sha256;
          },
          [](R& r, const Json& v) { r.sha256 = json_as<std::string>(v); }, kOptional},
    Field{"landmarks", "align", "68 points (x, y) in plate pixels, two decimals",
          [](const R& r, Json& o) {
            if (r.landmarks) o["landmarks"] = landmarks_json(*r.landmarks);
          },
          [](R& r, const Json& v) { r.landmarks = landmarks_from(v); }, kOptional},
    Field{"landmark_confidence", "align", "68 numbers 0 to 1, where the landmarker gives them",
          [](const R& r, Json& o) {
            if (!r.landmark_confidence) return;
            Json& list = o["landmark_confidence"] = Json::array();
            for (float confidence : *r.landmark_confidence) list.push_back(rounded(confidence, 1e4));
          },
          [](R& r, const Json& v) { r.landmark_confidence = floats(list_of(face::kLandmarkCount, v)); },
          kOptional},
    Field{"aligned_from_frame", "align",
          "2x3, plate pixels to aligned-crop pixels; crop family and size are in shard.json",
          [](const R& r, Json& o) {
            if (r.aligned_from_frame) o["aligned_from_frame"] = affine_json(*r.aligned_from_frame);
          },
          [](R& r, const Json& v) { r.aligned_from_frame = affine_from(v); }, kOptional},
    Field{"yaw_deg", "align", "head turned to the picture's right, degrees",
          [](const R& r, Json& o) {
            if (r.pose) o["yaw_deg"] = rounded(r.pose->yaw_deg, 100);
          },
          [](R& r, const Json& v) { pose_of(r).yaw_deg = json_as<double>(v); }, kOptional},
    Field{"pitch_deg", "align", "chin lifted, degrees",
          [](const R& r, Json& o) {
            if (r.pose) o["pitch_deg"] = rounded(r.pose->pitch_deg, 100);
          },
          [](R& r, const Json& v) { pose_of(r).pitch_deg = json_as<double>(v); }, kOptional},
    Field{"roll_deg", "align", "head tilted counter-clockwise in the picture, degrees",
          [](const R& r, Json& o) {
            if (r.pose) o["roll_deg"] = rounded(r.pose->roll_deg, 100);
          },
          [](R& r, const Json& v) { pose_of(r).roll_deg = json_as<double>(v); }, kOptional},
    Field{"sharpness", "align", "variance of the Laplacian of the aligned face's luma at 128 pixels a side",
          [](const R& r, Json& o) {
            if (r.sharpness) o["sharpness"] = rounded(*r.sharpness, 100);
          },
          [](R& r, const Json& v) { r.sharpness = json_as<double>(v); }, kOptional},
    Field{"identity", "align", "unit-length embedding, three decimals, or absent",
          [](const R& r, Json& o) {
            if (!r.identity) return;
            Json list = Json::array();
            for (float value : *r.identity) list.push_back(rounded(value, 1e3));
            o["identity"] = std::move(list);
          },
          [](R& r, const Json& v) { r.identity = floats(v); }, kOptional},
    Field{"person", "align", "who it is: the name that a correction gives, else the id of the person",
          [](const R& r, Json& o) {
            if (!r.person.empty()) o["person"] = r.person;
          },
          [](R& r, const Json& v) { r.person = json_as<std::string>(v); }, kOptional},
    Field{"mask", "align", "file name of the mask, 8 bits grey",
          [](const R& r, Json& o) {
            if (!r.mask.empty()) o["mask"] = r.mask;
          },
          [](R& r, const Json& v) { r.mask = json_as<std::string>(v); }, kOptional},
    Field{"mask_sha256", "align", "digest of the mask's file",
          [](const R& r, Json& o) {
            if (!r.mask_sha256.empty()) o["mask_sha256"] = r.mask_sha256;
          },
          [](R& r, const Json& v) { r.mask_sha256 = json_as<std::string>(v); }, kOptional},
    Field{"model", "convert", "digest of the model's weights that made the picture",
          [](const R& r, Json& o) {
            if (!r.model.empty()) o["model"] = r.model;
          },
          [](R& r, const Json& v) { r.model = json_as<std::string>(v); }, kOptional},
    Field{"registration", "convert",
          "2x3, from the swapped crop's pixels to where its content belongs in the aligned crop",
          [](const R& r, Json& o) {
            if (r.registration) o["registration"] = affine_json(*r.registration);
          },
          [](R& r, const Json& v) { r.registration = affine_from(v); }, kOptional},
};

/// A file name inside the shard, never a path out of it.
void check_file_name(const std::string& name, std::string_view where) {
  constexpr std::size_t kMaxName = 255;
  if (name.empty() || name.size() > kMaxName || name.front() == '.' || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos)
    throw Error(ErrorCode::kFormat, text(where, ": '", name.substr(0, 80), "' is not a plain file name"));
}

/// What one field alone cannot show.
void check_together(const FaceRecord& record, const Json& json, std::string_view where) {
  if (record.face < 0)
    throw Error(ErrorCode::kFormat, text(where, ": the face number ", record.face, " is below 0"));
  const auto angles = json.contains("yaw_deg") + json.contains("pitch_deg") + json.contains("roll_deg");
  if (angles != 0 && angles != 3)
    throw Error(ErrorCode::kFormat, text(where, ": a pose needs yaw_deg, pitch_deg and roll_deg, ", angles,
                                         " of them are there"));
  check_file_name(record.image, where);
  if (!record.mask.empty()) check_file_name(record.mask, where);
}

}  // namespace

std::span<const Field> fields() {
  return kFields;
}

Json to_json(const FaceRecord& record) {
  Json out = Json::object();
  for (const Field& field : kFields) field.write(record, out);
  out.update(record.unknown);
  return out;
}

FaceRecord record_from_json(const Json& json, std::string_view where) {
  if (!json.is_object()) throw Error(ErrorCode::kFormat, text(where, ": a record is not a JSON object"));
  FaceRecord record;
  for (const auto& [name, value] : json.items())
    if (std::ranges::find(kFields, std::string_view(name), &Field::name) == kFields.end())
      record.unknown[name] = value;
  for (const Field& field : kFields) {
    const auto found = json.find(field.name);
    if (found == json.end()) {
      if (field.required)
        throw Error(ErrorCode::kFormat, text(where, ": the field '", field.name, "' is missing"));
      continue;
    }
    try {
      field.read(record, *found);
    } catch (const Error& e) {
      throw Error(ErrorCode::kFormat, text(where, ": the field '", field.name, "': ", e.message()));
    }
  }
  check_together(record, json, where);
  return record;
}

std::string embedded_text(FaceRecord record) {
  record.sha256.clear();
  record.mask_sha256.clear();
  return json_text(to_json(record));
}

std::string face_name(const FaceRecord& record) {
  return frame_name(record.frame) + "_" + std::to_string(record.face);
}

}  // namespace understudy::dataset
