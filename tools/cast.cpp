#include "understudy/cli/cast_commands.h"
#include "understudy/cli/tool.h"

int main(int argc, char** argv) {
  using namespace understudy;
  cli::Tool tool{"cast", "Says who is who in a dataset that shows several people."};
  cli::CastCommands commands(tool);
  return tool.run(argc, argv, [&](Run& run) { return commands.work(run); });
}
