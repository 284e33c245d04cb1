#pragma once

#include "understudy/core/table.h"

namespace understudy {

/// What the exit codes of every program mean; the page docs/exit-codes.md holds the same sentences.
const Table<int>& exit_codes();

}  // namespace understudy
