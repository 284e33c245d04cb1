#include "understudy/vision/landmarker/dlib_numbers.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::vision {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 18, kLongest = 9;
constexpr std::int64_t kInfinity = 32000;  // as an exponent; what is above is not finite either

}  // namespace

DlibNumbers::DlibNumbers(std::istream& in, std::string_view name)
    : in_(in), name_(name), buffer_(kBufferBytes) {}

void DlibNumbers::refuse(std::string_view why) const {
  throw Error(ErrorCode::kFormat, text(name_, " is not a shape predictor of dlib: ", why),
              "get shape_predictor_68_face_landmarks.dat anew");
}

void DlibNumbers::refill() {
  std::copy(buffer_.data() + at_, buffer_.data() + end_, buffer_.data());
  end_ -= std::exchange(at_, 0);
  in_.read(reinterpret_cast<char*>(buffer_.data() + end_),
           static_cast<std::streamsize>(buffer_.size() - end_));
  end_ += static_cast<std::size_t>(in_.gcount());
}

std::int64_t DlibNumbers::whole() {
  if (end_ - at_ < kLongest) refill();
  if (at_ == end_) refuse("it is cut off");
  const unsigned head = buffer_[at_++], bytes = head & 0x0F;
  if (bytes == 0 || bytes > 8 || (head & 0x70) != 0) refuse("it is damaged");
  if (end_ - at_ < bytes) refuse("it is cut off");
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= std::uint64_t{buffer_[at_++]} << (8 * i);
  return static_cast<std::int64_t>((head & 0x80) != 0 ? 0 - value : value);
}

std::size_t DlibNumbers::index(std::size_t end) {
  const std::int64_t value = whole();
  if (value < 0 || static_cast<std::uint64_t>(value) >= end) refuse("a number in it is out of range");
  return static_cast<std::size_t>(value);
}

float DlibNumbers::number() {
  const auto mantissa = static_cast<float>(whole());
  const std::int64_t exponent = whole();
  constexpr int kBias = 127, kMantissaBits = 23;
  float value = INFINITY;
  // Of the millions of them nearly all are such: ldexp() alone would take half of the time.
  if (exponent > -kBias && exponent <= kBias)
    value = mantissa * std::bit_cast<float>(static_cast<std::uint32_t>(exponent + kBias) << kMantissaBits);
  else if (exponent > -kInfinity && exponent < kInfinity)
    value = std::ldexp(mantissa, static_cast<int>(exponent));
  if (!std::isfinite(value)) refuse("a number in it is not finite");
  return value;
}

std::size_t DlibNumbers::column(std::vector<float>& to) {
  // Sizes are below zero: dlib's way to mark a matrix that is not of its oldest format.
  const std::int64_t height = whole(), width = whole();
  constexpr std::int64_t kMost = 1 << 16;
  if (height > 0 || height < -kMost || width != -1) refuse("a matrix in it is no column");
  for (std::int64_t i = 0; i < -height; ++i) to.push_back(number());
  return static_cast<std::size_t>(-height);
}

}  // namespace understudy::vision
