#include "understudy/media/metadata.h"

#include <fstream>

#include "unit/media/clips.h"

namespace understudy::media {
namespace {

using MetadataTest = MediaTest;

TEST_F(MetadataTest, WhatASinkWritesIsReadBack) {
  const SourceInfo info = made_up(yuv_format(256, 128, 1, 1, 8), 1);
  for (const auto& [name, description, codec] : codecs()) {
    if (name == "dpx") continue;  // DPX has no place for texts of one's own
    for (const std::string& extension : codec.extensions) {
      const std::string to = path(codec.is_sequence ? "#" + extension : name + extension);
      SinkOptions options;
      options.codec = name;
      options.metadata = {{"ORIGIN", "a test"}};
      const auto sink = open_sink(to, info, options);
      sink->write({1, 0, 1000, noise_picture(info.format, 0)});
      sink->finish();
      const auto read = read_metadata(path(codec.is_sequence ? "0001" + extension : name + extension));
      ASSERT_TRUE(read.contains("ORIGIN")) << name << extension;
      EXPECT_EQ(read.at("ORIGIN"), "a test") << name << extension;
    }
  }
}

TEST_F(MetadataTest, OtherFilesAreRefused) {
  EXPECT_EQ(error_of([&] { read_metadata(path("none.mp4")); }).code(), ErrorCode::kInput);
  std::ofstream(path("text.mp4")) << "text";
  EXPECT_EQ(error_of([&] { read_metadata(path("text.mp4")); }).code(), ErrorCode::kInput);
}

}  // namespace
}  // namespace understudy::media
