#include "understudy/stages/merge_digests.h"

#include <algorithm>
#include <map>

#include "understudy/core/frames.h"
#include "understudy/core/log.h"
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

/// What other parts of the same delivery left, by their first frames.
std::map<std::int64_t, PictureDigests> parts_of(const media::SequencePattern& names, const std::string& urn) {
  std::map<std::int64_t, PictureDigests> out;
  for (const auto& entry : fs::directory_iterator(folder_of(names))) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(stem_of(names) + "-") || entry.path().extension() != ".json") continue;
    PictureDigests part = digests_from_json(read_json_file(entry.path()), entry.path().string());
    if (part.urn == urn && !part.frames.empty()) out[part.frames.front()] = std::move(part);
  }
  return out;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
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
  PictureDigests whole;
  whole.urn = part.urn;
  for (const auto& [first, each] : parts_of(names, part.urn)) {
    append(whole.frames, each.frames);
    append(whole.changed, each.changed);
    append(whole.pictures, each.pictures);
  }
  if (!std::ranges::includes(whole.frames, all)) return std::nullopt;
  if (digest_pictures(names, whole.urn, whole.frames, whole.changed) != whole) {
    log_warning(text("pictures beside ", digests_file(names).string(),
                     " were changed since they were merged: the sequence is not signed"));
    return std::nullopt;
  }
  return whole;
}

}  // namespace understudy::stages
