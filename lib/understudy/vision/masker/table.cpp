#include "understudy/vision/masker.h"
#include "understudy/vision/masker/makers.h"

namespace understudy::vision {

const Table<MaskerFactory>& maskers() {
  static const Table<MaskerFactory> table{
      "mask",
      {{"hull", "the outline of the landmarks, with the brows raised over the forehead", make_hull_masker},
       {"skin",
        "the face's visible skin up to the hair, with eyes and mouth: no hair, no glasses; by our own "
        "network",
        make_skin_masker}}};
  return table;
}

}  // namespace understudy::vision
