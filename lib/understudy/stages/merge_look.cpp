#include "understudy/stages/merge_look.h"

#include "understudy/compose/blend.h"
#include "understudy/compose/color.h"
#include "understudy/compose/mask.h"
#include "understudy/compose/texture.h"
#include "understudy/face/mask.h"

namespace understudy::stages {

const Table<LookNumber>& look_numbers() {
  static const Table<LookNumber> table{
      "number of a look",
      {{"color-radius",
        "of low-frequency: what counts as illumination, in crop sides",
        {[](MergeLook& look) -> double& { return look.color_settings.radius; }, 0.01, 1}},
       {"erode",
        "shrink the mask on every side, in crop sides; below 0 it grows",
        {[](MergeLook& look) -> double& { return look.mask_shape.erode; }, -0.25, 0.25}},
       {"erode-left",
        "and this much more on the crop's left",
        {[](MergeLook& look) -> double& { return look.mask_shape.left; }, -0.25, 0.25}},
       {"erode-right",
        "and this much more on its right",
        {[](MergeLook& look) -> double& { return look.mask_shape.right; }, -0.25, 0.25}},
       {"erode-top",
        "and this much more at the forehead",
        {[](MergeLook& look) -> double& { return look.mask_shape.top; }, -0.25, 0.25}},
       {"erode-bottom",
        "and this much more at the chin",
        {[](MergeLook& look) -> double& { return look.mask_shape.bottom; }, -0.25, 0.25}},
       {"blur",
        "soften the mask's edge, in crop sides",
        {[](MergeLook& look) -> double& { return look.mask_shape.blur; }, 0, 0.25}}}};
  return table;
}

void check_look(const MergeLook& look) {
  compose::color_matches().at(look.color);
  compose::mask_modes().at(look.mask);
  compose::blend_modes().at(look.blend);
  for (const std::string& name : look.textures) compose::texture_matches().at(name);
  for (const std::string& name : look.keep) face::face_parts().at(name);
}

}  // namespace understudy::stages
