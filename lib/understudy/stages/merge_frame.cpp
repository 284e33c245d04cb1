#include "understudy/stages/merge_frame.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "understudy/core/item_error.h"
#include "understudy/core/seeds.h"
#include "understudy/stages/merge_elements.h"
#include "understudy/stages/merge_label.h"
#include "understudy/stages/merge_output.h"
#include "understudy/vision/upscaler.h"

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

/// A picture made larger by a network, and all that goes with it.
void enlarge(SwappedFace& face, const vision::Upscaler& upscaler) {
  const double scale = upscaler.scale();
  face.picture = upscaler.enlarged(face.picture);
  for (cv::Mat* mask : {&face.mask, &face.predicted})
    if (!mask->empty()) cv::resize(*mask, *mask, face.picture.size(), 0, 0, cv::INTER_LINEAR);
  face.aligned_from_frame = face::compose(face::Affine(scale, 0, (scale - 1) / 2, 0, scale, (scale - 1) / 2),
                                          face.aligned_from_frame);
}

/// The mean of what was measured of the face's track around the frame, weighed by a Gaussian over time.
/// `row_of` says which row of a measure is meant, null for none.
template <class RowOf>
cv::Mat steadied_row(const MergeFace& face, const MergeFrame& work,
                     const std::vector<const MergeFrame*>& around, const MergeJob& job, const RowOf& row_of) {
  cv::Mat sum;
  double weights = 0;
  for (const MergeFrame* other : around) {
    const std::int64_t away = other->number - work.number;
    if (std::abs(away) > job.radius) continue;
    const double z = away == 0 ? 0 : static_cast<double>(away) / job.steady_frames;
    const double weight = std::exp(-z * z / 2);
    for (const MergeFace& same : other->faces) {
      const cv::Mat* row = same.track == face.track ? row_of(same.measured) : nullptr;
      if (!row || row->empty()) continue;
      if (sum.empty()) sum = cv::Mat::zeros(row->size(), CV_32FC1);
      cv::scaleAdd(*row, weight, sum, sum);
      weights += weight;
    }
  }
  if (weights > 0) sum /= weights;
  return sum;
}

FaceMeasure steadied(const MergeFace& face, const MergeFrame& work,
                     const std::vector<const MergeFrame*>& around, const MergeJob& job,
                     const MergeLook& look) {
  FaceMeasure out;
  out.color_match = face.measured.color_match;
  out.color = steadied_row(face, work, around, job, [&](const FaceMeasure& measure) {
    return measure.color_match == out.color_match ? &measure.color : nullptr;
  });
  for (const std::string& name : look.textures) {
    const cv::Mat row = steadied_row(face, work, around, job, [&](const FaceMeasure& measure) {
      const auto found = measure.textures.find(name);
      return found == measure.textures.end() ? nullptr : &found->second;
    });
    if (!row.empty()) out.textures[name] = row;
  }
  return out;
}

/// Textures change slowly: of each sigma's frames one is measured, the same whatever else is merged, as far
/// as it has the face's track.
bool measures_textures(const MergeJob& job, std::int64_t number, const std::string& track) {
  const auto every = std::max<std::int64_t>(1, static_cast<std::int64_t>(job.steady_frames));
  const auto has_track = [&](std::int64_t other) {
    const auto found = job.converted.faces.find(other);
    return found != job.converted.faces.end() &&
           std::ranges::any_of(found->second,
                               [&](const SwapRecord& swap) { return track_of(swap.record) == track; });
  };
  const std::int64_t before = number - number % every;
  return number == before || (!has_track(before) && !has_track(before + every));
}

}  // namespace

std::int64_t steadying_reach(double steady_frames) {
  return static_cast<std::int64_t>(std::ceil(3 * steady_frames));
}

std::optional<MergeFrame> MergeFrames::next() {
  MergeFrame work;
  std::string why;
  try {
    work.frame = plate_.next();
    if (!work.frame) return std::nullopt;
    work.number = work.frame->number;
    if (!last_.empty() && last_number_ == work.number - 1) work.before = last_;
    last_ = work.frame->picture;
    last_number_ = work.number;
  } catch (const media::BadFrame& e) {
    work.number = e.number();
    why = e.message();
  }
  work.wanted = std::ranges::binary_search(job_.wanted, work.number);
  if (!work.frame && work.wanted)
    work.failures.push_back({text("frame ", work.number), text("left out of the output: ", why)});
  if (roto_ && work.wanted) read_roto(*roto_, work);
  return work;
}

void measure_frame(const MergeJob& job, MergeFrame& work) {
  if (!work.frame) return;
  const std::string item = text("frame ", work.number);
  if (const auto failed = job.converted.failures.find(work.number); failed != job.converted.failures.end())
    work.failures.push_back({item, text("not swapped: ", failed->second)});
  else if (!job.converted.frames.contains(work.number))
    work.failures.push_back({item, "not swapped: understudy-convert has not done this frame"});
  MergeLook look = job.shot.at(work.number);
  if (const auto found = job.converted.faces.find(work.number); found != job.converted.faces.end()) {
    for (const SwapRecord& swap : found->second) {
      try {
        MergeFace face{
            track_of(swap.record), swap.record.face, load_face(swap, look, job.keep_predicted), {}, {}, {}};
        if (job.upscaler) enlarge(face.swapped, *job.upscaler);
        face.swapped.seed = item_seed(job.seed, job.source, work.number, swap.record.face);
        look.textures.clear();
        if (measures_textures(job, work.number, face.track))
          look.textures = job.textures;  // neighbours may use those that this frame does not
        face.measured = measure_face({work.frame->picture, work.before, job.still}, face.swapped, look);
        work.faces.push_back(std::move(face));
      } catch (const Error& e) {
        if (!concerns_item(e)) throw;
        work.failures.push_back({text(item, " face ", swap.record.face), text("not swapped: ", e.message())});
      }
    }
  }
  work.before = {};
  if (work.wanted) return;
  work.frame.reset();
  for (MergeFace& face : work.faces) face.swapped = {};
}

void merge_frame(const MergeJob& job, MergeFrame& work, const std::vector<const MergeFrame*>& around) {
  if (!work.frame) return;
  media::Frame& frame = *work.frame;
  const MergeLook look = job.shot.at(work.number);
  if (job.keeps_plate) work.plate = frame.picture.clone();
  cv::Mat matte;
  if (job.wants_matte || job.elements)
    matte = cv::Mat::zeros(frame.picture.format().height, frame.picture.format().width, CV_32FC1);
  for (MergeFace& face : work.faces) {
    if (work.plate_stays) break;
    face.given = steadied(face, work, around, job, look);
    face.trace = merge_face(frame.picture, face.swapped, face.given, work.roto, look, matte);
    ++work.merged;
  }
  if (job.elements) job.elements->write(work.number, work.plate, frame.picture, matte, work.faces);
  for (MergeFace& face : work.faces) face.swapped = {};
  if (job.wants_matte) work.matte = matte_picture(matte);
  if (job.label) job.label->paint(frame.picture, work.number);
}

}  // namespace understudy::stages
