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
constexpr int kVersion = 1;

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
  std::set<std::int64_t> frames, changed;
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
    out.changed.insert(part.changed.begin(), part.changed.end());
    for (const auto& picture : part.pictures) out.pictures[picture.file] = picture.sha256;
  }
  return out;
}

}  // namespace

PictureDigests digest_pictures(const media::SequencePattern& names, const std::string& urn,
                               const std::vector<std::int64_t>& frames,
                               const std::vector<std::int64_t>& changed) {
  PictureDigests out{urn, frames, changed, {}};
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
  return {{"format", kFormat},        {"version", kVersion},        {"urn", digests.urn},
          {"frames", digests.frames}, {"changed", digests.changed}, {"pictures", std::move(pictures)}};
}

PictureDigests digests_from_json(const Json& json, std::string_view where) {
  if (json_field<std::string>(json, "format", where) != kFormat)
    throw Error(ErrorCode::kFormat, text(where, ": the format is not '", kFormat, "'"));
  if (const auto found = json_field<int>(json, "version", where); found != kVersion)
    throw Error(ErrorCode::kFormat,
                text(where, ": the format version is ", found, ", this program reads version ", kVersion),
                "update Understudy to read it");
  PictureDigests out;
  out.urn = json_field<std::string>(json, "urn", where);
  out.frames = json_field<std::vector<std::int64_t>>(json, "frames", where);
  out.changed = json_field<std::vector<std::int64_t>>(json, "changed", where);
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
  PictureDigests whole = digest_pictures(names, part.urn, {parts.frames.begin(), parts.frames.end()},
                                         {parts.changed.begin(), parts.changed.end()});
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
