#include "understudy/vision/detector/doubles.h"

#include <algorithm>

namespace understudy::vision {
namespace {

constexpr double kSameFace = 0.3;
constexpr float kPartOfFace = 0.7f;

}  // namespace

bool means_the_same(const face::Box& box, const face::Box& better) {
  return face::intersection_over_union(box, better) > kSameFace ||
         (box & better).area() > kPartOfFace * box.area();
}

std::vector<Detection> without_doubles(std::vector<Detection> faces) {
  std::stable_sort(faces.begin(), faces.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
  std::vector<Detection> out;
  for (const Detection& face : faces) {
    const bool known = std::any_of(
        out.begin(), out.end(), [&](const Detection& other) { return means_the_same(face.box, other.box); });
    if (!known) out.push_back(face);
  }
  return out;
}

}  // namespace understudy::vision
