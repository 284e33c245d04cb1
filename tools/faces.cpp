#include "understudy/cli/faces_commands.h"
#include "understudy/cli/tool.h"

int main(int argc, char** argv) {
  using namespace understudy;
  cli::Tool tool{"faces", "Sorts, picks, corrects, checks and exchanges the aligned faces of datasets."};
  cli::FacesCommands commands(tool);
  return tool.run(argc, argv, [&](Run& run) { return commands.work(run); });
}
