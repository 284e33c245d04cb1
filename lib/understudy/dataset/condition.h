#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace understudy::dataset {

struct FaceRecord;

/// A number that a face's record holds.
struct FaceNumber {
  const char* name;
  const char* meaning;
  std::optional<double> (*read)(const FaceRecord&);
};

/// What conditions may name: frame, face, score, x, y, width, height, size_px, yaw_deg, pitch_deg, roll_deg,
/// sharpness. To add one: a row in condition.cpp and a row in docs/tools/faces.md.
std::span<const FaceNumber> face_numbers();

/// A condition on faces, as in "sharpness > 80 and abs(yaw_deg) < 40": numbers, the names of face_numbers(),
/// + - * /, < <= > >= == !=, and, or, not, abs(a), min(a, b, ...), max(a, b, ...), parentheses. A comparison
/// gives a truth, which `and`, `or` and `not` take; the whole must be one.
class Condition {
 public:
  /// Throws Error kUsage with the column of the mistake, and as hint the words with a caret below it.
  static Condition parse(std::string_view words);
  ~Condition();
  Condition(Condition&&) noexcept;
  Condition& operator=(Condition&&) noexcept;

  /// Throws Error kFormat when the record lacks a number that is asked for, or a division by 0 leaves none.
  bool holds(const FaceRecord& record) const;

  struct Node;

 private:
  explicit Condition(std::unique_ptr<Node> root);
  std::unique_ptr<Node> root_;
};

}  // namespace understudy::dataset
