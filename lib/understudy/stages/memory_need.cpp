#include "understudy/stages/memory_need.h"

#include <algorithm>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/log.h"
#include "understudy/core/memory.h"
#include "understudy/core/text.h"

namespace understudy::stages {

MemoryNeed align_memory(int threads) {
  constexpr double kProgram = 140e6, kKeptCrops = 128e6, kOneFace = 20e6;
  return {"threads", threads, kProgram + kKeptCrops, kOneFace};
}

std::int64_t fit_memory(const MemoryNeed& need, std::uint64_t limit, Report& report) {
  std::int64_t fitting = need.wanted;
  if (limit > 0) {
    const double room = static_cast<double>(limit) - need.fixed;
    fitting = std::min(fitting, static_cast<std::int64_t>(std::max(0.0, room) / need.each));
  }
  if (fitting < 1)
    throw Error(ErrorCode::kResource,
                text("about ", bytes_text(need.of(1)), " of memory are needed, --memory allows ",
                     bytes_text(static_cast<double>(limit))),
                "give more to --memory, or run fewer --threads");
  if (fitting < need.wanted)
    log_info(text(fitting, " ", need.things, " at once instead of ", need.wanted, ", so that ",
                  bytes_text(static_cast<double>(limit)), " of memory suffice"));
  report.details["memory"] = {{"expected", std::llround(need.of(fitting))},
                              {"fixed", std::llround(need.fixed)},
                              {"each", std::llround(need.each)},
                              {"limit", limit > 0 ? Json(limit) : Json(nullptr)},
                              {"at_once", fitting},
                              {"things", need.things}};
  return fitting;
}

}  // namespace understudy::stages
