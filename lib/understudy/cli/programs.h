#pragma once

#include "understudy/core/table.h"

namespace understudy::cli {

/// Every program by its name without the leading "understudy-", in the order of the work; the value is the
/// program's file name.
const Table<std::string>& programs();

}  // namespace understudy::cli
