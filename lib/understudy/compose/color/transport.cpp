#include "understudy/compose/color/transport.h"

#include <algorithm>
#include <opencv2/core.hpp>

#include "understudy/compose/color/lab.h"

namespace understudy::compose {
namespace {

constexpr std::size_t kMostColors = 4096;  // enough for histograms of some dozen bins
constexpr std::size_t kBins = 32;

/// The means of at most kBins equal parts of the sorted numbers.
std::vector<float> quantiles(std::vector<float> numbers) {
  std::sort(numbers.begin(), numbers.end());
  const std::size_t bins = std::min(kBins, numbers.size());
  std::vector<float> out;
  for (std::size_t i = 0; i < bins; ++i) {
    const std::size_t begin = i * numbers.size() / bins, end = (i + 1) * numbers.size() / bins;
    double sum = 0;
    for (std::size_t k = begin; k < end; ++k) sum += static_cast<double>(numbers[k]);
    out.push_back(static_cast<float>(sum / static_cast<double>(end - begin)));
  }
  return out;
}

/// By how much numbers must move so that one histogram becomes the other. Beyond the known ones they move as
/// the outermost do.
class Curve {
 public:
  Curve(std::vector<float> from, std::vector<float> to) {
    const std::vector<float> a = quantiles(std::move(from)), b = quantiles(std::move(to));
    const float near = 1e-4f * (a.back() - a.front());
    for (std::size_t begin = 0, end = 0; begin < a.size(); begin = end) {
      double place = 0, change = 0;  // of knots that lie together: one, or the curve would jump
      for (; end < a.size() && a[end] <= a[begin] + near; ++end) {
        place += static_cast<double>(a[end]);
        change += static_cast<double>(b[end] - a[end]);
      }
      const auto count = static_cast<double>(end - begin);
      places_.push_back(static_cast<float>(place / count));
      changes_.push_back(static_cast<float>(change / count));
    }
  }

  float change(float x) const {
    const auto above =
        static_cast<std::size_t>(std::upper_bound(places_.begin(), places_.end(), x) - places_.begin());
    if (above == 0) return changes_.front();
    if (above == places_.size()) return changes_.back();
    const float part = (x - places_[above - 1]) / (places_[above] - places_[above - 1]);
    return changes_[above - 1] + part * (changes_[above] - changes_[above - 1]);
  }

 private:
  std::vector<float> places_, changes_;
};

std::vector<float> along(const Colors& colors, const cv::Vec3f& direction) {
  std::vector<float> out;
  out.reserve(colors.size());
  for (const cv::Vec3f& color : colors) out.push_back(color.dot(direction));
  return out;
}

void move(Colors& colors, const Colors& directions, const std::vector<Curve>& curves, float weight) {
  for (cv::Vec3f& color : colors) {
    cv::Vec3f by;
    for (std::size_t i = 0; i < directions.size(); ++i)
      by += directions[i] * curves[i].change(color.dot(directions[i]));
    color += by * weight;
  }
}

Colors converted(const Colors& colors, cv::Mat (*convert)(const cv::Mat&)) {
  if (colors.empty()) return {};
  return cv::Mat_<cv::Vec3f>(convert(cv::Mat(colors, false).reshape(3, 1)));
}

}  // namespace

ColorCloud color_cloud(const ColorSample& sample) {
  ColorCloud all;
  all.nodes = cube_nodes();
  for (int y = 0; y < sample.mask.rows; ++y)
    for (int x = 0; x < sample.mask.cols; ++x)
      if (sample.mask.at<float>(y, x) > 0.5f) {
        all.face.push_back(sample.face.at<cv::Vec3f>(y, x));
        all.plate.push_back(sample.plate.at<cv::Vec3f>(y, x));
      }
  const std::size_t count = all.face.size();
  if (count <= kMostColors) return all;
  for (std::size_t i = 0; i < kMostColors; ++i) {
    all.face[i] = all.face[i * count / kMostColors];
    all.plate[i] = all.plate[i * count / kMostColors];
  }
  all.face.resize(kMostColors);
  all.plate.resize(kMostColors);
  return all;
}

void transport(ColorCloud& cloud, const Colors& directions, float weight) {
  if (cloud.face.empty()) return;
  std::vector<Curve> curves;
  for (const cv::Vec3f& direction : directions)
    curves.emplace_back(along(cloud.face, direction), along(cloud.plate, direction));
  move(cloud.face, directions, curves, weight);
  move(cloud.nodes, directions, curves, weight);
}

ColorCloud in_lab(const ColorCloud& cloud) {
  return {converted(cloud.face, lab_from_bgr), converted(cloud.plate, lab_from_bgr),
          converted(cloud.nodes, lab_from_bgr)};
}

Colors from_lab(const Colors& colors) {
  return converted(colors, bgr_from_lab);
}

}  // namespace understudy::compose
