#include "understudy/stages/evaluate.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/media/source.h"
#include "understudy/stages/evaluate_scores.h"
#include "understudy/stages/pipeline.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// The sources side by side, read in step.
class Clips {
 public:
  Clips(const EvaluateOptions& options, int threads) : options_(options) {
    result_ = open(options.result, threads);
    const std::vector<std::int64_t> all = result_->info().frames;
    numbers_ = options.common.frames.apply(all);
    for (std::int64_t n : numbers_)
      positions_.push_back(
          static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), n) - all.begin()));
    result_->select(numbers_);
    truth_ = open_beside(options.truth, threads);
    plate_ = open_beside(options.plate, threads);
    if (!options.mask.empty()) mask_ = open_beside(options.mask, threads);
  }

  std::size_t size() const { return numbers_.size(); }

  /// The next frame of all; nothing behind the last.
  std::optional<ComparedFrame> next() {
    auto frame = result_->next();
    if (!frame) return std::nullopt;
    ComparedFrame out{frame->number, frame->picture.bgr8(), picture_of(*truth_), picture_of(*plate_), {}};
    out.inside = mask_ ? mask_of(*mask_) : compose::changed_region(out.truth, out.plate);
    return out;
  }

  /// The next frame's mask alone; not to be mixed with next().
  cv::Mat next_inside() {
    return mask_ ? mask_of(*mask_) : compose::changed_region(picture_of(*truth_), picture_of(*plate_));
  }

 private:
  using SourcePtr = std::unique_ptr<media::FrameSource>;

  static SourcePtr open(const fs::path& path, int threads) { return media::open_source(path, threads); }

  /// As open(), refusing what does not go with the result, and selecting the same frames by order.
  SourcePtr open_beside(const fs::path& path, int threads) const {
    SourcePtr source = open(path, threads);
    const media::SourceInfo &ours = result_->info(), &theirs = source->info();
    const auto refuse = [&](const std::string& what) {
      throw Error(ErrorCode::kFormat,
                  text(options_.result.string(), " and ", path.string(), " do not go together: ", what),
                  "compare clips of one size and length, which were made from one plate");
    };
    if (ours.format.width != theirs.format.width || ours.format.height != theirs.format.height)
      refuse(text(ours.format.width, "x", ours.format.height, " and ", theirs.format.width, "x",
                  theirs.format.height, " pixels"));
    if (ours.frames.size() != theirs.frames.size())
      refuse(text(ours.frames.size(), " and ", theirs.frames.size(), " frames"));
    std::vector<std::int64_t> selected;
    for (std::size_t position : positions_) selected.push_back(theirs.frames[position]);
    source->select(std::move(selected));
    return source;
  }

  static cv::Mat picture_of(media::FrameSource& source) {
    auto frame = source.next();
    if (!frame)
      throw Error(ErrorCode::kFormat, text(source.info().path.string(), " ends before its last frame"),
                  "the file is damaged");
    return frame->picture.bgr8();
  }

  static cv::Mat mask_of(media::FrameSource& source) {
    cv::Mat grey;
    cv::extractChannel(picture_of(source), grey, 0);
    return grey > 127;
  }

  const EvaluateOptions& options_;
  SourcePtr result_, truth_, plate_, mask_;
  std::vector<std::int64_t> numbers_;
  std::vector<std::size_t> positions_;
};

/// The square root of the mask's mean area over all frames, in pixels.
double mean_face_side(const EvaluateOptions& options, int threads) {
  Clips clips(options, threads);
  double area = 0;
  for (std::size_t i = 0; i < clips.size(); ++i) area += cv::countNonZero(clips.next_inside());
  return clips.size() == 0 ? 0 : std::sqrt(area / static_cast<double>(clips.size()));
}

struct Work {
  ComparedFrame frame;
  FrameScores scores;
};

}  // namespace

Outcome evaluate(const EvaluateOptions& options, Run& run) {
  const int threads = effective_threads(options.common.threads);
  const double face_side = mean_face_side(options, threads);
  if (face_side == 0) log_warning("the mask is black in every frame: only what is outside could be compared");
  Clips clips(options, threads);
  run.progress.start("evaluate", static_cast<std::int64_t>(clips.size()));
  ClipScores scores;
  Outcome outcome;
  PipelineSteps<Work> steps;
  steps.make = [&]() -> std::optional<Work> {
    auto frame = clips.next();
    if (!frame) return std::nullopt;
    return Work{std::move(*frame), {}};
  };
  steps.work = [&](Work& work) {
    work.scores = score_frame(work.frame, face_side);
    work.frame = {};
  };
  steps.take = [&](Work& work) {
    scores.add(std::move(work.scores));
    run.progress.advance();
    outcome.stopped = run.cancel.stop_requested();
    return !outcome.stopped;
  };
  run_pipeline(threads, steps);
  run.progress.finish();
  if (outcome.stopped) return outcome;
  const Json json = scores.to_json();
  run.report.details["evaluation"] = json;
  outcome.result = json.dump(2) + "\n";
  return outcome;
}

}  // namespace understudy::stages
