#include "understudy/stages/merge_digests.h"

#include <algorithm>
#include <map>
#include <set>

#include "understudy/core/frames.h"
#include "understudy/core/sha256.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr std::string_view kFormat = "understudy-digests";
constexpr int kVersion = 2, kOldVersion = 1;

fs::path folder_of(const media::SequencePattern& names) {
  return names.folder.empty() ? fs::path(".") : names.folder;
}

/// "digests", or "frame.digests" for pictures whose names begin with "frame.".
std::string stem_of(const media::SequencePattern& names) {
  const std::size_t end = names.before.find_last_not_of("._-");
  return end == std::string::npos ? "digests" : names.before.substr(0, end + 1) + ".digests";
}

/// What the parts of one delivery left, all together.
struct Joined {
  std::set<std::int64_t> frames;
  std::map<std::int64_t, ChangedFrame> changed;
  std::map<std::string, std::string> pictures;  ///< digests by file
};

Joined parts_of(const media::SequencePattern& names, const std::string& urn) {
  Joined out;
  for (const auto& entry : fs::directory_iterator(folder_of(names))) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(stem_of(names) + "-") || entry.path().extension() != ".json") continue;
    const PictureDigests part = digests_from_json(read_json_file(entry.path()), entry.path().string());
    if (part.urn != urn) continue;
    out.frames.insert(part.frames.begin(), part.frames.end());
    for (const ChangedFrame& frame : part.changed) out.changed.emplace(frame.number, frame);
    for (const auto& picture : part.pictures) out.pictures[picture.file] = picture.sha256;
  }
  return out;
}

Json changed_json(const std::vector<ChangedFrame>& changed) {
  Json out = Json::array();
  for (const ChangedFrame& frame : changed) {
    Json faces = Json::array();
    for (const auto& [track, box] : frame.faces)
      faces.push_back({{"track", track}, {"box", {box.x, box.y, box.width, box.height}}});
    out.push_back({{"frame", frame.number}, {"faces", std::move(faces)}});
  }
  return out;
}

ChangedFace face_from_json(const Json& json, std::string_view where) {
  const auto box = json_field<std::vector<int>>(json, "box", where);
  if (box.size() != 4)
    throw Error(ErrorCode::kFormat, text(where, ": a box has ", box.size(), " numbers, expected 4"));
  constexpr int kMost = 1 << 29;  // so that edges can be added up
  if (std::ranges::any_of(box, [](int number) { return number < 0 || number > kMost; }) || box[2] == 0 ||
      box[3] == 0)
    throw Error(ErrorCode::kFormat, text(where, ": a box lies in no picture"));
  return {json_field<std::string>(json, "track", where), {box[0], box[1], box[2], box[3]}};
}

std::vector<ChangedFrame> changed_from_json(const Json& json, int version, std::string_view where) {
  std::vector<ChangedFrame> out;
  if (version == kOldVersion) {
    for (const auto frame : json_field<std::vector<std::int64_t>>(json, "changed", where))
      out.push_back({frame, 0, 0, {}});
    return out;
  }
  for (const Json& frame : json_field<std::vector<Json>>(json, "changed", where)) {
    out.push_back({json_field<std::int64_t>(frame, "frame", where), 0, 0, {}});
    for (const Json& face : json_field<std::vector<Json>>(frame, "faces", where))
      out.back().faces.push_back(face_from_json(face, where));
  }
  return out;
}

}  // namespace

PictureDigests digest_pictures(const media::SequencePattern& names, const std::string& urn,
                               const std::vector<std::int64_t>& frames,
                               const std::vector<ChangedFrame>& changed) {
  PictureDigests out{urn, frames, changed, {}};
  for (ChangedFrame& frame : out.changed) frame.start = frame.end = 0;
  for (const std::int64_t frame : frames) {
    const fs::path path = names.path_of(frame);
    if (fs::exists(path)) out.pictures.push_back({path.filename().string(), sha256_file(path)});
  }
  return out;
}

Json to_json(const PictureDigests& digests) {
  Json pictures = Json::array();
  for (const auto& picture : digests.pictures)
    pictures.push_back({{"file", picture.file}, {"sha256", picture.sha256}});
  return {{"format", kFormat},
          {"version", kVersion},
          {"urn", digests.urn},
          {"frames", digests.frames},
          {"changed", changed_json(digests.changed)},
          {"pictures", std::move(pictures)}};
}

Json unfinished_list(const std::string& urn) {
  return {{"format", kFormat}, {"version", kVersion}, {"urn", urn}, {"unfinished", true}};
}

bool is_unfinished_list(const fs::path& file) {
  try {
    return read_json_file(file).value("unfinished", false);
  } catch (const std::exception&) {
    return false;
  }
}

PictureDigests digests_from_json(const Json& json, std::string_view where) {
  if (json_field<std::string>(json, "format", where) != kFormat)
    throw Error(ErrorCode::kFormat, text(where, ": the format is not '", kFormat, "'"));
  const auto version = json_field<int>(json, "version", where);
  if (version != kVersion && version != kOldVersion)
    throw Error(ErrorCode::kFormat,
                text(where, ": the format version is ", version, ", this program reads up to ", kVersion),
                "update Understudy to read it");
  PictureDigests out;
  out.urn = json_field<std::string>(json, "urn", where);
  out.frames = json_field<std::vector<std::int64_t>>(json, "frames", where);
  out.changed = changed_from_json(json, version, where);
  for (const Json& picture : json_field<std::vector<Json>>(json, "pictures", where))
    out.pictures.push_back(
        {json_field<std::string>(picture, "file", where), json_field<std::string>(picture, "sha256", where)});
  return out;
}

fs::path digests_file(const media::SequencePattern& names) {
  return folder_of(names) / (stem_of(names) + ".json");
}

std::optional<PictureDigests> join_parts(const media::SequencePattern& names, const PictureDigests& part,
                                         const std::vector<std::int64_t>& all) {
  const std::string range = frame_name(part.frames.front()) + "-" + frame_name(part.frames.back());
  write_json_file(folder_of(names) / text(stem_of(names), "-", range, ".json"), to_json(part));
  const Joined parts = parts_of(names, part.urn);
  if (!std::ranges::includes(parts.frames, all)) return std::nullopt;
  std::vector<ChangedFrame> changed;
  for (const auto& [number, frame] : parts.changed) changed.push_back(frame);
  PictureDigests whole =
      digest_pictures(names, part.urn, {parts.frames.begin(), parts.frames.end()}, changed);
  std::map<std::string, std::string> found;
  for (const auto& picture : whole.pictures) found[picture.file] = picture.sha256;
  if (found != parts.pictures)
    throw Error(ErrorCode::kFormat,
                text("pictures beside ", digests_file(names).string(),
                     " were changed since they were merged: the sequence is not signed (signing_failed)"),
                "merge the parts again");
  return whole;
}

}  // namespace understudy::stages
