#include <algorithm>
#include <cmath>

#include "understudy/stages/consent_gate.h"
#include "understudy/stages/faces.h"
#include "understudy/stages/faces_look.h"

namespace understudy::stages {
namespace {

using Ranked = RankedFace;

void sort_by_value(std::vector<Ranked>& ranked, bool highest_first) {
  std::ranges::stable_sort(ranked, [&](const Ranked& a, const Ranked& b) {
    return highest_first ? a.value > b.value : a.value < b.value;
  });
}

double rounded(double value) {
  return std::round(value * 1e4) / 1e4;
}

/// By a number of the record; a face that lacks it is a failure.
template <auto read>
std::vector<Ranked> by_record(const std::vector<ListedFace>& faces, Run& run, bool highest_first) {
  std::vector<Ranked> out;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const std::optional<double> value = read(faces[i].record);
    if (value)
      out.push_back({i, *value});
    else
      run.report.add_failure(faces[i].picture().string(), "its record lacks what faces are sorted by");
  }
  sort_by_value(out, highest_first);
  return out;
}

using R = dataset::FaceRecord;
using Number = std::optional<double>;
constexpr auto kSharpness = [](const R& r) -> Number { return r.sharpness; };
constexpr auto kYaw = [](const R& r) { return r.pose ? Number(r.pose->yaw_deg) : std::nullopt; };
constexpr auto kPitch = [](const R& r) { return r.pose ? Number(r.pose->pitch_deg) : std::nullopt; };
constexpr auto kSize = [](const R& r) -> Number { return std::sqrt(std::max(0.0F, r.box.area())); };

/// Those that could be read.
struct Looks {
  std::vector<std::size_t> faces;
  std::vector<FaceLook> looks;

  FaceLook mean() const {
    std::vector<const FaceLook*> all;
    for (const FaceLook& look : looks) all.push_back(&look);
    return mean_look(all);
  }
};

Looks read_looks(const std::vector<ListedFace>& faces, Run& run) {
  Looks out;
  const auto found = looks_of(faces, run);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i]) continue;
    out.faces.push_back(i);
    out.looks.push_back(*found[i]);
  }
  return out;
}

std::vector<Ranked> by_brightness(const std::vector<ListedFace>& faces, Run& run) {
  const Looks all = read_looks(faces, run);
  std::vector<Ranked> out;
  for (std::size_t i = 0; i < all.faces.size(); ++i) out.push_back({all.faces[i], all.looks[i].brightness});
  sort_by_value(out, false);
  return out;
}

std::vector<Ranked> by_distance(const std::vector<ListedFace>& faces, Run& run) {
  const Looks all = read_looks(faces, run);
  std::vector<Ranked> out;
  if (all.faces.empty()) return out;
  const FaceLook mean = all.mean();
  for (std::size_t i = 0; i < all.faces.size(); ++i)
    out.push_back({all.faces[i], distance(all.looks[i], mean)});
  sort_by_value(out, true);
  return out;
}

/// Each face is followed by the nearest one that is left; begins with the one nearest the mean.
std::vector<Ranked> by_similarity(const std::vector<ListedFace>& faces, Run& run) {
  Looks left = read_looks(faces, run);
  const auto timer = run.report.step("compare");
  std::vector<Ranked> out;
  if (left.faces.empty()) return out;
  FaceLook last = left.mean();
  while (!left.faces.empty()) {
    std::size_t nearest = 0;
    double least = distance(left.looks[0], last);
    for (std::size_t i = 1; i < left.faces.size(); ++i) {
      const double here = distance(left.looks[i], last);
      if (here < least || (here == least && left.faces[i] < left.faces[nearest])) {
        nearest = i;
        least = here;
      }
    }
    out.push_back({left.faces[nearest], out.empty() ? 0 : least});
    last = left.looks[nearest];
    left.faces[nearest] = left.faces.back();
    left.looks[nearest] = left.looks.back();
    left.faces.pop_back();
    left.looks.pop_back();
  }
  return out;
}

}  // namespace

const Table<FaceOrder>& sort_keys() {
  static const Table<FaceOrder> table{
      "order",
      {{"blur", "by sharpness, the sharpest first",
        [](const auto& faces, Run& run) { return by_record<kSharpness>(faces, run, true); }},
       {"yaw", "by yaw, heads turned to the picture's left first",
        [](const auto& faces, Run& run) { return by_record<kYaw>(faces, run, false); }},
       {"pitch", "by pitch, heads bent down first",
        [](const auto& faces, Run& run) { return by_record<kPitch>(faces, run, false); }},
       {"similarity", "each face followed by the one that looks most alike", by_similarity},
       {"brightness", "by mean luma, the darkest first", by_brightness},
       {"size", "by the size in the plate, the largest first",
        [](const auto& faces, Run& run) { return by_record<kSize>(faces, run, true); }},
       {"distance", "by the distance from the mean face, the oddest first", by_distance}}};
  return table;
}

Outcome sort_faces(const SortFacesOptions& options, Run& run) {
  const FaceOrder sort = sort_keys().at(options.by);
  if (!options.link.empty()) need_new_folder(options.link);
  const dataset::Dataset dataset = ConsentGate(options.consents, run.report).open(options.dataset);
  const std::vector<ListedFace> faces = list_faces(dataset, run.report);
  std::vector<FaceLine> lines;
  for (const Ranked& ranked : sort(faces, run)) lines.push_back({&faces[ranked.face], rounded(ranked.value)});
  if (!options.link.empty()) link_faces(lines, options.link);
  Outcome outcome;
  outcome.result = face_lines(lines, "value", options.json);
  outcome.summary = text("sorted ", lines.size(), " faces by ", options.by);
  return outcome;
}

}  // namespace understudy::stages
