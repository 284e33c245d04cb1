#include "understudy/stages/merge_input.h"

#include <algorithm>
#include <opencv2/core.hpp>

#include "understudy/compose/mask.h"
#include "understudy/compose/warp.h"
#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/faces_in_use.h"
#include "understudy/dataset/png.h"
#include "understudy/face/mask.h"
#include "understudy/face/smooth.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr const char* kRemedy = "delete the shard and run understudy-convert again";

/// A stored picture of `channels`, in floats of 0 to 1, that understudy-`writer` wrote.
cv::Mat read_picture(const fs::path& path, const std::string& digest, int channels,
                     const char* writer = "convert") {
  const auto damaged = [&](const auto&... how) {
    return Error(ErrorCode::kFormat, text(path.string(), how...),
                 text("delete the shard and run understudy-", writer, " again"));
  };
  const std::string bytes = dataset::read_shard_file(path);
  if (!digest.empty() && sha256(bytes) != digest)
    throw damaged(" is damaged: it is not the file that ", writer, " wrote");
  const cv::Mat stored = dataset::decode_png(bytes, path.string());
  if (stored.channels() != channels || stored.rows != stored.cols)
    throw damaged(" is ", stored.cols, "x", stored.rows, " with ", stored.channels(),
                  " channels, expected a square with ", channels);
  cv::Mat out;
  stored.convertTo(out, CV_32F, stored.depth() == CV_16U ? 1.0 / 65535 : 1.0 / 255);
  return out;
}

cv::Mat read_predicted(const SwapRecord& swap, cv::Size size, double gain) {
  if (swap.record.mask.empty())
    throw Error(ErrorCode::kFormat,
                text((swap.folder / swap.record.image).string(), " has no predicted mask"),
                "use --mask hull");
  const cv::Mat mask = read_picture(swap.folder / swap.record.mask, swap.record.mask_sha256, 1);
  if (mask.size() != size)
    throw Error(ErrorCode::kFormat,
                text((swap.folder / swap.record.mask).string(), " is ", mask.cols, " pixels wide, its crop ",
                     size.width),
                kRemedy);
  return cv::min(mask * gain, 1.0);
}

/// The landmarks in the crop.
face::Landmarks landmarks_of(const SwapRecord& swap, const char* remedy) {
  if (!swap.record.landmarks)
    throw Error(ErrorCode::kFormat, text((swap.folder / swap.record.image).string(), " has no landmarks"),
                remedy);
  return face::transform(*swap.record.aligned_from_frame, *swap.record.landmarks);
}

cv::Mat draw_hull(const SwapRecord& swap, cv::Size size) {
  cv::Mat out;
  face::hull_mask(landmarks_of(swap, "use --mask predicted"), size).convertTo(out, CV_32F, 1.0 / 255);
  return out;
}

/// What of the plate's face is visible, 1 where nothing is known of it.
cv::Mat read_visible(const SwapRecord& swap, cv::Size size) {
  if (!swap.visible) return cv::Mat::ones(size, CV_32FC1);
  const cv::Mat mask = read_picture(swap.visible->path, swap.visible->sha256, 1, "align");
  return compose::warp(mask, swap.visible->crop_from_mask, size, compose::Resampling::kSmooth);
}

/// 0 where a part of the plate's face is kept.
cv::Mat draw_replaced(const SwapRecord& swap, const std::vector<std::string>& kept, cv::Size size) {
  const face::Landmarks landmarks = landmarks_of(swap, "merge without --keep");
  cv::Mat out = cv::Mat::ones(size, CV_32FC1);
  for (const std::string& part : kept) {
    cv::Mat mask;
    face::part_mask(face::face_parts().at(part), landmarks, size).convertTo(mask, CV_32F, 1.0 / 255);
    out = cv::min(out, 1.0 - mask);
  }
  return out;
}

void check_registration(const SwapRecord& face) {
  const double scale = face::scale_of(*face.record.registration);
  constexpr double kMost = 2;
  if (!(scale > 1 / kMost && scale < kMost))
    throw Error(ErrorCode::kFormat,
                text((face.folder / "faces.jsonl").string(), ": the registration of ", face.record.image,
                     " scales by ", scale, ", from 0.5 to 2 was expected"),
                kRemedy);
}

