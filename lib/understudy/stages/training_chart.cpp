#include "understudy/stages/training_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "understudy/core/plain_text.h"
#include "understudy/core/text.h"

namespace understudy::stages {
namespace {

constexpr double kWidth = 900, kHeight = 320, kLeft = 70, kRight = 20, kTop = 30, kBottom = 30;
constexpr std::size_t kColumns = 400;  // a curve has no more points: the page stays small

/// The numbers of some neighbouring lines.
struct Span {
  double iteration, low, high, mean;
};

struct Series {
  const Curve* curve;
  std::vector<Span> spans;
};

Series series_of(const Curve& curve, const std::vector<LossLine>& lines) {
  std::vector<double> iterations, values;
  for (const LossLine& line : lines) {
    if (!std::isfinite(line.*curve.number)) continue;  // an older log may lack it
    iterations.push_back(static_cast<double>(line.iteration));
    values.push_back(line.*curve.number);
  }
  const std::vector<double> means = running_mean(values);
  Series series{&curve, {}};
  const std::size_t columns = std::min(kColumns, values.size());
  for (std::size_t i = 0; i < columns; ++i) {
    const std::size_t begin = i * values.size() / columns, end = (i + 1) * values.size() / columns;
    const auto [low, high] = std::minmax_element(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                                 values.begin() + static_cast<std::ptrdiff_t>(end));
    series.spans.push_back({iterations[end - 1], *low, *high, means[end - 1]});
  }
  return series;
}

struct Axes {
  double first = std::numeric_limits<double>::max(), last = 0;
  double low = std::numeric_limits<double>::max(), high = std::numeric_limits<double>::lowest();
  bool logarithmic = false;

  double scaled(double value) const { return logarithmic ? std::log(value) : value; }
  std::string x(double iteration) const {
    return fixed(kLeft + (iteration - first) / std::max(1.0, last - first) * (kWidth - kLeft - kRight), 1);
  }
  std::string y(double value) const {
    const double range = std::max(1e-12, scaled(high) - scaled(low));
    return fixed(kHeight - kBottom - (scaled(value) - scaled(low)) / range * (kHeight - kTop - kBottom), 1);
  }
};

Axes axes_of(const std::vector<Series>& all, bool logarithmic) {
  Axes axes;
  for (const Series& series : all) {
    for (const Span& span : series.spans) {
      axes.first = std::min(axes.first, span.iteration);
      axes.last = std::max(axes.last, span.iteration);
      axes.low = std::min(axes.low, span.low);
      axes.high = std::max(axes.high, span.high);
    }
  }
  axes.logarithmic = logarithmic && axes.low > 0;
  return axes;
}

std::string grid(const Axes& axes) {
  std::string out;
  constexpr int kLines = 4;
  for (int i = 0; i <= kLines; ++i) {
    const double part = i / static_cast<double>(kLines);
    const double value = axes.logarithmic ? axes.low * std::pow(axes.high / axes.low, part)
                                          : axes.low + (axes.high - axes.low) * part;
    const std::string y = axes.y(value);
    out += text("<line class=\"grid\" x1=\"", kLeft, "\" x2=\"", kWidth - kRight, "\" y1=\"", y, "\" y2=\"",
                y, "\"/><text x=\"4\" y=\"", y, "\">", std::setprecision(3), value, "</text>\n");
  }
  return out + text("<text x=\"", kLeft, "\" y=\"", kHeight - 8, "\">iterations ",
                    static_cast<std::int64_t>(axes.first), " to ", static_cast<std::int64_t>(axes.last),
                    "</text>\n");
}

std::string drawn(const Series& series, const Axes& axes) {
  std::string band, line;
  for (const Span& span : series.spans) {
    band += text(axes.x(span.iteration), ",", axes.y(span.high), " ");
    line += text(axes.x(span.iteration), ",", axes.y(std::clamp(span.mean, axes.low, axes.high)), " ");
  }
  for (auto span = series.spans.rbegin(); span != series.spans.rend(); ++span)
    band += text(axes.x(span->iteration), ",", axes.y(span->low), " ");
  return text("<polygon fill=\"", series.curve->color, "\" fill-opacity=\"0.2\" points=\"", band,
              "\"/>\n<polyline class=\"curve\" stroke=\"", series.curve->color, "\" points=\"", line,
              "\"/>\n");
}

std::string marked(const std::vector<LogMark>& marks, const Axes& axes, const std::string& kind) {
  std::string out;
  for (const LogMark& mark : marks) {
    const std::string x = axes.x(std::clamp(static_cast<double>(mark.iteration), axes.first, axes.last));
    const std::string words = html_text(mark.words);
    out += text("<line class=\"", kind, "\" x1=\"", x, "\" x2=\"", x, "\" y1=\"", kTop, "\" y2=\"",
                kHeight - kBottom, "\"><title>iteration ", mark.iteration, ": ", words, "</title></line>\n");
    if (kind == "stage") out += text("<text x=\"", x, "\" y=\"", kTop + 10, "\">", words, "</text>\n");
  }
  return out;
}

}  // namespace

std::string svg_chart(const std::string& title, const LossLog& log, const std::vector<Curve>& curves,
                      bool logarithmic) {
  std::vector<Series> all;
  for (const Curve& curve : curves) {
    Series series = series_of(curve, log.lines());
    if (!series.spans.empty()) all.push_back(std::move(series));
  }
  if (all.empty()) return {};
  const Axes axes = axes_of(all, logarithmic);
  std::string out = text("<svg viewBox=\"0 0 ", kWidth, " ", kHeight, "\" role=\"img\" aria-label=\"",
                         html_text(title), "\">\n", grid(axes));
  double x = kLeft;
  for (const Series& series : all) {
    out += text(drawn(series, axes), "<text x=\"", x, "\" y=\"18\" style=\"fill:", series.curve->color, "\">",
                html_text(series.curve->name), "</text>\n");
    x += 140;
  }
  return out + marked(log.stages(), axes, "stage") + marked(log.troubles(), axes, "trouble") + "</svg>\n";
}

}  // namespace understudy::stages
