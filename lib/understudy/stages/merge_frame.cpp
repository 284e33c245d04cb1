#include "understudy/stages/merge_frame.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "understudy/stages/merge_elements.h"
#include "understudy/stages/merge_output.h"

namespace understudy::stages {
namespace {

/// The roto matte of a wanted frame. Without it nothing may be replaced: the plate's faces stay.
void read_roto(RotoMatte& roto, MergeFrame& work) {
  try {
    work.roto = roto.next(work.number);
  } catch (const media::BadFrame& e) {
    work.failures.push_back(
        {text("frame ", work.number), text("not swapped: its roto matte: ", e.message())});
    work.plate_stays = true;
  }
}

/// What was measured of the face's track around the frame, weighed by a Gaussian over time.
cv::Mat steadied(const MergeFace& face, const MergeFrame& work, const std::vector<const MergeFrame*>& around,
                 const MergeJob& job) {
  if (job.radius == 0) return face.measured;
  cv::Mat sum;
  double weights = 0;
  for (const MergeFrame* other : around) {
    const std::int64_t away = other->number - work.number;
    if (std::abs(away) > job.radius) continue;
    const double z = static_cast<double>(away) / job.steady_frames, weight = std::exp(-z * z / 2);
    for (const MergeFace& same : other->faces) {
      if (same.track != face.track || same.measured.empty()) continue;
      if (sum.empty()) sum = cv::Mat::zeros(same.measured.size(), CV_32FC1);
      cv::scaleAdd(same.measured, weight, sum, sum);
      weights += weight;
    }
  }
  if (weights > 0) sum /= weights;
  return sum;
}

}  // namespace

std::optional<MergeFrame> next_frame(const MergeJob& job, media::FrameSource& plate, RotoMatte* roto) {
  MergeFrame work;
  std::string why;
  try {
    work.frame = plate.next();
    if (!work.frame) return std::nullopt;
    work.number = work.frame->number;
  } catch (const media::BadFrame& e) {
    work.number = e.number();
    why = e.message();
  }
  work.wanted = std::ranges::binary_search(job.wanted, work.number);
  if (!work.frame && work.wanted)
    work.failures.push_back({text("frame ", work.number), text("left out of the output: ", why)});
  if (roto && work.wanted) read_roto(*roto, work);
  return work;
}

void measure_frame(const MergeJob& job, MergeFrame& work) {
  if (!work.frame) return;
  const std::string item = text("frame ", work.number);
  if (const auto failed = job.converted.failures.find(work.number); failed != job.converted.failures.end())
    work.failures.push_back({item, text("not swapped: ", failed->second)});
  else if (!job.converted.frames.contains(work.number))
    work.failures.push_back({item, "not swapped: understudy-convert has not done this frame"});
  if (const auto found = job.converted.faces.find(work.number); found != job.converted.faces.end()) {
    for (const SwapRecord& swap : found->second) {
      try {
        MergeFace face{track_of(swap.record), load_face(swap, job.masks), {}};
        face.measured = measure_face(work.frame->picture, face.swapped, job.look);
        work.faces.push_back(std::move(face));
      } catch (const Error& e) {
        if (e.code() != ErrorCode::kInput && e.code() != ErrorCode::kFormat) throw;
        work.failures.push_back({text(item, " face ", swap.record.face), text("not swapped: ", e.message())});
      }
    }
  }
  if (work.wanted) return;
  work.frame.reset();
  for (MergeFace& face : work.faces) face.swapped = {};
}

void merge_frame(const MergeJob& job, MergeFrame& work, const std::vector<const MergeFrame*>& around) {
  if (!work.frame) return;
  media::Frame& frame = *work.frame;
  if (job.keeps_plate) work.plate = frame.picture.clone();
  cv::Mat matte;
  if (job.wants_matte || job.elements)
    matte = cv::Mat::zeros(frame.picture.format().height, frame.picture.format().width, CV_32FC1);
  for (MergeFace& face : work.faces) {
    if (work.plate_stays) break;
    merge_face(frame.picture, face.swapped, steadied(face, work, around, job), work.roto, job.look, matte);
    ++work.merged;
  }
  if (job.elements) job.elements->write(work.number, work.plate, frame.picture, matte, work.faces);
  for (MergeFace& face : work.faces) face.swapped = {};
  if (job.wants_matte) work.matte = matte_picture(matte);
}

}  // namespace understudy::stages
