#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "understudy/core/run.h"
#include "understudy/dataset/overrides.h"
#include "understudy/stages/faces_list.h"
#include "understudy/stages/faces_stats.h"

namespace understudy::stages {
namespace {

constexpr std::size_t kHistogramBins = 20;

/// The numbers of a dataset that are more than counted.
struct Numbers {
  std::vector<double> yaw_deg, pitch_deg, sharpness, size_px;
};

double rounded(double value) {
  return std::round(value * 100) / 100;
}

Json span_of(std::vector<double> values) {
  if (values.empty()) return nullptr;
  std::ranges::sort(values);
  return {{"least", rounded(values.front())},
          {"median", rounded(values[values.size() / 2])},
          {"most", rounded(values.back())}};
}

/// A round width of which `kHistogramBins` reach to `most`.
double bin_width(double most) {
  const double least = std::max(most, 1e-3) / kHistogramBins;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * power >= least) return step * power;
  return 10 * power;
}

Json histogram(const std::vector<double>& values, double width) {
  std::vector<std::int64_t> counts;
  for (const double value : values) {
    const auto bin = static_cast<std::size_t>(std::max(0.0, value) / width);
    if (bin >= counts.size()) counts.resize(bin + 1);
    ++counts[bin];
  }
  return {{"width", width}, {"counts", counts}};
}

/// Runs of `frames` that no face of `with_face` is in.
Json gaps_between(const std::vector<std::int64_t>& frames, const std::set<std::int64_t>& with_face) {
  Json out = Json::array();
  bool open = false;
  for (const std::int64_t frame : frames) {
    const bool empty = !with_face.contains(frame);
    if (empty && open)
      out.back()[1] = frame;
    else if (empty)
      out.push_back({frame, frame});
    open = empty;
  }
  return out;
}

Json poses_of(const Numbers& numbers) {
  std::map<std::pair<long, long>, std::int64_t> bins;
  for (std::size_t i = 0; i < numbers.yaw_deg.size(); ++i)
    ++bins[{std::lround(numbers.pitch_deg[i] / kPoseBinDeg), std::lround(numbers.yaw_deg[i] / kPoseBinDeg)}];
  Json out = Json::array();
  for (const auto& [bin, faces] : bins)
    out.push_back(
        {{"yaw_deg", bin.second * kPoseBinDeg}, {"pitch_deg", bin.first * kPoseBinDeg}, {"faces", faces}});
  return out;
}

/// What was aligned of one source, and how much of it is out of use.
struct SourceCounts {
  std::vector<std::int64_t> frames;
  std::int64_t removed = 0, skipped = 0;
};

SourceCounts counts_of(const dataset::Dataset& dataset, const std::string& source) {
  SourceCounts out;
  const std::vector<dataset::Override> corrections = dataset::read_overrides(dataset, source);
  out.skipped = std::ranges::count_if(corrections, &dataset::Override::skip);
  std::vector<dataset::BadLine> bad;
  for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder("align", source))) {
    out.frames.insert(out.frames.end(), shard.info.frames.begin(), shard.info.frames.end());
    for (const dataset::FaceRecord& record : dataset::read_all_records(shard, bad))
      out.removed += dataset::is_removed(shard, record);
  }
  std::ranges::sort(out.frames);
  return out;
}

/// What is counted of the faces in use, one after the other.
struct Tally {
  std::int64_t faces = 0;
  std::map<std::string, std::set<std::int64_t>> with_face;
  std::map<std::string, std::int64_t> per_source, people;
  std::set<std::pair<std::string, std::string>> tracks;
  Numbers numbers;

  void add(const dataset::FaceRecord& record) {
    ++faces;
    with_face[record.source].insert(record.frame);
    ++per_source[record.source];
    if (!record.person.empty()) ++people[record.person];
    tracks.emplace(record.source, record.track);
    numbers.size_px.push_back(std::sqrt(std::max(0.0F, record.box.area())));
    if (record.sharpness) numbers.sharpness.push_back(*record.sharpness);
    if (!record.pose) return;
    numbers.yaw_deg.push_back(record.pose->yaw_deg);
    numbers.pitch_deg.push_back(record.pose->pitch_deg);
  }
};

Json counted(const dataset::Dataset& dataset, Tally& tally) {
  Json sources = Json::array();
  std::int64_t frames = 0, removed = 0, skipped = 0;
  for (const std::string& source : dataset.sources()) {
    const SourceCounts counts = counts_of(dataset, source);
    frames += static_cast<std::int64_t>(counts.frames.size());
    removed += counts.removed;
    skipped += counts.skipped;
    sources.push_back({{"source", source},
                       {"frames", counts.frames.size()},
                       {"faces", tally.per_source[source]},
                       {"gaps", gaps_between(counts.frames, tally.with_face[source])}});
  }
  return {{"dataset", dataset.root().string()},
          {"subject", dataset.info().subject},
          {"role", dataset.info().role},
          {"faces", tally.faces},
          {"removed", removed},
          {"skipped", skipped},
          {"frames", frames},
          {"tracks", tally.tracks.size()},
          {"people", tally.people},
          {"sources", std::move(sources)}};
}

double most_of(const std::vector<Numbers>& all, std::vector<double> Numbers::*values) {
  double out = 0;
  for (const Numbers& numbers : all)
    for (const double value : numbers.*values) out = std::max(out, value);
  return out;
}

std::string span_text(const Json& span) {
  if (span.is_null()) return "-";
  return text(span["least"], " to ", span["most"], ", median ", span["median"]);
}

}  // namespace

std::vector<Json> stats_of(const std::vector<dataset::Dataset>& datasets, Report& report) {
  std::vector<Json> out;
  std::vector<Numbers> numbers;
  for (const dataset::Dataset& dataset : datasets) {
    Tally tally;
    each_face(dataset, report, {}, [&](const ListedFace& face) {
      tally.add(face.record);
      return true;
    });
    out.push_back(counted(dataset, tally));
    numbers.push_back(std::move(tally.numbers));
  }
  const double sharpness_width = bin_width(most_of(numbers, &Numbers::sharpness)),
               size_width = bin_width(most_of(numbers, &Numbers::size_px));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i]["yaw_deg"] = span_of(numbers[i].yaw_deg);
    out[i]["pitch_deg"] = span_of(numbers[i].pitch_deg);
    out[i]["sharpness"] = span_of(numbers[i].sharpness);
    out[i]["size_px"] = span_of(numbers[i].size_px);
    out[i]["poses"] = poses_of(numbers[i]);
    out[i]["sharpness_histogram"] = histogram(numbers[i].sharpness, sharpness_width);
    out[i]["size_px_histogram"] = histogram(numbers[i].size_px, size_width);
  }
  return out;
}

std::string stats_text(const Json& stats) {
  std::string out =
      text(stats["dataset"].get<std::string>(), ": ", stats["role"].get<std::string>(), "\n  faces      ",
           stats["faces"], " in ", stats["frames"], " frames, ", stats["removed"], " removed, ",
           stats["skipped"], " skipped\n  tracks     ", stats["tracks"], "\n");
  for (const auto& [name, faces] : stats["people"].items())
    out += text("  person     ", name, ": ", faces, "\n");
  for (const char* key : {"yaw_deg", "pitch_deg", "sharpness", "size_px"})
    out += text("  ", std::left, std::setw(11), key, span_text(stats[key]), "\n");
  for (const Json& source : stats["sources"])
    if (!source["gaps"].empty())
      out += text("  no face    ", source["source"].get<std::string>(), " frames ", json_text(source["gaps"]),
                  "\n");
  return out;
}

}  // namespace understudy::stages
