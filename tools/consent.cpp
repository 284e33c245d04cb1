#include "understudy/cli/consent_commands.h"
#include "understudy/cli/tool.h"

int main(int argc, char** argv) {
  using namespace understudy;
  cli::Tool tool{"consent",
                 "Makes, shows, signs, checks and revokes consent records, and purges what was made."};
  cli::ConsentCommands commands(tool);
  return tool.run(argc, argv, [&](Run& run) { return commands.work(run); });
}
