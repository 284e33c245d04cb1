#include "understudy/stages/roto_matte.h"

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::stages {

RotoMatte::RotoMatte(const std::filesystem::path& path, const media::SourceInfo& plate,
                     const std::vector<std::int64_t>& wanted, int threads)
    : source_(media::open_source(path, threads)) {
  const media::SourceInfo& info = source_->info();
  if (info.format.width != plate.format.width || info.format.height != plate.format.height)
    throw Error(ErrorCode::kInput,
                text("the matte ", path.string(), " is ", info.format.width, "x", info.format.height,
                     " pixels, the plate ", plate.format.width, "x", plate.format.height),
                "render it at the plate's size");
  for (const std::int64_t number : wanted)
    if (!std::ranges::binary_search(info.frames, number))
      throw Error(
          ErrorCode::kInput, text("the matte ", path.string(), " has no frame ", number),
          "give one matte for each frame that is merged, with the plate's numbers, or fewer --frames");
  source_->select(wanted);
}

media::Picture RotoMatte::next(std::int64_t number) {
  while (true) {
    try {
      std::optional<media::Frame> frame = source_->next();
      if (!frame) throw Error(ErrorCode::kBug, text("no matte is left for frame ", number));
      if (frame->number == number) return std::move(frame->picture);
    } catch (const media::BadFrame& e) {
      if (e.number() == number) throw;
    }
  }
}

}  // namespace understudy::stages
