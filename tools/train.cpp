#include "understudy/stages/train.h"

#include "understudy/cli/tool.h"
#include "understudy/model/presets.h"

int main(int argc, char** argv) {
  understudy::stages::TrainOptions o;
  understudy::cli::Tool tool{"train",
                             "Learns one model from the likeness' and the performer's aligned faces."};
  tool.app()
      .add_option("--likeness", o.likeness, "datasets of the face to put in")
      ->required()
      ->type_name("DATASET");
  tool.app()
      .add_option("--performer", o.performer, "datasets of the face on the plate")
      ->required()
      ->type_name("DATASET");
  tool.app()
      .add_option("-m,--model", o.model, "folder of the model; a stopped run goes on from what is there")
      ->required()
      ->type_name("MODEL");
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
  tool.app()
      .add_option("--keep-checkpoints", o.keep.newest, "the newest checkpoints that are kept")
      ->check(CLI::Range(1, 1000));
  tool.app()
      .add_option("--milestone-every", o.keep.milestone_every,
                  "iterations between checkpoints that are never removed; 0: none")
      ->check(CLI::NonNegativeNumber);
  tool.common(o.common);
  return tool.run(argc, argv, [&](understudy::Run& run) { return understudy::stages::train(o, run); });
}
