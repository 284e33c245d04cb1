// What a plate says of itself besides its samples comes out of a merge.
#include <gtest/gtest.h>

#include <cstdlib>

#include "stage/plates.h"
#include "understudy/media/display_space.h"

namespace understudy::stages {
namespace {

/// bruno.mp4 as HDR10 with a time code.
fs::path hdr10_plate(const fs::path& folder) {
  const fs::path path = folder / "plate.mov";
  const std::string command = text(
      "ffmpeg -nostdin -v error -i ", Sample::plate().string(),
      " -frames:v 4 -pix_fmt yuv420p10le -c:v libx265 -preset ultrafast -x265-params "
      "'log-level=none:hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)"
      "L(10000000,50):max-cll=1000,400' -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc "
      "-timecode 10:00:00:00 ",
      path.string());
  EXPECT_EQ(std::system(command.c_str()), 0);
  return path;
}

TEST(Description, Hdr10AndTimeCodeComeOutOfAMerge) {
  TemporaryFolder folder;
  const fs::path plate = hdr10_plate(folder.path());
  const Json color = media::DisplaySpace::of({}, {"pq", {}}).record();
  const Sample sample({.frames = 4, .size = 256, .plate = plate, .color = color});
  MergeOptions options = sample.options();
  options.common.frames.frames = FrameSet::parse("2-3");
  for (const auto& [codec, name] : {std::pair{"hevc", "out.mp4"}, std::pair{"prores", "out.mov"}}) {
    options.codec = codec;
    options.output = sample.folder() / name;
    QuietRun quiet;
    merge(options, quiet.run);
    const media::SourceInfo info = media::open_source(options.output, 1)->info();
    EXPECT_EQ(info.timecode, "10:00:00:02") << codec;
    EXPECT_EQ(info.format.transfer, 16) << codec;
    ASSERT_TRUE(info.mastering && info.mastering->luminance && info.content_light) << codec;
    EXPECT_NEAR((*info.mastering->luminance)[1].value(), 1000, 1e-3) << codec;
    EXPECT_EQ(info.content_light->max_cll, 1000) << codec;
  }
  const media::SourceInfo matte = media::open_source(options.matte, 1)->info();
  EXPECT_FALSE(matte.mastering) << "a matte was made on no screen";
  EXPECT_EQ(matte.timecode, "10:00:00:02");
}

}  // namespace
}  // namespace understudy::stages
