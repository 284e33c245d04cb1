#include "understudy/stages/export.h"

#include "understudy/cli/tool.h"

int main(int argc, char** argv) {
  understudy::stages::ExportOptions o;
  understudy::cli::Tool tool{
      "export", "Writes a trained model as an ONNX file for other programs, or as a base for other models."};
  tool.app().add_option("model", o.model, "folder of the trained model")->required()->type_name("MODEL");
  tool.app()
      .add_option("-o,--output", o.output, "the file to write; one that is there is replaced")
      ->required()
      ->type_name("FILE");
  tool.app()
      .add_option("--likeness", o.likeness, "which of the model's likenesses; its first when not given")
      ->type_name("NAME");
  tool.app()
      .add_option("--morph", o.morph,
                  "how much of the face comes from the likeness, 0 to 1, for a model that can be morphed")
      ->check(CLI::Range(0.0, 1.0));
  tool.app()
      .add_option("--parts", o.parts, "of a base (FILE.safetensors): weights whose names begin like this")
      ->type_name("NAME");
  tool.consents(o.consents);
  return tool.run(argc, argv, [&](understudy::Run& run) { return understudy::stages::export_model(o, run); });
}
