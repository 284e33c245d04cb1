#include "understudy/dataset/overrides.h"

#include <algorithm>
#include <sstream>

#include "understudy/core/nearest_name.h"
#include "understudy/dataset/seal.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

constexpr double kSameFace = 0.3;  // overlap of boxes

fs::path folder_of(const Dataset& dataset) {
  return dataset.root() / "overrides";
}

/// overrides/*.jsonl, sorted by name.
std::vector<fs::path> override_files(const Dataset& dataset) {
  std::vector<fs::path> out;
  if (!fs::exists(folder_of(dataset))) return out;
  for (const auto& entry : fs::directory_iterator(folder_of(dataset)))
    if (entry.path().extension() == ".jsonl" && !entry.path().filename().string().starts_with('.'))
      out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

void check_text(const std::string& value, std::string_view what, std::string_view where) {
  constexpr std::size_t kMost = 255;
  if (value.empty() || value.size() > kMost || value.front() == '.' || value.find('/') != std::string::npos ||
      value.find('\0') != std::string::npos)
    throw Error(ErrorCode::kFormat,
                text(where, ": '", value.substr(0, 80), "' cannot be the ", what, " of a correction"));
}

double overlap(const Override& correction, const FaceRecord& record) {
  return face::intersection_over_union(correction.box, record.box);
}

const FaceRecord* face_of(const Override& correction, const std::vector<const FaceRecord*>& in_frame) {
  const FaceRecord* best = nullptr;
  for (const FaceRecord* record : in_frame) {
    if (overlap(correction, *record) < kSameFace) continue;
    if (record->face == correction.face) return record;
    if (!best || overlap(correction, *record) > overlap(correction, *best)) best = record;
  }
  return best;
}

std::string person_name(const Json& json, const char* key, std::string_view where) {
  std::string out = json_field<std::string>(json, key, where);
  try {
    check_person_name(out);
  } catch (const Error& e) {
    throw Error(ErrorCode::kFormat, text(where, ": ", e.message()));
  }
  return out;
}

/// A misspelt key would let a face slip through that should be skipped. A line with a digest may be of a
/// newer program and have keys that are not known here.
void check_keys(const Json& line, std::string_view where) {
  static const std::vector<std::string> kKnown = {
      "source",      "frame",           "face",     "box",           "skip", "landmarks", "mask",
      "mask_sha256", "mask_from_frame", "identity", "track_identity"};
  for (const auto& [key, value] : line.items()) {
    if (std::ranges::find(kKnown, key) != kKnown.end()) continue;
    throw Error(ErrorCode::kFormat, text(where, ": '", key.substr(0, 80), "' is no key of a correction"),
                text("did you mean '", nearest_name(key, kKnown), "'?"));
  }
}

void check_as_written(std::string_view line, const Json& parsed, std::string_view where) {
  if (!is_sealed(parsed)) return check_keys(parsed, where);
  if (const std::string problem = line_seal_problem(line, where); !problem.empty())
    throw Error(ErrorCode::kFormat, problem,
                "restore it from a copy; from a line that was changed by hand, remove content_sha256");
}

}  // namespace

void check_person_name(const std::string& name) {
  constexpr std::size_t kMost = 200;
  const bool readable = std::ranges::none_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (name.empty() || name.size() > kMost || !readable)
    throw Error(ErrorCode::kUsage,
                text("'", readable ? name.substr(0, 80) : "", "' cannot be a person's name"),
                text("a name has 1 to ", kMost, " bytes and no control characters"));
}

std::string override_name(const Override& correction) {
  return text(correction.source, " frame ", correction.frame, " face ", correction.face);
}

