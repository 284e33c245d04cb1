#include "understudy/stages/training_history.h"

#include <algorithm>
#include <charconv>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <set>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/plain_text.h"
#include "understudy/core/text.h"
#include "understudy/dataset/png.h"
#include "understudy/stages/training_chart.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr std::size_t kNewest = 20, kSpread = 50;  // previews that are kept
constexpr std::size_t kShown = 24;                 // and those on the page
constexpr int kSmallWidth = 768, kJpegQuality = 80;
constexpr std::string_view kPrefix = "preview-", kExtension = ".png";

constexpr const char* kStyle = R"(
body { font: 15px/1.5 sans-serif; color: #333; max-width: 960px; margin: 2em auto; padding: 0 1em }
svg { width: 100%; margin-bottom: 1em } svg text { font-size: 11px; fill: #666 }
.grid { stroke: #e2e2e2 } .curve { fill: none; stroke-width: 2 }
.stage { stroke: #888; stroke-dasharray: 4 3 } .trouble { stroke: #d22; stroke-width: 2 }
table { border-collapse: collapse } td { border: 1px solid #ddd; padding: 2px 8px; overflow-wrap: anywhere }
figure { margin: 0 0 1em } img { max-width: 100% } figcaption { color: #666 }
)";

std::string preview_name(std::int64_t iteration) {
  return text(kPrefix, std::setw(9), std::setfill('0'), iteration, kExtension);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j <= bytes.size() ? kDigits[group >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

EncodedPicture small_picture(const cv::Mat& picture) {
  cv::Mat small = picture;
  if (picture.cols > kSmallWidth) {
    const double scale = static_cast<double>(kSmallWidth) / picture.cols;
    cv::resize(picture, small, {kSmallWidth, std::max(1, cvRound(picture.rows * scale))}, 0, 0,
               cv::INTER_AREA);
  }
  std::vector<unsigned char> jpeg;
  cv::imencode(".jpg", small, jpeg, {cv::IMWRITE_JPEG_QUALITY, kJpegQuality});
  return {small.cols, small.rows, std::string(jpeg.begin(), jpeg.end())};
}

/// A row for each value, the names of its objects before its own.
std::string settings_rows(const Json& value, const std::string& name) {
  if (value.is_object()) {
    std::string out;
    for (const auto& [key, member] : value.items())
      out += settings_rows(member, name.empty() ? key : name + "." + key);
    return out;
  }
  const std::string shown = value.is_string() ? value.get<std::string>() : json_text(value);
  return text("<tr><td>", html_text(name), "</td><td>", html_text(shown), "</td></tr>\n");
}

std::string marks_list(const std::string& heading, const std::vector<LogMark>& marks) {
  if (marks.empty()) return {};
  std::string out = text("<h2>", heading, "</h2>\n<ul>\n");
  for (const LogMark& mark : marks)
    out += text("<li>iteration ", mark.iteration, ": ", html_text(mark.words), "</li>\n");
  return out + "</ul>\n";
}

std::vector<std::int64_t> previews_in(const fs::path& folder) {
  std::vector<std::int64_t> out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kExtension)) continue;
    std::int64_t iteration = -1;
    const char* end = name.data() + name.size() - kExtension.size();
    const auto parsed = std::from_chars(name.data() + kPrefix.size(), end, iteration);
    if (parsed.ec == std::errc() && parsed.ptr == end && name == preview_name(iteration))
      out.push_back(iteration);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

TrainingHistory::TrainingHistory(fs::path folder, std::int64_t iteration, std::string title, Json settings)
    : folder_(std::move(folder)), title_(std::move(title)), settings_(std::move(settings)) {
  make_folder(folder_);
  for (std::int64_t preview : previews_in(folder_)) {
    if (preview <= iteration)
      previews_.push_back(preview);
    else
      fs::remove(folder_ / preview_name(preview));
  }
}

EncodedPicture TrainingHistory::add_preview(std::int64_t iteration, const cv::Mat& picture_bgr,
                                            std::string_view png) {
  write_file(folder_ / preview_name(iteration), png);
  if (previews_.empty() || previews_.back() != iteration) previews_.push_back(iteration);
  EncodedPicture small = small_picture(picture_bgr);
  small_jpegs_[iteration] = base64(small.bytes);
  for (std::int64_t surplus; (surplus = preview_to_remove(previews_)) >= 0;) {
    fs::remove(folder_ / preview_name(surplus));
    std::erase(previews_, surplus);
    small_jpegs_.erase(surplus);
  }
  return small;
}

void TrainingHistory::write_page(const LossLog& log) {
  const std::string title = html_text(title_);
  std::string page = text("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>", title,
                          "</title><style>", kStyle, "</style></head>\n<body>\n<h1>", title, "</h1>\n");
  if (!log.lines().empty()) page += text("<p>", log.lines().back().iteration, " iterations.</p>\n");
  page += svg_chart("loss", log,
                    {{"loss: likeness", "#145ab4", &LossLine::likeness_loss},
                     {"loss: performer", "#dc6e28", &LossLine::performer_loss}},
                    true);
  page += svg_chart("learning rate", log, {{"learning rate", "#2a8a4a", &LossLine::learning_rate}}, false);
  page += svg_chart("gradient norm", log, {{"gradient norm", "#7a4aa0", &LossLine::gradient_norm}}, true);
  page += marks_list("Stages", log.stages()) + marks_list("Troubles", log.troubles());
  page += previews_part();
  page += text("<h2>Settings</h2>\n<table>\n", settings_rows(settings_, ""), "</table>\n</body>\n</html>\n");
  write_file(folder_ / "index.html", page);
}

std::string TrainingHistory::previews_part() {
  if (previews_.empty()) return {};
  std::string out =
      "<h2>Previews</h2>\n<p>Likeness, its reconstruction, performer, its reconstruction, the swap, its "
      "mask.</p>\n";
  for (std::int64_t iteration : previews_to_show(previews_, kShown))
    out += text("<figure><a href=\"", preview_name(iteration),
                "\"><img alt=\"preview\" src=\"data:image/jpeg;", "base64,", small_jpeg(iteration),
                "\"></a><figcaption>iteration ", iteration, "</figcaption></figure>\n");
  return out;
}

const std::string& TrainingHistory::small_jpeg(std::int64_t iteration) {
  const auto known = small_jpegs_.find(iteration);
  if (known != small_jpegs_.end()) return known->second;
  const fs::path path = folder_ / preview_name(iteration);
  std::string encoded;
  try {
    encoded = base64(small_picture(dataset::decode_png(read_file(path), path.string())).bytes);
  } catch (const Error&) {
    // A damaged preview is no reason to stop a training: its place on the page stays empty.
  }
  return small_jpegs_[iteration] = std::move(encoded);
}

std::int64_t preview_to_remove(const std::vector<std::int64_t>& iterations) {
  if (iterations.size() <= kNewest + kSpread) return -1;
  // The one whose neighbours lie nearest to each other: the rest stays spread as evenly as it can be.
  std::size_t best = 1;
  for (std::size_t i = 1; i < iterations.size() - kNewest; ++i)
    if (iterations[i + 1] - iterations[i - 1] < iterations[best + 1] - iterations[best - 1]) best = i;
  return iterations[best];
}

std::vector<std::int64_t> previews_to_show(const std::vector<std::int64_t>& iterations, std::size_t most) {
  if (iterations.size() <= most) return iterations;
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < most; ++i) out.push_back(iterations[i * (iterations.size() - 1) / (most - 1)]);
  return out;
}

}  // namespace understudy::stages
