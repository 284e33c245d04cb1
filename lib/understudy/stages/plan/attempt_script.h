#pragma once

#include "understudy/stages/plan/engines.h"

namespace understudy::stages {

/// attempt.sh JOB [TASK]: runs JOB.sh with its log appended to logs/, and again while it says that it was
/// stopped (exit code 75). For engines that know no exit codes.
JobFile attempt_script();

}  // namespace understudy::stages
