#include <algorithm>
#include <cmath>

#include "understudy/core/plain_text.h"
#include "understudy/stages/faces_stats.h"

namespace understudy::stages {
namespace {

constexpr int kWidth = 460, kCell = 22, kLeft = 40;
constexpr int kMostYaw = 90, kMostPitch = 60;  // what the map shows; what is beyond stands at its edge

constexpr const char* kHead =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Faces</title>\n<style>\n"
    "body{font:14px/1.5 sans-serif;margin:2em;max-width:1100px;color:#222}\n"
    ".beside{display:flex;flex-wrap:wrap;gap:2em}\n.dataset{width:460px}\n"
    "table{border-collapse:collapse}td{padding:1px 12px 1px 0;vertical-align:top}\n"
    "svg{width:100%;height:auto;margin:.5em 0}svg text{font-size:10px;fill:#555}\n"
    ".empty{fill:#f0f0f0}.bar{fill:#3b6ea5}\n</style></head><body>\n";

std::string svg(int height, const std::string& title, const std::string& content) {
  return text("<h3>", html_text(title), "</h3>\n<svg viewBox=\"0 0 ", kWidth, " ", height,
              "\" role=\"img\" aria-label=\"", html_text(title), "\">\n", content, "</svg>\n");
}

std::string label(int x, int y, const std::string& words) {
  return text("<text x=\"", x, "\" y=\"", y, "\">", html_text(words), "</text>\n");
}

/// Yaw to the right, pitch upwards, the darker the more faces.
std::string pose_map(const Json& stats) {
  constexpr int kColumns = 2 * kMostYaw / kPoseBinDeg + 1, kRows = 2 * kMostPitch / kPoseBinDeg + 1;
  std::vector<std::int64_t> counts(kColumns * kRows);
  for (const Json& bin : stats["poses"]) {
    const int column = (std::clamp(bin["yaw_deg"].get<int>(), -kMostYaw, kMostYaw) + kMostYaw) / kPoseBinDeg;
    const int row =
        (kMostPitch - std::clamp(bin["pitch_deg"].get<int>(), -kMostPitch, kMostPitch)) / kPoseBinDeg;
    counts[static_cast<std::size_t>(row * kColumns + column)] += bin["faces"].get<std::int64_t>();
  }
  const double most = static_cast<double>(std::max<std::int64_t>(1, *std::ranges::max_element(counts)));
  std::string out;
  for (int row = 0; row < kRows; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      const auto count = counts[static_cast<std::size_t>(row * kColumns + column)];
      const int yaw = column * kPoseBinDeg - kMostYaw, pitch = kMostPitch - row * kPoseBinDeg;
      const std::string paint =
          count == 0
              ? "class=\"empty\""
              : text("class=\"bar\" fill-opacity=\"",
                     fixed(0.25 + 0.75 * std::log1p(static_cast<double>(count)) / std::log1p(most), 2), "\"");
      out += text("<rect ", paint, " x=\"", kLeft + column * kCell, "\" y=\"", row * kCell, "\" width=\"",
                  kCell - 1, "\" height=\"", kCell - 1, "\"><title>yaw ", yaw, ", pitch ", pitch, ": ", count,
                  " faces</title></rect>\n");
    }
    if (row % 3 == 0) out += label(4, row * kCell + 14, text(kMostPitch - row * kPoseBinDeg, "°"));
  }
  for (int column = 0; column < kColumns; column += 3)
    out += label(kLeft + column * kCell, kRows * kCell + 12, text(column * kPoseBinDeg - kMostYaw, "°"));
  return svg(kRows * kCell + 20, "Pose: yaw to the right, pitch upwards", out);
}

std::string bars(const Json& histogram, const std::string& title) {
  constexpr int kHeight = 110;
  const auto counts = histogram["counts"].get<std::vector<std::int64_t>>();
  const auto width = histogram["width"].get<double>();
  const double most =
      counts.empty() ? 1 : static_cast<double>(std::max<std::int64_t>(1, *std::ranges::max_element(counts)));
  const double step = (kWidth - kLeft) / std::max<double>(20, static_cast<double>(counts.size()));
  std::string out;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double height = kHeight * static_cast<double>(counts[i]) / most,
                 x = kLeft + step * static_cast<double>(i);
    out += text("<rect class=\"bar\" x=\"", fixed(x, 1), "\" y=\"", fixed(kHeight - height, 1), "\" width=\"",
                fixed(step - 1, 1), "\" height=\"", fixed(height, 1), "\"><title>",
                width * static_cast<double>(i), " to ", width * static_cast<double>(i + 1), ": ", counts[i],
                " faces</title></rect>\n");
    if (i % 5 == 0) out += label(static_cast<int>(x), kHeight + 12, text(width * static_cast<double>(i)));
  }
  return svg(kHeight + 20, title, out + label(4, 10, text(most)));
}

std::string row(const std::string& name, const std::string& value) {
  return text("<tr><td>", html_text(name), "</td><td>", html_text(value), "</td></tr>\n");
}

std::string gaps_text(const Json& gaps) {
  std::vector<std::string> runs;
  for (const Json& run : gaps)
    runs.push_back(run[0] == run[1] ? json_text(run[0]) : text(json_text(run[0]), "-", json_text(run[1])));
  return joined(runs);
}

std::string dataset_part(const Json& stats) {
  std::string rows = row("role", stats["role"].get<std::string>()) + row("faces", json_text(stats["faces"])) +
                     row("frames", json_text(stats["frames"])) + row("removed", json_text(stats["removed"])) +
                     row("skipped", json_text(stats["skipped"])) + row("tracks", json_text(stats["tracks"]));
  for (const auto& [name, faces] : stats["people"].items()) rows += row("person " + name, json_text(faces));
  for (const Json& source : stats["sources"]) {
    rows += row("source " + source["source"].get<std::string>(),
                text(source["faces"], " faces in ", source["frames"], " frames"));
    if (!source["gaps"].empty()) rows += row("without a face", gaps_text(source["gaps"]));
  }
  return text("<div class=\"dataset\"><h2>", html_text(stats["dataset"].get<std::string>()), "</h2>\n<table>",
              rows, "</table>\n", pose_map(stats), bars(stats["sharpness_histogram"], "Sharpness"),
              bars(stats["size_px_histogram"], "Size in the plate, pixels"), "</div>\n");
}

}  // namespace

std::string stats_page(const std::vector<Json>& stats, const std::vector<std::string>& missing) {
  std::string out = text(kHead, "<h1>Faces</h1>\n");
  if (!missing.empty()) {
    out += "<h2>What the likeness lacks</h2>\n<ul>\n";
    for (const std::string& sentence : missing) out += text("<li>", html_text(sentence), "</li>\n");
    out += "</ul>\n";
  }
  out += "<div class=\"beside\">\n";
  for (const Json& one : stats) out += dataset_part(one);
  return out + "</div>\n</body></html>\n";
}

}  // namespace understudy::stages
