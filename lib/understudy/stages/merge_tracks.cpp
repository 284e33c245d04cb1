#include "understudy/stages/merge_tracks.h"

#include <algorithm>
#include <cctype>
#include <numbers>
#include <opencv2/core.hpp>

#include "understudy/core/files.h"
#include "understudy/core/json.h"
#include "understudy/dataset/png.h"
#include "understudy/media/layered_exr.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr int kFormatVersion = 1;

struct LandmarkGroup {
  const char* name;
  int first, last;
};
constexpr std::array<LandmarkGroup, 5> kGroups{
    {{"jaw", 0, 16}, {"brows", 17, 26}, {"nose", 27, 35}, {"eyes", 36, 47}, {"mouth", 48, 67}}};

/// One face over time, ascending, each with its place in the frame.
struct Track {
  std::string name;
  std::vector<const SwapRecord*> faces;
  int crop_side = 0;  ///< of the aligned crops in pixels
};

/// The side of the first crop that can be read; 0 when there is none.
int crop_side_of(const Track& track) {
  for (const SwapRecord* face : track.faces) {
    const fs::path path = face->folder / face->record.image;
    try {
      return dataset::decode_png(read_file(path), path.string()).cols;
    } catch (const Error&) {
      continue;  // merge lists it
    }
  }
  return 0;
}

std::vector<Track> tracks_of(const ConvertedSource& converted, const std::vector<std::int64_t>& frames) {
  std::map<std::string, Track> tracks;
  for (const auto& [frame, faces] : converted.faces) {
    if (!std::ranges::binary_search(frames, frame)) continue;
    for (const SwapRecord& face : faces)
      if (face.record.aligned_from_frame) tracks[track_of(face.record)].faces.push_back(&face);
  }
  std::vector<Track> out;
  for (auto& [name, track] : tracks) {
    track.name = name;
    track.crop_side = crop_side_of(track);
    if (track.crop_side > 0) out.push_back(std::move(track));
  }
  return out;
}

/// What a track says of one face, as it stands in the dataset; only `aligned_from_frame` was steadied since.
Json face_json(const dataset::FaceRecord& record) {
  const Json whole = dataset::to_json(record);
  Json out;
  for (const char* field :
       {"frame", "face", "pts", "aligned_from_frame", "landmarks", "landmark_confidence", "pose"})
    if (whole.contains(field)) out[field] = whole[field];
  return out;
}

Json tracks_json(const std::vector<Track>& tracks, const media::SourceInfo& plate,
                 const std::string& plate_sha256, const std::vector<provenance::ConsentSummary>& consents) {
  Json records = Json::array();
  for (const provenance::ConsentSummary& consent : consents) records.push_back(consent.id);
  Json out{{"format", "understudy-tracks"},
           {"version", kFormatVersion},
           {"consents", records},
           {"plate",
            {{"name", plate.path.filename().string()},
             {"sha256", plate_sha256},
             {"width", plate.format.width},
             {"height", plate.format.height}}},
           {"tracks", Json::array()}};
  if (plate.frame_rate) out["plate"]["frame_rate"] = {plate.frame_rate->num, plate.frame_rate->den};
  for (const Track& track : tracks) {
    Json faces = Json::array();
    for (const SwapRecord* face : track.faces) faces.push_back(face_json(face->record));
    out["tracks"].push_back({{"track", track.name}, {"crop_side", track.crop_side}, {"faces", faces}});
  }
  return out;
}

/// Plate pixels as compositing programs count them: from the lower left corner of the whole picture, y up.
class FromLowerLeft {
 public:
  explicit FromLowerLeft(const media::PlateWindow& window) : window_(window) {}
  cv::Point2d operator()(cv::Point2d p) const {
    return {p.x + 0.5 + window_.offset.x, window_.full.height - (p.y + 0.5 + window_.offset.y)};
  }

 private:
  media::PlateWindow window_;
};

