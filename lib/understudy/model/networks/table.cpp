#include "understudy/model/networks/table.h"

namespace understudy::model {

const Table<Architecture>& architectures() {
  static const Table<Architecture> table(
      "architecture",
      {{"df", "one encoder, a decoder for each of the two", df},
       {"liae", "one decoder; what the two share and what is the performer's, side by side", liae},
       {"amp", "one decoder for mixtures of the two; convert takes --morph", amp},
       {"original", "the classic small autoencoder", original},
       {"comb", "one encoder, a decoder for each of any number of people", comb}});
  return table;
}

}  // namespace understudy::model
