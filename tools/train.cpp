#include "understudy/stages/train.h"

#include "understudy/cli/tool.h"
#include "understudy/model/precision.h"
#include "understudy/model/presets.h"
#include "understudy/stages/train_print.h"

int main(int argc, char** argv) {
  understudy::stages::TrainOptions o;
  understudy::cli::Tool tool{"train",
                             "Learns one model from the likeness' and the performer's aligned faces."};
  CLI::App& app = tool.app();
  const std::vector<CLI::Option*> needed = {
      app.add_option("--likeness", o.likeness,
                     "datasets of the faces to put in; NAME=DATASET names the person")
          ->type_name("DATASET"),
      app.add_option("--performer", o.performer,
                     "datasets of the faces on the plate; NAME=DATASET names the person")
          ->type_name("DATASET"),
      app.add_option("-m,--model", o.model, "folder of the model; a stopped run goes on from what is there")
          ->type_name("MODEL")};
  for (CLI::Option* option : needed) option->required();
  app.add_option("--person", o.people, "of datasets that show one of these people, only their faces")
      ->type_name("NAME");
  bool print_model = false, print_preset = false;
  const auto flag = [&](const char* name, bool& wanted, const char* help) {
    app.add_flag_function(
        name,
        [&wanted, &needed](std::int64_t given) {
          wanted = given > 0;
          for (CLI::Option* option : needed) option->required(!wanted);
        },
        help);
  };
  flag("--print-model", print_model,
       "print the network's layers, what they cost and the memory they take, and stop");
  flag("--print-preset", print_preset, "print the preset with all changes as a TOML file, and stop");
  tool.choice("--preset", o.preset, understudy::model::presets(),
              "network and training plan, or a TOML file with all of it", ".toml");
  CLI::Option* plan =
      app.add_option("--plan", o.plan, "TOML file of stages that follow each other")->type_name("FILE");
  app.add_option("--iterations", o.iterations, "train until this many in all; else the preset's plan")
      ->check(CLI::PositiveNumber)
      ->excludes(plan);
  app.add_option("--minutes", o.minutes, "train for this long in all, earlier runs counted")
      ->check(CLI::PositiveNumber)
      ->excludes(plan);
  app.add_option("--until", o.until, "train until the loss no longer falls, or until its mean is below X")
      ->type_name("plateau|loss=X")
      ->excludes(plan);
  app.add_option("--batch", o.batch, "faces of each person in a step; 0: the preset's")
      ->check(CLI::Range(0, 4096));
  app.add_option("--loss", o.losses, "weight of a loss instead of the preset's; 0 leaves it out")
      ->type_name("NAME=WEIGHT");
  app.add_option("--set", o.changes, "a field of the preset's training instead of the preset's value")
      ->type_name("KEY=VALUE");
  tool.choice("--precision", o.precision, understudy::model::precisions(),
              "type of convolutions and products");
  app.add_option("--from", o.from,
                 "weights to start a new model from, or the base that comes with the preset")
      ->type_name("base|FILE");
  app.add_option("--from-parts", o.from_parts, "of these, only those whose names begin like this")
      ->type_name("NAME");
  app.add_option("--cache", o.cache, "folder for decoded faces; else the model's")->type_name("DIR");
  app.add_flag("--find-rate", o.find_rate, "look for a learning rate, print it, and train nothing");
  app.add_option("--preview-every", o.preview_every, "iterations between preview sheets; 0: only at the end")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--save-minutes", o.save_minutes, "minutes between checkpoints")->check(CLI::PositiveNumber);
  app.add_option("--keep-checkpoints", o.keep.newest, "the newest checkpoints that are kept")
      ->check(CLI::Range(1, 1000));
  app.add_option("--milestone-every", o.keep.milestone_every,
                 "iterations between checkpoints that are never removed; 0: none")
      ->check(CLI::NonNegativeNumber);
  tool.common(o.common).consents(o.consents);
  return tool.run(argc, argv, [&](understudy::Run& run) {
    if (print_preset) return understudy::stages::print_preset(o);
    return print_model ? understudy::stages::print_model(o, run) : understudy::stages::train(o, run);
  });
}