/// Moves the faces of one track, in time order, to where convert found that they belong. That is measured
/// anew in each frame, so it is steadied; where it could not be measured, the nearest frame's counts.
void register_track(const std::vector<SwapRecord*>& faces) {
  constexpr double kSigmaFrames = 2;
  std::vector<std::int64_t> frames;
  std::vector<face::Affine> places;
  for (const SwapRecord* face : faces) {
    if (!face->record.registration) continue;
    check_registration(*face);
    frames.push_back(face->record.frame);
    places.push_back(*face->record.registration);
  }
  if (frames.empty()) return;
  const std::vector<face::Affine> steady = face::smooth_track(frames, places, kSigmaFrames);
  for (SwapRecord* face : faces) {
    const auto nearest = std::ranges::min_element(
        frames, {}, [&](std::int64_t frame) { return std::abs(frame - face->record.frame); });
    face::Affine& aligned = *face->record.aligned_from_frame;
    aligned =
        face::compose(face::inverse(steady[static_cast<std::size_t>(nearest - frames.begin())]), aligned);
  }
}

/// Notes where the faces of one track, in time order, come from and go to.
void follow_track(const std::vector<SwapRecord*>& faces) {
  for (std::size_t i = 1; i < faces.size(); ++i) {
    SwapRecord &last = *faces[i - 1], &next = *faces[i];
    if (next.record.frame != last.record.frame + 1) continue;
    const face::Affine &from = *last.record.aligned_from_frame, &to = *next.record.aligned_from_frame;
    next.before_from_frame = face::compose(face::inverse(from), to);
    last.after_from_frame = face::compose(face::inverse(to), from);
  }
}

/// Those that have a place, in time order.
std::map<std::string, std::vector<SwapRecord*>> tracks_of(ConvertedSource& converted) {
  std::map<std::string, std::vector<SwapRecord*>> out;
  for (auto& [frame, faces] : converted.faces)
    for (SwapRecord& face : faces)
      if (face.record.aligned_from_frame) out[track_of(face.record)].push_back(&face);
  return out;
}

/// Makes `face` into `other` by a share; it stays in its place.
void dissolve(SwappedFace& face, const SwappedFace& other, double share) {
  if (other.picture.size() != face.picture.size())
    throw Error(ErrorCode::kFormat, "the faces before and after a gap are of two sizes",
                "merge with --bridge 0");
  face.picture = face.picture * (1 - share) + other.picture * share;
  face.mask = face.mask * (1 - share) + other.mask * share;
  if (!face.predicted.empty() && !other.predicted.empty())
    face.predicted = face.predicted * (1 - share) + other.predicted * share;
}

/// How far the middle of the crop goes in a frame's time, in pixels of the frame.
cv::Vec2d motion_of(const SwapRecord& swap, cv::Size crop) {
  const cv::Point2d middle = face::transform(face::inverse(*swap.record.aligned_from_frame),
                                             cv::Point2d((crop.width - 1) / 2.0, (crop.height - 1) / 2.0));
  const cv::Point2d from = swap.before_from_frame ? face::transform(*swap.before_from_frame, middle) : middle;
  const cv::Point2d to = swap.after_from_frame ? face::transform(*swap.after_from_frame, middle) : middle;
  const bool both = swap.before_from_frame && swap.after_from_frame;
  return cv::Vec2d(to.x - from.x, to.y - from.y) / (both ? 2.0 : 1.0);
}

/// Keeps the shard's models and their consents, each once.
void note_models(const dataset::Shard& shard, const ConsentGate& gate, ConvertedSource& out) {
  const std::string where = (shard.folder / "shard.json").string();
  const auto digest = json_field<std::string>(shard.info.options, "model", where);
  if (!out.models.insert(digest).second) return;
  for (const Json& each : json_field_or<std::vector<Json>>(shard.info.options, "datasets", {}, where))
    out.datasets.insert(json_field<std::string>(each, "digest", where));
  auto consents =
      gate.check_lineage(shard.info.options, where, text("the model behind ", shard.folder.string()));
  for (auto& consent : consents)
    if (std::find(out.consents.begin(), out.consents.end(), consent) == out.consents.end())
      out.consents.push_back(std::move(consent));
}

}  // namespace

