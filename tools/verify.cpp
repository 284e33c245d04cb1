#include "understudy/stages/verify.h"

#include "understudy/cli/options.h"
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
  tool.app()
      .add_option("--html", o.html, "also write what was found of a delivered file as a page")
      ->type_name("FILE");
  tool.app()
      .add_option("--trust", o.rules.trust, "PEM file with the roots of signers that you trust")
      ->type_name("FILE");
  tool.app()
      .add_option("--consent", o.rules.records,
                  "a consent record that a delivered file may speak of; may be given several times")
      ->type_name("FILE");
  tool.app()
      .add_option("--registry", o.rules.registry, "folder with copies of content credentials")
      ->type_name("DIR");
  understudy::cli::add_revocations(tool.app(), o.rules.revocations);
  return tool.run(argc, argv, [&](understudy::Run& run) { return understudy::stages::verify(o, run); });
}
