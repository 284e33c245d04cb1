#include "understudy/stages/evaluate.h"

#include "understudy/cli/tool.h"

int main(int argc, char** argv) {
  understudy::stages::EvaluateOptions o;
  understudy::cli::Tool tool{"evaluate",
                             "Compares a result with the true swap and prints the figures as JSON."};
  CLI::App& app = tool.app();
  app.add_option("result", o.result, "what to judge: a video, or pictures")->required()->type_name("RESULT");
  app.add_option("--truth", o.truth, "the true swap")->required()->type_name("TRUTH");
  app.add_option("--plate", o.plate, "the performer's clip, for the score of doing nothing")
      ->required()
      ->type_name("PLATE");
  app.add_option("--mask", o.mask,
                 "where the face is: a grey video, or pictures; else where truth and plate differ")
      ->type_name("VIDEO|DIR");
  tool.common(o.common);
  return tool.run(argc, argv, [&](understudy::Run& run) { return understudy::stages::evaluate(o, run); });
}