Json to_json(const Override& correction) {
  // A record's fields are written as in faces.jsonl.
  FaceRecord record;
  record.source = correction.source;
  record.frame = correction.frame;
  record.face = correction.face;
  record.box = correction.box;
  record.landmarks = correction.landmarks;
  const Json all = to_json(record);
  Json out;
  for (const char* key : {"source", "frame", "face", "box", "landmarks"})
    if (all.contains(key)) out[key] = all[key];
  if (correction.skip) out["skip"] = true;
  if (!correction.mask.empty()) {
    const face::Affine& m = correction.mask_from_frame;
    out["mask"] = correction.mask;
    out["mask_sha256"] = correction.mask_sha256;
    out["mask_from_frame"] = {{m(0, 0), m(0, 1), m(0, 2)}, {m(1, 0), m(1, 1), m(1, 2)}};
  }
  if (!correction.identity.empty()) out["identity"] = correction.identity;
  if (!correction.track_identity.empty()) out["track_identity"] = correction.track_identity;
  return out;
}

Override override_from_json(const Json& json, std::string_view where) {
  Override out;
  // The fields that a record has too are read as those are.
  Json record_json = {{"image", "none"},
                      {"crop_from_frame", {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}}},
                      {"source", json_field<Json>(json, "source", where)},
                      {"frame", json_field<Json>(json, "frame", where)},
                      {"face", json_field<Json>(json, "face", where)},
                      {"box", json_field<Json>(json, "box", where)}};
  if (json.contains("landmarks")) record_json["landmarks"] = json["landmarks"];
  const FaceRecord record = record_from_json(record_json, where);
  out.source = record.source;
  out.frame = record.frame;
  out.face = record.face;
  out.box = record.box;
  out.landmarks = record.landmarks;
  check_text(out.source, "source", where);
  if (json.contains("skip")) out.skip = json_field<bool>(json, "skip", where);
  if (json.contains("mask")) {
    out.mask = json_field<std::string>(json, "mask", where);
    check_text(out.mask, "mask", where);
    out.mask_sha256 = json_field<std::string>(json, "mask_sha256", where);
    record_json["crop_from_frame"] = json_field<Json>(json, "mask_from_frame", where);
    out.mask_from_frame = record_from_json(record_json, where).crop_from_frame;
  }
  if (json.contains("identity")) out.identity = person_name(json, "identity", where);
  if (json.contains("track_identity")) out.track_identity = person_name(json, "track_identity", where);
  return out;
}

std::vector<Override> read_overrides(const Dataset& dataset, const std::string& source) {
  std::map<std::pair<std::int64_t, int>, Override> last;
  for (const fs::path& path : override_files(dataset)) {
    std::istringstream lines(read_file(path));
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (line.empty()) continue;
      const std::string where = text(path.string(), " line ", number);
      const Json parsed = parse_json(line, where);
      Override correction = override_from_json(parsed, where);
      check_as_written(line, parsed, where);
      if (correction.source != source) continue;
      const std::pair key(correction.frame, correction.face);
      last.insert_or_assign(key, std::move(correction));
    }
  }
  std::vector<Override> out;
  for (auto& [key, correction] : last) out.push_back(std::move(correction));
  return out;
}

void write_overrides(const Dataset& dataset, const std::string& source,
                     std::span<const Override> corrections) {
  std::string lines;
  for (const Override& correction : corrections) lines += json_text(sealed(to_json(correction))) + "\n";
  make_folder(folder_of(dataset));
  write_file(folder_of(dataset) / (source + ".jsonl"), lines);
}

fs::path override_mask_path(const Dataset& dataset, const Override& correction) {
  return folder_of(dataset) / correction.source / correction.mask;
}

MatchedOverrides match_overrides(std::span<const Override> corrections,
                                 std::span<const FaceRecord* const> records) {
  MatchedOverrides out;
  if (corrections.empty()) return out;
  std::map<std::int64_t, std::vector<const FaceRecord*>> by_frame;
  for (const FaceRecord* record : records) by_frame[record->frame].push_back(record);
  for (const Override& correction : corrections) {
    const auto in_frame = by_frame.find(correction.frame);
    const FaceRecord* record = in_frame == by_frame.end() ? nullptr : face_of(correction, in_frame->second);
    if (record)
      out.by_face.insert_or_assign({record->frame, record->face}, correction);
    else
      out.unmatched.push_back(correction);
  }
  return out;
}

std::string unmatched_sentence(const Override& correction) {
  return text("a correction in overrides/ is of ", override_name(correction),
              ", but there is no such face now");
}

}  // namespace understudy::dataset
