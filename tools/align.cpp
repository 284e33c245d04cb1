#include "understudy/stages/align.h"

#include "understudy/cli/tool.h"
#include "understudy/face/crop.h"
#include "understudy/vision/embedder.h"
#include "understudy/vision/landmarker.h"
#include "understudy/vision/masker.h"

int main(int argc, char** argv) {
  using namespace understudy::stages;
  AlignOptions o;
  understudy::cli::Tool tool{
      "align", "Find the landmarks of extracted faces, steady them, and cut aligned crops and masks."};
  CLI::App& app = tool.app();
  tool.datasets(o.datasets);
  tool.choice("--landmarker", o.landmarker, understudy::vision::landmarkers(), "how landmarks are found");
  tool.choice("--embedder", o.embedder, understudy::vision::embedders(), "how people are told apart");
  app.add_option("--same-person", o.same_person,
                 "likeness (cosine) from which tracks are of one person; by default the embedder's own")
      ->check(CLI::Range(-1.0, 1.0));
  app.add_option("--model-dir", o.model_dir, "folder with the model files of landmarker, embedder and mask")
      ->type_name("DIR");
  tool.choice("--mask", o.mask, understudy::vision::maskers(), "which pixels of a crop are the face");
  tool.choice("--crop", o.crop, understudy::face::crop_families(), "how much of the head a crop shows");
  app.add_option("--size", o.size, "side of a crop in pixels")
      ->check(CLI::Range(understudy::face::kMinCropSize, understudy::face::kMaxCropSize));
  app.add_option("--smooth", o.smooth_frames,
                 "frames (sigma) over which landmarks are steadied; 0: not at all")
      ->check(CLI::Range(0.0, kMaxSmoothFrames));
  app.add_option("--sheet", o.sheet, "write a contact sheet (PNG) of the aligned faces")->type_name("FILE");
  tool.common(o.common).consents(o.consents);
  return tool.run(argc, argv, [&](understudy::Run& run) { return align(o, run); });
}
