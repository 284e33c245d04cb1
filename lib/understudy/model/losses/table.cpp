#include "understudy/model/losses/table.h"

namespace understudy::model {

const Table<LossKind>& losses() {
  static const Table<LossKind> table(
      "loss",
      {{"l1", "mean absolute difference", {l1_loss}},
       {"l2", "mean squared difference", {l2_loss}},
       {"dssim", "structural dissimilarity (Wang et al. 2004)", {dssim_loss}},
       {"ms-ssim", "structural dissimilarity over several scales (Wang et al. 2003)", {ms_ssim_loss}},
       {"gradient", "mean absolute difference of the slopes in x and y", {gradient_loss}},
       {"focal-frequency",
        "difference of the spectra, most where it is largest (Jiang et al. 2021)",
        {focal_frequency_loss}},
       {"mask", "mean squared difference of the masks", {mask_loss}},
       {"eyes-mouth",
        "mean absolute difference around the eyes and the mouth",
        {eyes_mouth_loss, false, true}},
       {"total-variation", "the picture's own slopes inside the mask", {total_variation_loss}},
       {"style", "the swap's tone and contrast against the performer's", {style_loss, true}},
       {"background", "the swap outside the mask against the performer's picture", {background_loss, true}}});
  return table;
}

}  // namespace understudy::model
