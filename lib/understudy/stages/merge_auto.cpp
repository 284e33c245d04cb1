#include "understudy/stages/merge_auto.h"

#include <algorithm>
#include <map>

#include "understudy/compose/color.h"
#include "understudy/core/item_error.h"

namespace understudy::stages {
namespace {

constexpr std::size_t kTriedFrames = 8;

/// Some of the frames that have a face, evenly spaced.
std::vector<std::int64_t> frames_to_try(const ConvertedSource& converted,
                                        const std::vector<std::int64_t>& all) {
  std::vector<std::int64_t> with_face, out;
  for (const auto& [frame, faces] : converted.faces)
    if (!faces.empty() && std::ranges::binary_search(all, frame)) with_face.push_back(frame);
  const std::size_t count = std::min(kTriedFrames, with_face.size());
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(with_face[(2 * i + 1) * with_face.size() / (2 * count)]);
  return out;
}

struct Mean {
  double sum = 0;
  int count = 0;
  double value() const { return sum / std::max(1, count); }
};

/// Adds the steps of one frame's faces, each match on a plate of its own.
void try_frame(const MergeJob& job, const media::Frame& frame, std::map<std::string, Mean>& seams) {
  MergeLook look = job.shot.at(frame.number);
  look.textures.clear();
  look.blend = "feather";
  for (const SwapRecord& swap : job.converted.faces.at(frame.number)) {
    try {
      const SwappedFace face = load_face(swap, look);
      for (const std::string& name : compose::color_matches().names()) {
        look.color = name;
        const FaceMeasure measured = measure_face({frame.picture, {}, true}, face, look);
        media::Picture merged = frame.picture.clone();
        cv::Mat no_matte;
        const FaceTrace trace = merge_face(merged, face, measured, {}, look, no_matte);
        if (!trace.seam) continue;
        seams[name].sum += *trace.seam;
        ++seams[name].count;
      }
    } catch (const Error& e) {
      if (!concerns_item(e)) throw;  // merging will list it
    }
  }
}

}  // namespace

const Table<ColorChoice>& color_choices() {
  static const Table<ColorChoice> table = [] {
    std::vector<Table<ColorChoice>::Entry> rows;
    for (const auto& match : compose::color_matches()) rows.push_back({match.name, match.description, {}});
    rows.push_back({"auto", "the one with the smallest seam, tried on eight frames", {}});
    return Table<ColorChoice>{compose::color_matches().what(), rows};
  }();
  return table;
}

TriedColors try_colors(const MergeJob& job, media::FrameSource& plate) {
  TriedColors out{"none", Json::object()};
  std::map<std::string, Mean> seams;
  const std::vector<std::int64_t> frames = frames_to_try(job.converted, plate.info().frames);
  if (frames.empty()) return out;
  plate.select(frames);
  for (bool more = true; more;) {
    try {
      const auto frame = plate.next();
      more = frame.has_value();
      if (more) try_frame(job, *frame, seams);
    } catch (const media::BadFrame&) {
      continue;  // merging will list it
    }
  }
  double least = 0;
  for (const std::string& name : compose::color_matches().names()) {
    if (seams[name].count == 0) continue;
    const double seam = seams[name].value();
    if (out.seams.empty() || seam < least) {
      least = seam;
      out.best = name;
    }
    out.seams[name] = std::round(seam * 1e4) / 1e4;
  }
  return out;
}

}  // namespace understudy::stages
