#include "understudy/stages/train.h"

#include "understudy/cli/tool.h"
#include "understudy/model/presets.h"
#include "understudy/stages/print_model.h"

int main(int argc, char** argv) {
  understudy::stages::TrainOptions o;
  understudy::cli::Tool tool{"train",
                             "Learns one model from the likeness' and the performer's aligned faces."};
  const std::vector<CLI::Option*> needed = {
      tool.app().add_option("--likeness", o.likeness, "datasets of the face to put in")->type_name("DATASET"),
      tool.app()
          .add_option("--performer", o.performer, "datasets of the face on the plate")
          ->type_name("DATASET"),
      tool.app()
          .add_option("-m,--model", o.model, "folder of the model; a stopped run goes on from what is there")
          ->type_name("MODEL")};
  for (CLI::Option* option : needed) option->required();
  bool print_model = false;
  tool.app().add_flag_function(
      "--print-model",
      [&](std::int64_t given) {
        print_model = given > 0;
        for (CLI::Option* option : needed) option->required(!print_model);
      },
      "print the network's layers, what they cost and the memory they take, and stop");
  tool.choice("--preset", o.preset, understudy::model::presets(), "network and training plan");
  tool.app()
      .add_option("--iterations", o.iterations, "train until this many in all; else the preset's plan")
      ->check(CLI::PositiveNumber);
  tool.app()
      .add_option("--minutes", o.minutes, "train for this long in all, earlier runs counted")
      ->check(CLI::PositiveNumber);
  tool.app()
      .add_option("--batch", o.batch, "faces of each side in a step; 0: the preset's")
      ->check(CLI::Range(0, 4096));
  tool.app().add_option("--base", o.base, "weights to start a new model from")->type_name("FILE");
  tool.app()
      .add_option("--preview-every", o.preview_every, "iterations between preview sheets; 0: only at the end")
      ->check(CLI::NonNegativeNumber);
  tool.app()
      .add_option("--save-minutes", o.save_minutes, "minutes between checkpoints")
      ->check(CLI::PositiveNumber);
  tool.common(o.common);
  return tool.run(argc, argv, [&](understudy::Run& run) {
    if (!print_model) return understudy::stages::train(o, run);
    return understudy::stages::print_model({o.preset, o.batch, o.common.device}, run);
  });
}
