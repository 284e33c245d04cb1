#pragma once

#include <cstdlib>
#include <string>

#include "understudy/core/files.h"
#include "understudy/core/mapped_bytes.h"
#include "understudy/core/text.h"
#include "unit/provenance/sample.h"

namespace understudy::provenance::c2pa {

/// A folder with a test's media, made and read by FFmpeg's programs.
class MediaFiles : public TemporaryFolder {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// Half a second of picture and sound, or one picture, as the name's extension asks for.
  std::string make(const std::string& name, const std::string& options) const {
    const std::string sound = options.find("-frames") == std::string::npos ? " -f lavfi -i sine=d=0.5" : "";
    const std::string command = text("ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=s=64x48:d=0.5:r=10",
                                     sound, " ", options, " -bitexact ", path(name));
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return path(name);
  }

  /// A digest of every frame and packet of sound that a player gets to see.
  std::string frames_of(const std::string& file) const {
    const std::string command =
        text("ffmpeg -nostdin -v error -y -i ", file, " -map 0 -f framemd5 ", path("frames.txt"));
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return read_file(path("frames.txt"));
  }
};

/// The whole file, mapped.
class FileView {
 public:
  explicit FileView(const std::filesystem::path& path) : mapped_(MappedBytes::open(path)) {}
  operator std::string_view() const {
    return {reinterpret_cast<const char*>(mapped_.data()), static_cast<std::size_t>(mapped_.size())};
  }

 private:
  MappedBytes mapped_;
};

}  // namespace understudy::provenance::c2pa
