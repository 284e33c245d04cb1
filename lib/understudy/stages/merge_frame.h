#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <vector>

#include "understudy/media/source.h"
#include "understudy/stages/merge_input.h"
#include "understudy/stages/merge_shot.h"
#include "understudy/stages/roto_matte.h"

namespace understudy::vision {
class Upscaler;
}

namespace understudy::stages {

class ElementsWriter;
class LabelPainter;

/// Everything that the frames of a merge have in common.
struct MergeJob {
  Shot shot;
  std::vector<std::string> textures;  ///< all that any frame of the shot uses
  ConvertedSource converted;
  std::vector<std::int64_t> wanted;  ///< ascending
  bool wants_matte = false;
  double steady_frames = 0;  ///< sigma, in frames, of the Gaussian that steadies what is measured
  std::int64_t radius = 0;   ///< frames on either side that have a say in what a face is given
  bool still = false;        ///< the plate has one frame only
  std::string source;
  std::uint64_t seed = 0;
  const ElementsWriter* elements = nullptr;  ///< not owned, wants keeps_plate; null: nobody wants elements
  std::shared_ptr<const vision::Upscaler> upscaler;  ///< of swapped crops; null: none
  std::shared_ptr<const LabelPainter> label;         ///< burnt into the result; null: none
  bool keeps_plate = false;                          ///< MergeFrame::plate is wanted
  bool keep_predicted = false;                       ///< SwappedFace::predicted is wanted
};

/// A face on its way into its frame. Other frames' threads read the track and what was measured.
struct MergeFace {
  std::string track;
  int number = 0;
  SwappedFace swapped;
  FaceMeasure measured;
  FaceMeasure given;  ///< what was measured, steadied
  FaceTrace trace;
};

struct MergeFailure {
  std::string item, why;
};

/// One frame on its way from the plate to the output.
struct MergeFrame {
  std::int64_t number = 0;
  bool wanted = false;                ///< or only measured, for the sake of its neighbours
  std::optional<media::Frame> frame;  ///< nothing when the plate's own frame cannot be had
  media::Picture before;              ///< the plate one frame earlier, until the faces are measured
  std::vector<MergeFace> faces;
  media::Picture roto;       ///< where the plate stays; empty: nowhere
  bool plate_stays = false;  ///< all of it
  media::Picture matte;      ///< what was replaced
  media::Picture plate;      ///< the frame as it was, where MergeJob::keeps_plate
  std::int64_t merged = 0;
  std::vector<MergeFailure> failures;
};

/// Frames on either side that have a say where `steady_frames` (MergeJob) is the sigma.
std::int64_t steadying_reach(double steady_frames);

/// What frames are made of, in ascending order.
class MergeFrames {
 public:
  /// `roto` may be null.
  MergeFrames(const MergeJob& job, media::FrameSource& plate, RotoMatte* roto)
      : job_(job), plate_(plate), roto_(roto) {}
  /// The plate's next frame, and its matte that was drawn; nothing after the last.
  std::optional<MergeFrame> next();

 private:
  const MergeJob& job_;
  media::FrameSource& plate_;
  RotoMatte* roto_;
  media::Picture last_;
  std::int64_t last_number_ = 0;
};

/// Loads the faces of a frame and measures what their matches need. Of one that is not wanted only that is
/// kept.
void measure_frame(const MergeJob& job, MergeFrame& work);

/// Puts the faces into a frame that is wanted, what was measured steadied by the frames around it, itself
/// among them.
void merge_frame(const MergeJob& job, MergeFrame& work, const std::vector<const MergeFrame*>& around);

}  // namespace understudy::stages
