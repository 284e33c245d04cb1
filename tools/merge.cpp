#include "understudy/stages/merge.h"

#include "understudy/cli/tool.h"
#include "understudy/compose/blend.h"
#include "understudy/compose/color.h"
#include "understudy/compose/mask.h"
#include "understudy/face/mask.h"
#include "understudy/media/sink.h"

int main(int argc, char** argv) {
  using namespace understudy;
  stages::MergeOptions o;
  std::vector<std::filesystem::path> datasets;
  cli::Tool tool{"merge", "Puts the swapped faces back into the plate and encodes it."};
  tool.datasets(datasets);
  CLI::App& app = tool.app();
  app.add_option("-o,--output", o.output, "video (.mp4, .mov, .mkv), or folder or pattern for pictures")
      ->required();
  app.add_option("--name", o.name, "which conversion: DATASET/convert/NAME");
  app.add_option("--source", o.source, "which of the dataset's sources, where it has several");
  app.add_option("--plate", o.plate, "where the plate is now, if it was moved")->type_name("PATH");
  app.add_option("--ocio", o.ocio, "where the OpenColorIO configuration is that extract used")
      ->envname("OCIO")
      ->type_name("FILE");
  app.add_option("--matte", o.matte, "write the matte too: a folder of PNGs, or an .mkv file")
      ->type_name("FILE|DIR");
  app.add_option("--matte-in", o.matte_in, "mattes that were drawn: the plate stays where they are black")
      ->type_name("PATH");
  tool.choice("--color", o.color, compose::color_matches(), "how the face takes on the plate's colours");
  app.add_option("--color-radius", o.color_settings.radius, "of low-frequency, in crop sides")
      ->check(CLI::Range(0.01, 1.0));
  app.add_option("--color-steady", o.steady_frames,
                 "steady what --color measures over this many frames (sigma), 0: not at all")
      ->check(CLI::Range(0.0, 10.0));
  tool.choice("--mask", o.mask, compose::mask_modes(), "where the face is replaced");
  cli::add_choice(app, "--keep", o.keep, face::face_parts(),
                  "parts of the face that stay the plate's, with commas between")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--erode", o.mask_shape.erode, "shrink the mask, in crop sides")
      ->check(CLI::Range(-0.25, 0.25));
  app.add_option("--blur", o.mask_shape.blur, "soften its edge, in crop sides")->check(CLI::Range(0.0, 0.25));
  tool.choice("--blend", o.blend, compose::blend_modes(), "how face and plate meet");
  tool.choice("--codec", o.codec, media::codecs(), "else by the output's extension");
  app.add_option("--quality", o.quality, "of h264 and hevc: CRF, lower is better");
  app.add_option("--preset", o.preset, "of the encoder");
  tool.common(o.common);
  return tool.run(argc, argv, [&](Run& run) {
    if (datasets.size() != 1)
      throw Error(ErrorCode::kUsage, text("merge takes one dataset, not ", datasets.size()),
                  "run it once for each");
    o.dataset = datasets.front();
    return stages::merge(o, run);
  });
}
