#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"

namespace understudy::dataset {

/// Kind and size of numpy's numbers: "f4", "u1", "i8", "b1".
struct NumpyType {
  std::string code;
  bool big_endian = false;
};

/// An array of plain numbers as nested lists. Throws Error kFormat, naming `where`, when shape, type and
/// bytes do not fit, or a number is not finite.
Json numpy_lists(const NumpyType& type, const std::vector<std::int64_t>& shape, bool columns_first,
                 std::string_view bytes, std::string_view where);

}  // namespace understudy::dataset
