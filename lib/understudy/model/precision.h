#pragma once

#include "understudy/core/table.h"

namespace understudy::model {

enum class Precision { kAuto, kBf16, kFp32 };
/// To add one: a value above, a row in device.cpp, its branch in working_type(), a test in tests/unit/model.
const Table<Precision>& precisions();

}  // namespace understudy::model
