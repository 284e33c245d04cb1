#include "understudy/stages/merge_regions.h"

#include <algorithm>
#include <limits>
#include <map>
#include <opencv2/core.hpp>

namespace understudy::stages {
namespace {

using provenance::c2pa::ChangedRegion;

/// How much larger than one of its boxes a region may be; more, where there would be too many.
constexpr double kGrowth = 2.25;
constexpr std::size_t kMostRegions = 300;

std::int64_t area(const cv::Rect& box) {
  return std::int64_t{box.width} * box.height;
}

/// A region that goes on as long as its track does.
struct Stretch {
  const ChangedFrame *first, *last;
  cv::Rect box;  ///< empty: not known
  std::int64_t least_area;

  bool takes(const ChangedFrame& frame, const cv::Rect& next, double growth) const {
    const auto least = static_cast<double>(std::min(least_area, area(next)));
    return frame.number > last->number && frame.number - 1 == last->number &&
           static_cast<double>(area(box | next)) <= growth * least;
  }
  void add(const ChangedFrame& frame, const cv::Rect& next) {
    last = &frame;
    box |= next;
    least_area = std::min(least_area, area(next));
  }
};

std::vector<Stretch> stretches_of(const std::vector<ChangedFrame>& frames, double growth) {
  std::vector<Stretch> out;
  std::map<std::string, std::size_t> open;  // each track's newest
  const auto add = [&](const ChangedFrame& frame, const std::string& track, const cv::Rect& box) {
    const auto found = open.find(track);
    if (found != open.end() && out[found->second].takes(frame, box, growth))
      return out[found->second].add(frame, box);
    open[track] = out.size();
    out.push_back({&frame, &frame, box, area(box)});
  };
  for (const ChangedFrame& frame : frames) {
    for (const ChangedFace& face : frame.faces) add(frame, face.track, face.box);
    if (frame.faces.empty()) add(frame, "", {});
  }
  return out;
}

}  // namespace

std::vector<ChangedRegion> changed_regions(const std::vector<ChangedFrame>& frames, bool is_video) {
  std::vector<Stretch> stretches = stretches_of(frames, kGrowth);
  if (stretches.size() > kMostRegions)
    stretches = stretches_of(frames, std::numeric_limits<double>::infinity());
  std::vector<ChangedRegion> out;
  for (const Stretch& each : stretches) {
    ChangedRegion region;
    region.first = is_video ? each.first->start : static_cast<double>(each.first->number);
    region.last = is_video ? each.last->end : static_cast<double>(each.last->number);
    if (!each.box.empty()) region.box = {each.box.x, each.box.y, each.box.width, each.box.height};
    out.push_back(region);
  }
  return out;
}

}  // namespace understudy::stages