std::string track_of(const dataset::FaceRecord& record) {
  return record.track.empty() ? text("face ", record.face) : record.track;
}

dataset::SourceRecord find_source(const dataset::Dataset& dataset, const std::string& id) {
  const std::vector<std::string> ids = dataset.sources();
  if (ids.empty())
    throw Error(ErrorCode::kInput, text("the dataset ", dataset.root().string(), " has no source"),
                "run understudy-extract first");
  if (id.empty() && ids.size() > 1)
    throw Error(ErrorCode::kUsage,
                text("the dataset ", dataset.root().string(), " has ", ids.size(), " sources"),
                text("say which one with --source: ", joined(ids)));
  if (!id.empty() && std::find(ids.begin(), ids.end(), id) == ids.end())
    throw Error(ErrorCode::kUsage, text("the dataset ", dataset.root().string(), " has no source '", id, "'"),
                text("choose one of: ", joined(ids)));
  return dataset.source(id.empty() ? ids.front() : id);
}

ConvertedSource read_converted(const dataset::Dataset& dataset, const std::string& name,
                               const std::string& source, const ConsentGate& gate) {
  const fs::path folder = dataset.stage_folder("convert/" + name, source);
  ConvertedSource out;
  const dataset::FacesInUse in_use(dataset);
  for (const dataset::Shard& shard : dataset::list_shards(folder)) {
    note_models(shard, gate, out);
    out.frames.insert(shard.info.frames.begin(), shard.info.frames.end());
    for (const dataset::FrameFailure& failure : shard.info.failures)
      out.failures[failure.frame] = failure.why;
    for (dataset::FaceRecord& record : in_use.read(shard, out.bad_lines))
      out.faces[record.frame].push_back({shard.folder, std::move(record)});
  }
  for (const auto& [track, faces] : tracks_of(out)) register_track(faces);
  if (out.frames.empty())
    throw Error(ErrorCode::kInput, text("there are no converted faces in ", folder.string()),
                text("run understudy-convert ", dataset.root().string(), " --name ", name, " first"));
  return out;
}

void follow_tracks(ConvertedSource& converted) {
  for (const auto& [track, faces] : tracks_of(converted)) follow_track(faces);
}

double largest_face_px(const ConvertedSource& converted) {
  constexpr double kSquareToBox = 2.5;
  double largest = 0;
  for (const auto& [frame, faces] : converted.faces)
    for (const SwapRecord& face : faces) largest = std::max<double>(largest, face.record.box.area());
  return kSquareToBox * largest;
}

SwappedFace load_face(const SwapRecord& swap, const MergeLook& look, bool keep_predicted) {
  const fs::path path = swap.folder / swap.record.image;
  if (!swap.record.aligned_from_frame)
    throw Error(ErrorCode::kFormat, text(path.string(), " has no place in the frame (aligned_from_frame)"),
                kRemedy);
  SwappedFace face;
  face.aligned_from_frame = *swap.record.aligned_from_frame;
  face.picture = read_picture(path, swap.record.sha256, 3);
  const cv::Size size = face.picture.size();
  face.motion = motion_of(swap, size);
  face.before_from_frame =
      swap.before_from_frame.value_or(face::Affine(1, 0, -face.motion[0], 0, 1, -face.motion[1]));
  const compose::MaskMode& mode = compose::mask_modes().at(look.mask);
  face.mask = mode.combine(
      mode.needs_hull ? draw_hull(swap, size) : cv::Mat(),
      mode.needs_predicted ? read_predicted(swap, size, look.mask_shape.predicted_gain) : cv::Mat());
  if (mode.takes_visible) face.mask = cv::min(face.mask, read_visible(swap, size));
  if (!look.keep.empty()) face.mask = face.mask.mul(draw_replaced(swap, look.keep, size));
  if (keep_predicted && !swap.record.mask.empty()) face.predicted = read_predicted(swap, size, 1);
  if (swap.dissolves_into)
    dissolve(face, load_face(*swap.dissolves_into, look, keep_predicted), swap.dissolved);
  return face;
}

}  // namespace understudy::stages
