#include "understudy/stages/loss_log.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "understudy/core/files.h"
#include "understudy/dataset/png.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr int kWidth = 900, kHeight = 420, kLeft = 70, kRight = 20, kTop = 30, kBottom = 40;

/// Maps iterations and losses to pixels; losses logarithmically.
struct Axes {
  double first, last, low, high;
  cv::Point at(double iteration, double loss) const {
    const double u = (iteration - first) / std::max(1.0, last - first);
    const double v = (std::log(loss) - std::log(low)) / std::max(1e-9, std::log(high) - std::log(low));
    return {kLeft + cvRound(u * (kWidth - kLeft - kRight)),
            kHeight - kBottom - cvRound(v * (kHeight - kTop - kBottom))};
  }
};

void write_text(cv::Mat& picture, const std::string& words, cv::Point at, cv::Scalar color) {
  cv::putText(picture, words, at, cv::FONT_HERSHEY_SIMPLEX, 0.45, color, 1, cv::LINE_AA);
}

void draw_curve(cv::Mat& picture, const Axes& axes, const std::vector<LossLine>& lines,
                double LossLine::*loss, cv::Scalar color) {
  const std::vector<double> means = running_mean(column(lines, loss));
  std::vector<cv::Point> points;
  for (std::size_t i = 0; i < lines.size(); ++i)
    points.push_back(
        axes.at(static_cast<double>(lines[i].iteration), std::clamp(means[i], axes.low, axes.high)));
  cv::polylines(picture, points, false, color, 2, cv::LINE_AA);
}

}  // namespace

LossLog::LossLog(const fs::path& folder, std::int64_t iteration) : folder_(folder) {
  const fs::path path = folder / "log.jsonl";
  std::string kept;
  if (fs::exists(path)) {
    std::istringstream old(read_file(path));
    for (std::string line; std::getline(old, line);) {
      const Json json = Json::parse(line, nullptr, false);  // a killed run may leave half a line
      const auto number = json.is_object() ? json.find("iteration") : json.end();
      if (!json.is_object() || number == json.end() || !number->is_number_integer()) continue;
      if (number->get<std::int64_t>() > iteration) continue;
      kept += line + "\n";
      keep(json);
    }
  }
  write_file(path, kept);
  file_.open(path, std::ios::app);
}

void LossLog::keep(const Json& line) {
  const auto number = [&](const char* key) {
    const auto found = line.find(key);
    return found != line.end() && found->is_number() ? found->get<double>() : std::nan("");
  };
  const std::int64_t iteration = line["iteration"];
  for (const auto& [key, marks] : {std::pair{"trouble", &troubles_}, {"stage", &stages_}})
    if (const auto found = line.find(key); found != line.end() && found->is_string())
      marks->push_back({iteration, *found});
  const LossLine losses{iteration, number("likeness_loss"), number("performer_loss"), number("learning_rate"),
                        number("gradient_norm")};
  // A step that was not taken has none.
  if (!std::isnan(losses.likeness_loss) && !std::isnan(losses.performer_loss)) lines_.push_back(losses);
}

void LossLog::add(const Json& line) {
  keep(line);
  file_ << line.dump() << "\n" << std::flush;
  if (!file_)
    throw Error(ErrorCode::kResource, text("cannot write ", (folder_ / "log.jsonl").string()),
                "is the disk full?");
}

void LossLog::draw() const {
  if (lines_.empty()) return;
  const cv::Scalar ink(60, 60, 60), pale(225, 225, 225), likeness(180, 90, 20), performer(40, 110, 220);
  cv::Mat picture(kHeight, kWidth, CV_8UC3, cv::Scalar::all(255));
  Axes axes{static_cast<double>(lines_.front().iteration), static_cast<double>(lines_.back().iteration), 1e9,
            1e-9};
  for (const LossLine& line : lines_) {
    for (double loss : {line.likeness_loss, line.performer_loss}) {
      axes.low = std::min(axes.low, std::max(loss, 1e-6));
      axes.high = std::max(axes.high, loss);
    }
  }
  for (int i = 0; i <= 4; ++i) {
    const double loss = axes.low * std::pow(axes.high / axes.low, i / 4.0);
    const cv::Point left = axes.at(axes.first, loss);
    cv::line(picture, left, {kWidth - kRight, left.y}, pale);
    write_text(picture, fixed(loss, loss < 0.1 ? 4 : 3), {8, left.y + 4}, ink);
  }
  draw_curve(picture, axes, lines_, &LossLine::likeness_loss, likeness);
  draw_curve(picture, axes, lines_, &LossLine::performer_loss, performer);
  write_text(picture, "loss: likeness", {kLeft, 20}, likeness);
  write_text(picture, "performer", {kLeft + 130, 20}, performer);
  write_text(picture, text("iterations ", lines_.front().iteration, " to ", lines_.back().iteration),
             {kLeft, kHeight - 12}, ink);
  write_file(folder_ / "loss.png", dataset::encode_png(picture, {}));
}

std::vector<double> running_mean(const std::vector<double>& values) {
  const std::size_t window = std::max<std::size_t>(1, values.size() / 50);
  std::vector<double> means;
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    if (i >= window) sum -= values[i - window];
    means.push_back(sum / static_cast<double>(std::min(window, i + 1)));
  }
  return means;
}

std::vector<double> column(const std::vector<LossLine>& lines, double LossLine::*number) {
  std::vector<double> values;
  for (const LossLine& line : lines) values.push_back(line.*number);
  return values;
}

}  // namespace understudy::stages
