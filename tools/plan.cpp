#include "understudy/stages/plan.h"

#include "understudy/cli/tool.h"
#include "understudy/stages/plan/engines.h"

int main(int argc, char** argv) {
  understudy::stages::PlanOptions o;
  understudy::cli::Tool tool{"plan",
                             "Writes a render farm's own job files for the whole pipeline of a shot."};
  tool.app()
      .add_option("shot", o.shot, "TOML file that describes the shot")
      ->required()
      ->type_name("SHOT.toml");
  understudy::cli::add_choice(tool.app(), "--engine", o.engine, understudy::stages::farm_engines(),
                              "whose job files are written")
      ->required();
  tool.app().add_option("-o,--output", o.output, "folder for the job files")->required()->type_name("DIR");
  tool.app().add_flag("--submit", o.submit, "hand them to the engine; without it nothing runs");
  return tool.run(argc, argv, [&](understudy::Run& run) { return understudy::stages::plan(o, run); });
}
