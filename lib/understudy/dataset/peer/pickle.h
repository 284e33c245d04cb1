#pragma once

#include <string>
#include <string_view>

#include "understudy/core/json.h"

namespace understudy::dataset {

/// What a Python pickle (protocols 0 to 4) holds, when that is plain data: dict, list, tuple, str, bytes,
/// int, float, bool, None, and numpy's arrays and scalars of plain numbers. Tuples and arrays become lists,
/// bytes JSON's binary. Nothing is ever run: a pickle that names anything but numpy's own array makers is
/// refused. Throws Error kFormat, naming `where`, and for more than 64 levels or a million values.
Json read_pickle(std::string_view bytes, std::string_view where);

/// `value` as a pickle of protocol 3; JSON's binary becomes a numpy array of bytes.
std::string write_pickle(const Json& value);

}  // namespace understudy::dataset
