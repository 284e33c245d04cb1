#pragma once

#include <string>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/dataset/dataset.h"

namespace understudy {
class Report;
}

namespace understudy::stages {

/// What a dataset's faces are like, of those in use:
///
///     {"dataset", "subject", "role", "faces", "removed", "skipped", "frames", "tracks",
///      "people": {"Ada": 12},                                      where corrections name them
///      "sources": [{"source", "frames", "faces", "gaps": [[12, 14]]}],  frames without a face, as runs
///      "yaw_deg": {"least", "median", "most"}, "pitch_deg", "sharpness", "size_px": the same,
///      "poses": [{"yaw_deg", "pitch_deg", "faces"}],               in bins of kPoseBinDeg degrees
///      "sharpness_histogram": {"width": 10, "counts": [3, 9]}, "size_px_histogram": the same}
///
/// Of several datasets the histograms have the same widths. Throws Error kInput when one has no face.
std::vector<Json> stats_of(const std::vector<dataset::Dataset>& datasets, Report& report);

constexpr int kPoseBinDeg = 10;

/// The same in lines.
std::string stats_text(const Json& stats);

/// A page of its own with pose maps and histograms, everything beside each other. `missing`: sentences on
/// what the likeness lacks.
std::string stats_page(const std::vector<Json>& stats, const std::vector<std::string>& missing);

}  // namespace understudy::stages
