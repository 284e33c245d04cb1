#pragma once

#include <string>
#include <vector>

#include "understudy/model/distributed/group.h"

namespace understudy::model {

/// What a rank of a test's job does, as its environment places it. Returns the exit code: 0 when all was as
/// it should be, 1 after a line about what was not, an Error's own code after its message.
int play_role(const std::string& role);

}  // namespace understudy::model
