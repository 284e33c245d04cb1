#include "understudy/dataset/record.h"

#include <array>
#include <cmath>

#include "understudy/core/frames.h"

namespace understudy::dataset {
namespace {

double rounded(double value, double steps) { return std::round(value * steps) / steps; }

double number(const Json& value) {
  const double out = value.get<double>();
  if (!std::isfinite(out)) throw Error(ErrorCode::kFormat, "a number is not finite");
  return out;
}

template <std::size_t N>
std::array<double, N> numbers(const Json& value) {
  if (!value.is_array() || value.size() != N)
    throw Error(ErrorCode::kFormat, text("a list of ", N, " was expected, found ", value.size(), " entries"));
  std::array<double, N> out;
  for (std::size_t i = 0; i < N; ++i) out[i] = number(value[i]);
  return out;
}

Json affine_json(const face::Affine& m) {
  return Json::array({Json::array({m(0, 0), m(0, 1), m(0, 2)}), Json::array({m(1, 0), m(1, 1), m(1, 2)})});
}

face::Affine affine_from(const Json& value) {
  if (!value.is_array() || value.size() != 2) throw Error(ErrorCode::kFormat, "two rows were expected");
  const auto a = numbers<3>(value[0]), b = numbers<3>(value[1]);
  return {a[0], a[1], a[2], b[0], b[1], b[2]};
}

std::vector<float> floats(const Json& value) {
  std::vector<float> out;
  for (const Json& entry : value) out.push_back(static_cast<float>(number(entry)));
  return out;
}

Json landmarks_json(const face::Landmarks& landmarks) {
  Json out = Json::array();
  for (cv::Point2f p : landmarks) out.push_back({rounded(p.x, 100), rounded(p.y, 100)});
  return out;
}

face::Landmarks landmarks_from(const Json& value) {
  if (!value.is_array() || value.size() != face::kLandmarkCount)
    throw Error(ErrorCode::kFormat, text(face::kLandmarkCount, " points were expected, found ", value.size()));
  face::Landmarks out;
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    const auto p = numbers<2>(value[i]);
    out[i] = {static_cast<float>(p[0]), static_cast<float>(p[1])};
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
          [](R& r, const Json& v) { r.source = v.get<std::string>(); }, kRequired},
    Field{"frame", "extract", "frame number, the source's own",
          [](const R& r, Json& o) { o["frame"] = r.frame; },
          [](R& r, const Json& v) { r.frame = v.get<std::int64_t>(); }, kRequired},
    Field{"face", "extract", "number of the face in its frame, from 0",
          [](const R& r, Json& o) { o["face"] = r.face; }, [](R& r, const Json& v) { r.face = v.get<int>(); }, kRequired},
    Field{"pts", "extract", "timestamp in the source's time base, null for picture sequences",
          [](const R& r, Json& o) { o["pts"] = r.pts ? Json(*r.pts) : Json(nullptr); },
          [](R& r, const Json& v) {
            if (!v.is_null()) r.pts = v.get<std::int64_t>();
          },
          kOptional},
    Field{"box", "extract", "x, y, width, height in plate pixels",
          [](const R& r, Json& o) {
            o["box"] = {rounded(r.box.x, 100), rounded(r.box.y, 100), rounded(r.box.width, 100), rounded(r.box.height, 100)};
          },
          [](R& r, const Json& v) {
            const auto b = numbers<4>(v);
            r.box = {static_cast<float>(b[0]), static_cast<float>(b[1]), static_cast<float>(b[2]), static_cast<float>(b[3])};
          },
          kRequired},
    Field{"score", "extract", "the detector's confidence, 0 to 1",
          [](const R& r, Json& o) { o["score"] = rounded(r.score, 1e4); }, [](R& r, const Json& v) { r.score = number(v); },
          kOptional},
    Field{"detector", "extract", "name of the detector; `followed` after it when the face was found by following",
          [](const R& r, Json& o) { o["detector"] = r.detector; },
          [](R& r, const Json& v) { r.detector = v.get<std::string>(); }, kOptional},
    Field{"track", "extract", "the same person through a shot; a cut ends a track",
          [](const R& r, Json& o) { o["track"] = r.track; }, [](R& r, const Json& v) { r.track = v.get<std::string>(); },
          kOptional},
    Field{"crop_from_frame", "extract", "2x3, plate pixels to context-crop pixels",
          [](const R& r, Json& o) { o["crop_from_frame"] = affine_json(r.crop_from_frame); },
          [](R& r, const Json& v) { r.crop_from_frame = affine_from(v); }, kRequired},
    Field{"image", "all", "file name of the picture",
          [](const R& r, Json& o) { o["image"] = r.image; }, [](R& r, const Json& v) { r.image = v.get<std::string>(); },
          kRequired},
    Field{"sha256", "all", "digest of the picture's file",
          [](const R& r, Json& o) {
            if (!r.sha256.empty()) o["sha256"] = r.sha256;
          },
          [](R& r, const Json& v) { r.sha256 = v.get<std::string>(); }, kOptional},
    Field{"landmarks", "align", "68 points (x, y) in plate pixels, two decimals",
          [](const R& r, Json& o) {
            if (r.landmarks) o["landmarks"] = landmarks_json(*r.landmarks);
          },
          [](R& r, const Json& v) { r.landmarks = landmarks_from(v); }, kOptional},
    Field{"landmark_confidence", "align", "68 numbers 0 to 1, where the landmarker gives them",
          [](const R& r, Json& o) {
            if (r.landmark_confidence) o["landmark_confidence"] = *r.landmark_confidence;
          },
          [](R& r, const Json& v) { r.landmark_confidence = floats(v); }, kOptional},
    Field{"aligned_from_frame", "align", "2x3, plate pixels to aligned-crop pixels; crop family and size are in shard.json",
          [](const R& r, Json& o) {
            if (r.aligned_from_frame) o["aligned_from_frame"] = affine_json(*r.aligned_from_frame);
          },
          [](R& r, const Json& v) { r.aligned_from_frame = affine_from(v); }, kOptional},
    Field{"yaw_deg", "align", "head turned to the picture's right, degrees",
          [](const R& r, Json& o) {
            if (r.pose) o["yaw_deg"] = rounded(r.pose->yaw_deg, 100);
          },
          [](R& r, const Json& v) { pose_of(r).yaw_deg = number(v); }, kOptional},
    Field{"pitch_deg", "align", "chin lifted, degrees",
          [](const R& r, Json& o) {
            if (r.pose) o["pitch_deg"] = rounded(r.pose->pitch_deg, 100);
          },
          [](R& r, const Json& v) { pose_of(r).pitch_deg = number(v); }, kOptional},
    Field{"roll_deg", "align", "head tilted counter-clockwise in the picture, degrees",
          [](const R& r, Json& o) {
            if (r.pose) o["roll_deg"] = rounded(r.pose->roll_deg, 100);
          },
          [](R& r, const Json& v) { pose_of(r).roll_deg = number(v); }, kOptional},
    Field{"sharpness", "align", "variance of the Laplacian of the aligned face's luma at 128 pixels a side",
          [](const R& r, Json& o) {
            if (r.sharpness) o["sharpness"] = rounded(*r.sharpness, 100);
          },
          [](R& r, const Json& v) { r.sharpness = number(v); }, kOptional},
    Field{"identity", "align", "unit-length embedding, or absent",
          [](const R& r, Json& o) {
            if (r.identity) o["identity"] = *r.identity;
          },
          [](R& r, const Json& v) { r.identity = floats(v); }, kOptional},
    Field{"mask", "align", "file name of the mask, 8 bits grey",
          [](const R& r, Json& o) {
            if (!r.mask.empty()) o["mask"] = r.mask;
          },
          [](R& r, const Json& v) { r.mask = v.get<std::string>(); }, kOptional},
    Field{"mask_sha256", "align", "digest of the mask's file",
          [](const R& r, Json& o) {
            if (!r.mask_sha256.empty()) o["mask_sha256"] = r.mask_sha256;
          },
          [](R& r, const Json& v) { r.mask_sha256 = v.get<std::string>(); }, kOptional},
    Field{"model", "convert", "digest of the model's weights that made the picture",
          [](const R& r, Json& o) {
            if (!r.model.empty()) o["model"] = r.model;
          },
          [](R& r, const Json& v) { r.model = v.get<std::string>(); }, kOptional},
};

/// A file name inside the shard, never a path out of it.
void check_file_name(const std::string& name, std::string_view where) {
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos || name.find('\0') != std::string::npos)
    throw Error(ErrorCode::kFormat, text(where, ": '", name, "' is not a plain file name"));
}

}  // namespace

