#pragma once

#include "understudy/core/error.h"

namespace understudy {

/// True for what is wrong with one thing of many, a picture say, which is missing, unreadable or of a wrong
/// format: it is told of, and the run goes on without it. All else ends the run.
inline bool concerns_item(const Error& e) {
  return e.code() == ErrorCode::kInput || e.code() == ErrorCode::kFormat;
}

}  // namespace understudy
