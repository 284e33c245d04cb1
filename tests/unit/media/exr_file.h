#pragma once

#include <OpenImageIO/imageio.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>

namespace understudy::media {

/// All channels of an EXR file.
struct ExrFile {
  OIIO::ImageSpec spec;
  cv::Mat samples;  ///< CV_32FC(channels)

  int index(const std::string& channel) const { return spec.channelindex(channel); }
  /// CV_32FC1; the test fails when there is no such channel.
  cv::Mat channel(const std::string& name) const {
    cv::Mat out;
    EXPECT_GE(index(name), 0) << name;
    if (index(name) >= 0) cv::extractChannel(samples, out, index(name));
    return out;
  }
  bool is_half(const std::string& name) const {
    return spec.channelformat(index(name)) == OIIO::TypeDesc(OIIO::TypeDesc::HALF);
  }
  /// The words of a time code in hexadecimal digits, "10000101"; "" when there is none.
  std::string timecode() const {
    const auto* code = spec.find_attribute("smpte:TimeCode", OIIO::TypeTimeCode);
    if (code == nullptr) return {};
    std::ostringstream out;
    out << std::hex << *static_cast<const std::uint32_t*>(code->data());
    return out.str();
  }
};

inline ExrFile read_exr(const std::filesystem::path& path) {
  ExrFile out;
  const auto input = OIIO::ImageInput::open(path.string());
  if (!input) {
    ADD_FAILURE() << path << ": " << OIIO::geterror();
    return out;
  }
  out.spec = input->spec();
  out.samples.create(out.spec.height, out.spec.width, CV_32FC(out.spec.nchannels));
  EXPECT_TRUE(input->read_image(0, 0, 0, out.spec.nchannels, OIIO::TypeDesc::FLOAT, out.samples.data));
  return out;
}

}  // namespace understudy::media
