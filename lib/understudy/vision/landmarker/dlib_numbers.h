#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace understudy::vision {

/// The numbers of a shape predictor's file as dlib::serialize() wrote them, one after the other: a whole one
/// as a byte with its sign and length before its bytes, lowest first; a broken one as its mantissa and its
/// exponent of two. All throw Error kFormat for what is no such number.
class DlibNumbers {
 public:
  /// `name` is for messages.
  DlibNumbers(std::istream& in, std::string_view name);
  /// Throws Error kFormat.
  [[noreturn]] void refuse(std::string_view why) const;

  std::int64_t whole();
  /// From 0 to below `end`.
  std::size_t index(std::size_t end);
  /// Of elements that follow.
  std::size_t count() { return index(std::size_t{1} << 32); }
  /// Finite.
  float number();
  /// Adds a dlib::matrix of one column to `to`; how many numbers it has.
  std::size_t column(std::vector<float>& to);

 private:
  void refill();

  std::istream& in_;
  std::string name_;
  std::vector<unsigned char> buffer_;
  std::size_t at_ = 0, end_ = 0;  ///< of what is not taken yet
};

}  // namespace understudy::vision