std::span<const Field> fields() { return kFields; }

Json to_json(const FaceRecord& record) {
  Json out = Json::object();
  for (const Field& field : kFields) field.write(record, out);
  out.update(record.unknown);
  return out;
}

FaceRecord record_from_json(const Json& json, std::string_view where) {
  if (!json.is_object()) throw Error(ErrorCode::kFormat, text(where, ": a record is not a JSON object"));
  FaceRecord record;
  record.unknown = json;
  for (const Field& field : kFields) {
    const auto found = json.find(field.name);
    if (found == json.end()) {
      if (field.required) throw Error(ErrorCode::kFormat, text(where, ": the field '", field.name, "' is missing"));
      continue;
    }
    try {
      field.read(record, *found);
    } catch (const nlohmann::json::exception& e) {
      throw Error(ErrorCode::kFormat, text(where, ": the field '", field.name, "': ", e.what()));
    } catch (const Error& e) {
      throw Error(ErrorCode::kFormat, text(where, ": the field '", field.name, "': ", e.message()));
    }
    record.unknown.erase(field.name);
  }
  check_file_name(record.image, where);
  if (!record.mask.empty()) check_file_name(record.mask, where);
  return record;
}

std::string embedded_text(FaceRecord record) {
  record.sha256.clear();
  record.mask_sha256.clear();
  return to_json(record).dump();
}

std::string face_name(const FaceRecord& record) { return frame_name(record.frame) + "_" + std::to_string(record.face); }

}  // namespace understudy::dataset
