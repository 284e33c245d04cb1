#include "given.h"
#include "understudy/stages/delivery_profile.h"
#include "understudy/stages/merge_shot.h"
#include "understudy/stages/plan/shot_file.h"

using namespace understudy;

/// The bytes as the TOML files that stages take: a shot to plan, a look over a shot, a profile. Read, or
/// refused; a look has a value in every frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  const auto path = folder.file("fuzz.toml", fuzz::text_of(data, size));
  fuzz::takes([&] {
    const stages::ShotFile shot = stages::read_shot_file(path);
    if (shot.plate(shot.delivery.plate).name != shot.delivery.plate) std::abort();
  });
  fuzz::takes([&] {
    const stages::Shot shot({}, path);
    for (const std::int64_t frame : {INT64_MIN, -1L, 0L, 37L, 1025L, INT64_MAX}) {
      const stages::MergeLook look = shot.at(frame);
      stages::check_look(look);
      if (!(look.mask_shape.erode >= -0.25 && look.mask_shape.erode <= 0.25)) std::abort();
    }
  });
  fuzz::takes([&] { stages::read_profile(path.string()); });
  return 0;
}
