#include "understudy/stages/extract.h"

#include "understudy/cli/tool.h"
#include "understudy/media/source.h"
#include "understudy/vision/detector.h"

int main(int argc, char** argv) {
  using namespace understudy;
  using namespace understudy::stages;
  ExtractOptions o;
  cli::Tool tool{"extract", "Find the faces of a plate and follow them through the shot."};
  CLI::App& app = tool.app();
  app.add_option("input", o.inputs, "videos, folders of pictures, or patterns such as plate.####.exr")
      ->required()
      ->type_name("INPUT");
  app.add_option("-o,--output", o.dataset, "the dataset: a new folder, or one of the same subject")
      ->required()
      ->type_name("DATASET");
  app.add_option("--consent", o.consent, "the subject's consent record, see understudy-consent")
      ->type_name("FILE");
  app.add_option("--source", o.source, "name of the input in the dataset (default: its file name)")
      ->type_name("NAME");
  tool.choice("--detector", o.detector, vision::detectors(), "face detector");
  app.add_option("--model-dir", o.model_dir, "folder with the detector's model files")->type_name("DIR");
  app.add_option("--min-face", o.min_face_px, "width in pixels of the smallest face to look for")
      ->check(CLI::Range(vision::kMinFacePx, vision::kMaxFacePx));
  app.add_option("--every", o.detect_every,
                 "the detector looks at every Nth frame; between, faces are followed")
      ->check(CLI::Range(1, kMaxDetectEvery));
  app.add_option("--max-faces", o.max_faces, "keep only the largest faces of a frame; 0 keeps all")
      ->check(CLI::Range(0, 1000));
  app.add_option("--crop-size", o.crop_size, "largest side of a context crop; smaller faces are not enlarged")
      ->check(CLI::Range(kMinContextCrop, kMaxContextCrop));
  tool.choice("--deinterlace", o.deinterlace, media::deinterlacers(), "what becomes of interlaced footage");
  app.add_option("--color-space", o.color.name,
                 cli::with_choices(
                     "what the input's codes are (default: what its tags say), also a colour space of --ocio",
                     media::color_spaces()))
      ->type_name("NAME");
  app.add_option("--ocio", o.color.ocio, "an OpenColorIO configuration")->envname("OCIO")->type_name("FILE");
  tool.common(o.common).consents(o.consents);
  return tool.run(argc, argv, [&](Run& run) { return extract(o, run); });
}
