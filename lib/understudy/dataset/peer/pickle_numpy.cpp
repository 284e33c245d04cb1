#include "understudy/dataset/peer/pickle_numpy.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace understudy::dataset {
namespace {

constexpr std::int64_t kMostNumbers = 1'000'000;
constexpr std::size_t kMostDimensions = 8;

[[noreturn]] void refuse(std::string_view where, std::string_view why) {
  throw Error(ErrorCode::kFormat, text(where, ": a numpy array that ", why));
}

template <class T>
Json number_at(const char* at, bool swap) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, at, sizeof(T));
  if (swap) std::reverse(bytes, bytes + sizeof(T));
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

using Reader = Json (*)(const char*, bool);

Reader reader_of(std::string_view code) {
  if (code == "f4") return number_at<float>;
  if (code == "f8") return number_at<double>;
  if (code == "i1") return number_at<std::int8_t>;
  if (code == "i2") return number_at<std::int16_t>;
  if (code == "i4") return number_at<std::int32_t>;
  if (code == "i8") return number_at<std::int64_t>;
  if (code == "u1" || code == "b1") return number_at<std::uint8_t>;
  if (code == "u2") return number_at<std::uint16_t>;
  if (code == "u4") return number_at<std::uint32_t>;
  if (code == "u8") return number_at<std::uint64_t>;
  return nullptr;
}

/// Walks the axes and builds the lists.
struct Walk {
  Reader read;
  bool swap;
  std::size_t item;
  const std::vector<std::int64_t>& shape;
  std::vector<std::int64_t> strides;
  std::string_view bytes, where;

  Json lists(std::size_t axis, std::int64_t place) const {
    if (axis == shape.size()) {
      Json value = read(bytes.data() + place * static_cast<std::int64_t>(item), swap);
      if (value.is_number_float() && !std::isfinite(value.get<double>()))
        refuse(where, "holds a number that is not finite");
      return value;
    }
    Json out = Json::array();
    for (std::int64_t i = 0; i < shape[axis]; ++i) out.push_back(lists(axis + 1, place + i * strides[axis]));
    return out;
  }
};

}  // namespace

Json numpy_lists(const NumpyType& type, const std::vector<std::int64_t>& shape, bool columns_first,
                 std::string_view bytes, std::string_view where) {
  const Reader read = reader_of(type.code);
  if (!read) refuse(where, text("holds '", type.code.substr(0, 20), "', not plain numbers"));
  if (shape.size() > kMostDimensions) refuse(where, text("has ", shape.size(), " dimensions"));
  std::int64_t count = 1;
  for (const std::int64_t side : shape) {
    if (side < 0 || (side > 0 && count > kMostNumbers / side)) refuse(where, "has no sensible shape");
    count *= side;
  }
  const std::size_t item = static_cast<std::size_t>(type.code[1] - '0');
  if (bytes.size() != static_cast<std::size_t>(count) * item)
    refuse(where, text("has ", bytes.size(), " bytes for ", count, " numbers"));
  Walk walk{read, type.big_endian == (std::endian::native == std::endian::little), item, shape, {}, bytes,
            where};
  walk.strides.resize(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t axis = columns_first ? i : shape.size() - 1 - i;
    walk.strides[axis] = stride;
    stride *= shape[axis];
  }
  if (type.code == "u1" && shape.size() <= 1 && count > 0) {  // bytes in numpy's clothes
    const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return Json::binary({begin, begin + bytes.size()});
  }
  return walk.lists(0, 0);
}

}  // namespace understudy::dataset
