#include "understudy/compose/color/color_cube.h"

#include <algorithm>
#include <array>
#include <opencv2/core.hpp>

namespace understudy::compose {
namespace {

constexpr int kSide = 17;
constexpr std::array<int, 3> kStep{kSide * kSide, kSide, 1};  // from a node to the next along B, G, R

/// From one corner of the cell around the colour to the opposite one, along its largest part first: the four
/// corners that this passes are those of the tetrahedron that holds the colour.
cv::Vec3f change_at(const cv::Vec3f& color, const cv::Vec3f* changes) {
  std::array<float, 3> part;
  int node = 0;
  for (int c = 0; c < 3; ++c) {
    const float place = std::clamp(color[c], 0.0f, 1.0f) * (kSide - 1);
    const int cell = std::min(static_cast<int>(place), kSide - 2);
    part[static_cast<std::size_t>(c)] = place - static_cast<float>(cell);
    node += cell * kStep[static_cast<std::size_t>(c)];
  }
  std::array<std::size_t, 3> order{0, 1, 2};
  if (part[order[0]] < part[order[1]]) std::swap(order[0], order[1]);
  if (part[order[1]] < part[order[2]]) std::swap(order[1], order[2]);
  if (part[order[0]] < part[order[1]]) std::swap(order[0], order[1]);
  cv::Vec3f change = changes[node] * (1 - part[order[0]]);
  for (std::size_t i = 0; i < 3; ++i) {
    node += kStep[order[i]];
    change += changes[node] * (part[order[i]] - (i < 2 ? part[order[i + 1]] : 0));
  }
  return change;
}

}  // namespace

Colors cube_nodes() {
  Colors nodes;
  for (int b = 0; b < kSide; ++b)
    for (int g = 0; g < kSide; ++g)
      for (int r = 0; r < kSide; ++r)
        nodes.push_back(cv::Vec3f(static_cast<float>(b), static_cast<float>(g), static_cast<float>(r)) *
                        (1.0f / (kSide - 1)));
  return nodes;
}

cv::Mat cube_changes(const Colors& moved_nodes) {
  const Colors nodes = cube_nodes();
  cv::Mat changes(1, static_cast<int>(nodes.size()), CV_32FC3);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    changes.at<cv::Vec3f>(static_cast<int>(i)) = moved_nodes[i] - nodes[i];
  return changes.reshape(1);
}

cv::Mat apply_cube(const cv::Mat& face, const cv::Mat& measured) {
  const auto* changes = measured.ptr<cv::Vec3f>();
  cv::Mat out(face.size(), CV_32FC3);
  for (int y = 0; y < face.rows; ++y) {
    const auto* from = face.ptr<cv::Vec3f>(y);
    auto* to = out.ptr<cv::Vec3f>(y);
    for (int x = 0; x < face.cols; ++x) to[x] = from[x] + change_at(from[x], changes);
  }
  return out;
}

}  // namespace understudy::compose
