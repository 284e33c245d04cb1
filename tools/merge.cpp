#include "understudy/stages/merge.h"

#include "understudy/cli/delivery.h"
#include "understudy/cli/signing.h"
#include "understudy/cli/tool.h"
#include "understudy/compose/blend.h"
#include "understudy/compose/mask.h"
#include "understudy/compose/texture.h"
#include "understudy/face/mask.h"
#include "understudy/media/sink.h"
#include "understudy/stages/merge_auto.h"
#include "understudy/stages/merge_quality.h"

int main(int argc, char** argv) {
  using namespace understudy;
  stages::MergeOptions o;
  std::vector<std::filesystem::path> datasets;
  cli::Tool tool{"merge", "Puts the swapped faces back into the plate and encodes it."};
  tool.datasets(datasets);
  CLI::App& app = tool.app();
  const auto place = [&](const char* name, std::filesystem::path& to, const char* help, const char* kind) {
    return app.add_option(name, to, help)->type_name(kind);
  };
  app.add_option("-o,--output", o.output, "video (.mp4, .mov, .mkv), or folder or pattern for pictures")
      ->required();
  app.add_option("--name", o.name, "which conversion: DATASET/convert/NAME");
  app.add_option("--source", o.source, "which of the dataset's sources, where it has several");
  place("--plate", o.plate, "where the plate is now, if it was moved", "PATH");
  place("--ocio", o.ocio, "the OpenColorIO configuration that extract used", "FILE")->envname("OCIO");
  cli::add_delivery(app, o.delivery);
  place("--parts", o.parts, "folder: a chunk is merged into it, the output encoded from all of it", "DIR");
  place("--matte", o.matte, "write the matte too: a folder of PNGs, or an .mkv file", "FILE|DIR");
  place("--elements", o.elements, "for compositors: a folder of layered EXR pictures, and tracks", "DIR");
  place("--wipe", o.wipe, "a review video too: a line wipes between plate and result", "FILE");
  const auto with_commas = [](CLI::Option* option) { option->delimiter(',')->allow_extra_args(false); };
  with_commas(
      app.add_option(
             "--preview", o.preview,
             "merge nothing; write a sheet of these frames, with commas between, to the output, a .png")
          ->type_name("FRAME"));
  place("--matte-in", o.matte_in, "mattes that were drawn: the plate stays where they are black", "PATH");
  tool.choice("--color", o.look.color, stages::color_choices(), "how the face takes on the plate's colours");
  with_commas(cli::add_choice(app, "--texture", o.look.textures, compose::texture_matches(),
                              "which of the plate's textures the face takes on, with commas between"));
  app.add_option(
         "--steady", o.steady_frames,
         "steady what is measured of colours and textures over this many frames (sigma), 0: not at all")
      ->check(CLI::Range(0.0, 10.0));
  tool.choice("--mask", o.look.mask, compose::mask_modes(), "where the face is replaced");
  with_commas(cli::add_choice(app, "--keep", o.look.keep, face::face_parts(),
                              "parts of the face that stay the plate's, with commas between"));
  for (const auto& number : stages::look_numbers())
    app.add_option("--" + number.name, number.value.of(o.look), number.description)
        ->check(CLI::Range(number.value.least, number.value.most));
  tool.choice("--blend", o.look.blend, compose::blend_modes(), "how face and plate meet");
  place("--shot", o.shot, "a TOML file with options of the look that change over the frames", "FILE");
  place("--cast", o.cast, "a TOML file that says who gets which conversion, or none", "FILE");
  place("--upscale", o.upscale, "a super-resolution network (ONNX) for the swapped crops", "FILE");
  app.add_option("--bridge", o.bridge, "bridge this many frames without a face inside a track")
      ->check(CLI::Range(0, 12));
  with_commas(app.add_option("--fail-above", o.fail_above,
                             "limits, as in seam=2.0,jitter=0.3; exit 6 where a face is above one: " +
                                 joined(stages::quality_measures().names())));
  tool.choice("--codec", o.codec, media::codecs(), "else by the output's extension");
  app.add_option("--quality", o.quality, "of h264 and hevc: CRF, lower is better");
  app.add_option("--preset", o.preset, "of the encoder");
  cli::add_signing(app, o.signing);
  app.add_flag("--watermark", o.watermark, "watermark also what is not h264 or hevc");
  app.add_flag("--no-watermark", o.no_watermark, "no watermark in what is; needs --reason");
  app.add_option("--reason", o.reason, "why there is no watermark, for the report");
  app.add_flag("--allow-weak-watermark", o.allow_weak_watermark, "keep a result whose mark is unreadable");
  tool.common(o.common).consents(o.consents).person(o.person);
  return tool.run(argc, argv, [&](Run& run) {
    if (datasets.size() != 1)
      throw Error(ErrorCode::kUsage, text("merge takes one dataset, not ", datasets.size()),
                  "run it once for each");
    o.dataset = datasets.front();
    return stages::merge(o, run);
  });
}
