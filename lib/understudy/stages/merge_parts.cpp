#include "understudy/stages/merge_parts.h"

#include <algorithm>

#include "understudy/core/files.h"
#include "understudy/core/frames.h"
#include "understudy/core/sha256.h"
#include "understudy/media/sink.h"
#include "understudy/stages/merge_output.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

fs::path list_of(fs::path video) {
  return video.replace_extension(".json");
}

MergedPart read_part(const fs::path& list) {
  const Json json = read_json_file(list);
  MergedPart part{digests_from_json(json, list.string()), {}};
  part.left_out = json_field<std::vector<std::int64_t>>(json, "left_out", list.string());
  if (part.digests.pictures.size() != 1)
    throw Error(ErrorCode::kFormat,
                text(list.string(), ": one video was expected, found ", part.digests.pictures.size()));
  return part;
}

/// The lists in the folder, in the order of their names, which is that of frames.
std::vector<fs::path> lists_in(const fs::path& folder) {
  std::vector<fs::path> out;
  if (!fs::is_directory(folder)) return out;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".json") out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

void check_fit(const MergeOptions& asked, const media::SourceInfo& plate) {
  const auto refuse = [](const std::string& what, const char* remedy) {
    throw Error(ErrorCode::kUsage, "--parts cannot be used " + what, remedy);
  };
  if (media::codecs().at(codec_for(asked.output, asked.codec)).is_sequence)
    refuse("for pictures", "merge their chunks straight into the output: whichever ends last signs all");
  if (!asked.matte.empty() || !asked.elements.empty() || !asked.wipe.empty() || !asked.preview.empty())
    refuse("with --matte, --elements, --wipe or --preview", "make these by a merge of their own");
  if (plate.format.is_float())
    refuse("for a plate of floats, which FFV1 cannot hold",
           "deliver pictures, such as EXR, or merge in one go");
}

}  // namespace

bool writes_part(const MergeOptions& options) {
  return !options.parts.empty() && (options.common.frames.shard || options.common.frames.chunk);
}

bool joins_parts(const MergeOptions& options) {
  return !options.parts.empty() && !writes_part(options);
}

MergeOptions with_part(const MergeOptions& asked, const media::SourceInfo& plate,
                       const std::vector<std::int64_t>& wanted) {
  if (asked.parts.empty()) return asked;
  check_fit(asked, plate);
  if (wanted.empty())
    throw Error(ErrorCode::kUsage, "this part has no frames", "the last chunk comes before it");
  return joins_parts(asked) ? asked : options_of_part(asked, wanted);
}

MergeOptions options_of_part(const MergeOptions& asked, const std::vector<std::int64_t>& wanted) {
  MergeOptions part = asked;
  part.output = asked.parts / text(frame_name(wanted.front()), "-", frame_name(wanted.back()), ".mkv");
  part.codec = kPartCodec;
  part.quality.reset();
  part.preset.clear();
  part.watermark = part.no_watermark = false;
  part.reason.clear();
  return part;
}

void write_part_list(const fs::path& video, const MergedPart& part) {
  Json list = to_json(part.digests);
  list["left_out"] = part.left_out;
  write_json_file(list_of(video), list);
}

bool has_part(const fs::path& video, const std::string& urn) {
  const fs::path list = list_of(video);
  if (!fs::exists(list) || !fs::exists(video)) return false;
  const MergedPart part = read_part(list);
  return part.digests.urn == urn && part.digests.pictures.front().sha256 == sha256_file(video);
}

MergedParts::MergedParts(const fs::path& folder, const std::string& urn,
                         const std::vector<std::int64_t>& wanted, int threads)
    : threads_(threads) {
  std::vector<std::int64_t> left_out;
  for (const fs::path& list : lists_in(folder)) {
    const MergedPart part = read_part(list);
    if (part.digests.urn != urn) continue;
    const auto& video = part.digests.pictures.front();
    parts_.push_back({folder / video.file, video.sha256, {}});
    for (const std::int64_t frame : part.digests.frames) {
      part_of_.try_emplace(frame, parts_.size() - 1);
      if (std::ranges::count(part.left_out, frame) == 0) parts_.back().written.push_back(frame);
    }
    for (const ChangedFrame& frame : part.digests.changed) changed_.try_emplace(frame.number, frame.faces);
  }
  const auto lacking = std::ranges::find_if(wanted, [&](std::int64_t f) { return !part_of_.contains(f); });
  if (lacking == wanted.end()) return;
  const auto end = std::find_if(lacking, wanted.end(), [&](std::int64_t f) { return part_of_.contains(f); });
  throw Error(ErrorCode::kInput,
              text("frames ", *lacking, " to ", *(end - 1), " are in none of this delivery's parts in ",
                   folder.string()),
              "merge them with the same options and --chunk or --shard; parts of other options do not count");
}

void MergedParts::open(std::size_t index) {
  const Part& part = parts_[index];
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::kFormat, text(part.video.string(), " is not the part that was merged: ", why),
                "remove it and merge that part again");
  };
  if (sha256_file(part.video) != part.sha256) refuse("its content is another");
  source_ = media::open_source(part.video, threads_);
  if (source_->info().frames.size() != part.written.size())
    refuse(
        text("it has ", source_->info().frames.size(), " frames, ", part.written.size(), " were expected"));
  std::vector<std::int64_t> ours;
  for (std::size_t i = 0; i < part.written.size(); ++i)
    if (part_of_.at(part.written[i]) == index) ours.push_back(source_->info().frames[i]);
  source_->select(std::move(ours));
  at_ = index;
}

void MergedParts::replace(std::int64_t frame, media::Picture& picture) {
  const std::size_t part = part_of_.at(frame);
  if (!source_ || part != at_) open(part);
  std::optional<media::Frame> merged = source_->next();
  if (!merged || !merged->picture.format().same_layout(picture.format()))
    throw Error(ErrorCode::kFormat,
                text(parts_[part].video.string(),
                     merged ? " holds pictures of another kind than the plate's: " : " ends before frame ",
                     merged ? merged->picture.format().describe() : text(frame)),
                "remove it and merge that part again");
  for (int i = 0; i < picture.format().plane_count(); ++i) picture.plane(i) = merged->picture.plane(i);
}

std::vector<ChangedFace> MergedParts::changed(std::int64_t frame) const {
  const auto found = changed_.find(frame);
  return found == changed_.end() ? std::vector<ChangedFace>{} : found->second;
}

}  // namespace understudy::stages
