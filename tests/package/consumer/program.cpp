#include "understudy/cli/tool.h"
#include "understudy/stages/faces.h"

int main(int argc, char** argv) {
  using namespace understudy;
  stages::StatsOptions o;
  cli::Tool tool{"stats", "Counts a dataset's faces."};
  tool.datasets(o.datasets);
  return tool.run(argc, argv, [&](Run& run) { return stages::face_stats(o, run); });
}
