#include <gtest/gtest.h>

#include <cstdlib>

#include "stage/faces_sample.h"
#include "stage/plates.h"

namespace understudy::stages {
namespace {

/// bruno.mp4 with two of its frames woven into each.
fs::path interlaced_plate(const fs::path& folder) {
  const fs::path path = folder / "interlaced.mkv";
  const std::string command =
      text("ffmpeg -nostdin -v error -i ", Sample::plate().string(),
           " -vf tinterlace=interleave_top -c:v ffv1 -field_order tt ", path.string());
  EXPECT_EQ(std::system(command.c_str()), 0);
  return path;
}

TEST(Interlaced, ExtractMakesItWholeAndMergeDoesTheSame) {
  TemporaryFolder folder;
  ExtractOptions options = extract_options(folder.path(), "bruno", "3-4");
  options.inputs = {interlaced_plate(folder.path())};
  options.source = "bruno";
  const auto extract_it = [&] {
    QuietRun quiet;
    extract(options, quiet.run);
  };
  EXPECT_EQ(error_code(extract_it), 4);
  options.deinterlace = "bwdif";
  extract_it();
  const auto source = dataset::Dataset::open(options.dataset).source("bruno");
  EXPECT_EQ(source.deinterlace, "bwdif");
  EXPECT_EQ(records_in(options.dataset / "extract/bruno").size(), 2U);

  const Sample sample({.frames = 2, .plate = options.inputs[0], .deinterlace = source.deinterlace});
  QuietRun quiet;
  merge(sample.options(), quiet.run);
  const auto merged = read_frames(sample.options().output, 2),
             mattes = read_frames(sample.options().matte, 2);
  const auto plate = media::open_source(options.inputs[0], 2, "bwdif");
  ASSERT_EQ(merged.size(), 2U);
  for (std::size_t i = 0; i < merged.size(); ++i)
    expect_plate_outside(merged[i].picture, plate->next()->picture, mattes[i].picture);
}

}  // namespace
}  // namespace understudy::stages