/// A name that Nuke takes for a node, and any disk for a file.
std::string plain(const std::string& track) {
  std::string out = "face_" + track;
  std::ranges::replace_if(
      out, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return out;
}

/// "{curve x1001 12.5 x1002 13}" of what `value` says of each face.
template <class Value>
std::string curve(const Track& track, const Value& value) {
  std::string out = "{curve";
  for (const SwapRecord* face : track.faces)
    out += text(" x", face->record.frame, " ", fixed(value(face->record), 4));
  return out + "}";
}

/// Curves of a point's x and y.
template <class Point>
std::string point_curves(const Track& track, const Point& point) {
  return text("{", curve(track, [&](const auto& record) { return point(record).x; }), " ",
              curve(track, [&](const auto& record) { return point(record).y; }), "}");
}

/// Puts the aligned crop where it lies in the plate.
std::string corner_pin(const Track& track, const FromLowerLeft& up) {
  const double side = track.crop_side;
  const std::array<cv::Point2d, 4> from{{{0, 0}, {side, 0}, {side, side}, {0, side}}};
  std::string out = "CornerPin2D {\n inputs 0\n";
  for (std::size_t i = 0; i < from.size(); ++i) {
    const cv::Point2d in_crop(from[i].x - 0.5, side - from[i].y - 0.5);
    out += text(" to", i + 1, " ",
                point_curves(track,
                             [&](const dataset::FaceRecord& record) {
                               return up(face::transform(face::inverse(*record.aligned_from_frame), in_crop));
                             }),
                "\n");
  }
  for (std::size_t i = 0; i < from.size(); ++i)
    out += text(" from", i + 1, " {", from[i].x, " ", from[i].y, "}\n");
  return out + text(" label \"the aligned crop, ", track.crop_side,
                    " pixels, where it lies in the plate\"\n name ", plain(track.name), "_crop\n}\n");
}

/// Moves what was painted on the track's first frame with the face.
std::string follower(const Track& track, const FromLowerLeft& up) {
  const double middle = (track.crop_side - 1) / 2.0;
  const auto frame_from_aligned = [](const dataset::FaceRecord& record) {
    return face::inverse(*record.aligned_from_frame);
  };
  const auto place = [&](const dataset::FaceRecord& record) {
    return up(face::transform(frame_from_aligned(record), {middle, middle}));
  };
  // y points up in Nuke, so turns are the other way round.
  const auto turn_deg = [&](const dataset::FaceRecord& record) {
    const face::Affine m = frame_from_aligned(record);
    return -std::atan2(m(1, 0), m(0, 0)) * 180 / std::numbers::pi;
  };
  const dataset::FaceRecord& first = track.faces.front()->record;
  const cv::Point2d start = place(first);
  const double first_turn = turn_deg(first), first_scale = face::scale_of(frame_from_aligned(first));
  std::string out = "Transform {\n inputs 0\n";
  out += text(" translate ", point_curves(track, [&](const auto& record) { return place(record) - start; }),
              "\n");
  out += text(
      " rotate {",
      curve(track, [&](const auto& record) { return std::remainder(turn_deg(record) - first_turn, 360); }),
      "}\n");
  out += text(
      " scale {",
      curve(track,
            [&](const auto& record) { return face::scale_of(frame_from_aligned(record)) / first_scale; }),
      "}\n");
  return out + text(" center {", fixed(start.x, 4), " ", fixed(start.y, 4),
                    "}\n label \"follows the face from frame ", first.frame, "\"\n name ", plain(track.name),
                    "_follow\n}\n");
}

Track with_landmarks(const Track& track) {
  Track out = track;
  std::erase_if(out.faces, [](const SwapRecord* face) { return !face->record.landmarks; });
  return out;
}

std::string landmark_node(const Track& track, const FromLowerLeft& up) {
  std::string out = "NoOp {\n inputs 0\n name " + plain(track.name) + "_landmarks\n";
  for (const LandmarkGroup& group : kGroups) {
    out += text(" addUserKnob {20 ", group.name, "}\n");
    for (int i = group.first; i <= group.last; ++i) {
      const auto index = static_cast<std::size_t>(i);
      out +=
          text(" addUserKnob {12 ", group.name, i, "}\n ", group.name, i, " ",
               point_curves(track, [&](const auto& record) { return up((*record.landmarks)[index]); }), "\n");
    }
  }
  return out + "}\n";
}

std::string nuke_script(const std::vector<Track>& tracks, const FromLowerLeft& up) {
  std::string out =
      "# Faces of a plate, written by Understudy. In Nuke: File, Insert Comp Nodes, or paste it.\n";
  for (const Track& track : tracks) {
    out += corner_pin(track, up) + follower(track, up);
    const Track seen = with_landmarks(track);
    if (!seen.faces.empty()) out += landmark_node(seen, up);
  }
  return out;
}

/// 3DEqualizer's ASCII of 2D points: their number, then of each its name, colour, number of frames, and
/// frame, x and y.
std::string point_file(const Track& track, const LandmarkGroup& group, const FromLowerLeft& up) {
  std::string out = text(group.last - group.first + 1, "\n");
  for (int i = group.first; i <= group.last; ++i) {
    out += text(group.name, i, "\n0\n", track.faces.size(), "\n");
    for (const SwapRecord* face : track.faces) {
      const cv::Point2d p = up((*face->record.landmarks)[static_cast<std::size_t>(i)]);
      out += text(face->record.frame, " ", fixed(p.x, 4), " ", fixed(p.y, 4), "\n");
    }
  }
  return out;
}

}  // namespace

void write_tracks(const fs::path& folder, const ConvertedSource& converted, const media::SourceInfo& plate,
                  const std::string& plate_sha256) {
  const std::vector<Track> tracks = tracks_of(converted, plate.frames);
  const FromLowerLeft up(media::plate_window(plate));
  write_file(folder / "tracks.json",
             json_text(tracks_json(tracks, plate, plate_sha256, converted.consents)) + "\n");
  write_file(folder / "tracks.nk", nuke_script(tracks, up));
  for (const Track& track : tracks) {
    const Track seen = with_landmarks(track);
    if (seen.faces.empty()) continue;
    for (const LandmarkGroup& group : kGroups)
      write_file(folder / (plain(track.name) + "_" + group.name + ".txt"), point_file(seen, group, up));
  }
}

}  // namespace understudy::stages
