#include "understudy/cli/programs.h"

namespace understudy::cli {

const Table<std::string>& programs() {
  static const Table<std::string> table{
      "program",
      {{"extract", "find and follow the faces of a plate", "understudy-extract"},
       {"align", "landmarks, steadying, aligned crops and masks", "understudy-align"},
       {"train", "learn one model from the likeness' and the performer's faces", "understudy-train"},
       {"convert", "run a model over the performer's aligned faces", "understudy-convert"},
       {"merge", "put the swapped faces back into the plate", "understudy-merge"},
       {"faces", "sort, pick, correct, check and exchange aligned faces", "understudy-faces"},
       {"cast", "say who is who in a dataset", "understudy-cast"},
       {"consent", "make, show and check consent records", "understudy-consent"},
       {"verify", "where a dataset, model or delivered file comes from", "understudy-verify"},
       {"evaluate", "measure a result against the true swap", "understudy-evaluate"},
       {"export", "write a model as ONNX, for other programs", "understudy-export"},
       {"plan", "write a render farm's job files for a whole shot", "understudy-plan"}}};
  return table;
}

}  // namespace understudy::cli
