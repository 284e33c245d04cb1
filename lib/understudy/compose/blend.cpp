#include "understudy/compose/blend.h"

#include "understudy/compose/blend/blend_mode.h"

namespace understudy::compose {

const Table<BlendMode>& blend_modes() {
  static const Table<BlendMode> table{
      "blend mode",
      {{"feather", "the soft edge of the matte", blend_feather},
       {"laplacian", "each band of frequencies with an edge as soft as its waves are long", blend_laplacian},
       {"poisson", "the face's gradients, the plate's values at the edge", blend_poisson},
       {"overlay", "the face's detail over the plate's own light", blend_overlay},
       {"raw", "the face as it is, with a hard edge", blend_raw}}};
  return table;
}

}  // namespace understudy::compose
