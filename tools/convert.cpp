#include "understudy/stages/convert.h"

#include "understudy/cli/tool.h"

int main(int argc, char** argv) {
  understudy::stages::ConvertOptions o;
  understudy::cli::Tool tool{"convert", "Runs a model over the performer's aligned faces."};
  tool.datasets(o.datasets);
  tool.app().add_option("-m,--model", o.model, "folder of the trained model")->required()->type_name("MODEL");
  tool.app().add_option("--name", o.name, "results go to DATASET/convert/NAME");
  tool.app().add_option("--likeness", o.likeness, "whom to put in, of a model that knows several");
  tool.app()
      .add_option("--morph", o.morph, "how much of the likeness, 0 to 1, with a model that can be morphed")
      ->check(CLI::Range(0.0, 1.0));
  tool.app().add_flag("--as-drawn", o.as_drawn,
                      "leave swapped faces where the model draws them, do not register them with the head");
  tool.app()
      .add_option("--batch", o.batch, "faces that go through the network together")
      ->check(CLI::Range(1, 1024));
  tool.common(o.common).consents(o.consents).person(o.person);
  return tool.run(argc, argv, [&](understudy::Run& run) { return understudy::stages::convert(o, run); });
}
