#include "understudy/vision/motion.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <opencv2/video/tracking.hpp>
#include <vector>

namespace understudy::vision {
namespace {

constexpr int kPointsAcross = 12;
constexpr std::size_t kLeastPoints = 12;
constexpr int kWindow = 15;
constexpr int kLevels = 2;
constexpr double kMostReturn = 0.5;  // pixels between a point and where it came back to
constexpr double kSameMotion = 1.5;  // pixels
constexpr int kFits = 10;

/// A point of a grid, where it went, and how well it can be told where that is.
struct Pair {
  cv::Point2d from, to;
  double texture;
};

std::vector<cv::Point2f> grid_in(const face::Box& area, cv::Size size) {
  std::vector<cv::Point2f> out;
  const cv::Rect2f picture(0, 0, static_cast<float>(size.width - 1), static_cast<float>(size.height - 1));
  for (int y = 0; y < kPointsAcross; ++y) {
    for (int x = 0; x < kPointsAcross; ++x) {
      const cv::Point2f at((static_cast<float>(x) + 0.5f) / kPointsAcross,
                           (static_cast<float>(y) + 0.5f) / kPointsAcross);
      if (cv::norm(at - cv::Point2f(0.5f, 0.5f)) > 0.5) continue;
      const cv::Point2f point(area.x + at.x * area.width, area.y + at.y * area.height);
      if (picture.contains(point)) out.push_back(point);
    }
  }
  return out;
}

std::vector<Pair> followed(const cv::Mat& before, const cv::Mat& after, const face::Box& area,
                           const face::Affine& guess) {
  const std::vector<cv::Point2f> from = grid_in(area, before.size());
  if (from.size() < kLeastPoints) return {};
  std::vector<cv::Point2f> to(from.size()), back = from;
  std::ranges::transform(from, to.begin(),
                         [&](cv::Point2f p) { return cv::Point2f(face::transform(guess, cv::Point2d(p))); });
  std::vector<uchar> there, returned;
  std::vector<float> texture, error;
  const cv::TermCriteria until(cv::TermCriteria::COUNT + cv::TermCriteria::EPS, 15, 0.003);
  const cv::Size window(kWindow, kWindow);
  cv::calcOpticalFlowPyrLK(before, after, from, to, there, texture, window, kLevels, until,
                           cv::OPTFLOW_USE_INITIAL_FLOW | cv::OPTFLOW_LK_GET_MIN_EIGENVALS);
  cv::calcOpticalFlowPyrLK(after, before, to, back, returned, error, window, kLevels, until,
                           cv::OPTFLOW_USE_INITIAL_FLOW);
  std::vector<Pair> out;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (there[i] && returned[i] && cv::norm(back[i] - from[i]) < kMostReturn)
      out.push_back({from[i], to[i], static_cast<double>(texture[i])});
  return out;
}

/// The similarity that fits the pairs best by least squares.
face::Affine fit(const std::vector<Pair>& pairs, const std::vector<double>& weights) {
  using Complex = std::complex<double>;
  double total = 0;
  Complex from, to, product;
  double square = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    total += weights[i];
    from += weights[i] * Complex(pairs[i].from.x, pairs[i].from.y);
    to += weights[i] * Complex(pairs[i].to.x, pairs[i].to.y);
  }
  from /= total;
  to /= total;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Complex p = Complex(pairs[i].from.x, pairs[i].from.y) - from,
                  q = Complex(pairs[i].to.x, pairs[i].to.y) - to;
    product += weights[i] * std::conj(p) * q;
    square += weights[i] * std::norm(p);
  }
  const Complex turn = square > 0 ? product / square : Complex(1);
  const Complex shift = to - turn * from;
  return {turn.real(), -turn.imag(), shift.real(), turn.imag(), turn.real(), shift.imag()};
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::optional<Motion> motion_between(const cv::Mat& before, const cv::Mat& after, const face::Box& area,
                                     const face::Affine& guess) {
  const std::vector<Pair> pairs = followed(before, after, area, guess);
  if (pairs.size() < kLeastPoints) return std::nullopt;
  std::vector<double> texture, off(pairs.size());
  for (const Pair& pair : pairs) texture.push_back(pair.texture);
  // A strong edge is known no better than its window's resampling allows.
  const double enough = std::max(median(texture), 1e-9);
  std::vector<double> weights(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) weights[i] = std::min(1.0, pairs[i].texture / enough);
  const std::vector<double> prior = weights;
  face::Affine map = fit(pairs, weights);
  double spread = 0;
  for (int turn = 0; turn < kFits; ++turn) {
    for (std::size_t i = 0; i < pairs.size(); ++i)
      off[i] = cv::norm(pairs[i].to - face::transform(map, pairs[i].from));
    spread = std::max(median(off), 0.02);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const double part = off[i] / (4 * spread);  // Tukey's biweight
      const double rest = std::max(0.0, 1 - part * part);
      weights[i] = prior[i] * rest * rest;
    }
    map = fit(pairs, weights);
  }
  const double agreeing =
      static_cast<double>(std::ranges::count_if(off, [](double o) { return o < kSameMotion; }));
  return Motion{map, agreeing / static_cast<double>(pairs.size())};
}

}  // namespace understudy::vision
