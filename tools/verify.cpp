#include "understudy/stages/verify.h"

#include "understudy/cli/tool.h"

int main(int argc, char** argv) {
  understudy::stages::VerifyOptions o;
  understudy::cli::Tool tool{
      "verify", "Says where a dataset, a model or a delivered file comes from, and checks every byte."};
  tool.app()
      .add_option("path", o.path, "dataset, model, video or folder of pictures")
      ->required()
      ->type_name("PATH");
  tool.app().add_flag("--json", o.json, "print JSON rather than text");
  return tool.run(argc, argv, [&](understudy::Run& run) { return understudy::stages::verify(o, run); });
}
