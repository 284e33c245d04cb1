#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace understudy::dataset {

/// A PNG (ISO/IEC 15948) of 1 or 3 channels (BGR), CV_8U or CV_16U, with `record` in an uncompressed iTXt
/// chunk of the keyword `understudy` (no chunk when empty). The same picture and record give the same bytes.
std::string encode_png(const cv::Mat& picture, std::string_view record);

/// The pixels as they are stored. Throws Error kFormat, naming `where`, when the bytes are not a readable PNG
/// of at most 16384 pixels a side.
cv::Mat decode_png(std::string_view bytes, std::string_view where);

/// The text of the iTXt chunk `understudy`, absent when there is none. Throws Error kFormat for a damaged
/// file.
std::optional<std::string> png_record(std::string_view bytes, std::string_view where);

}  // namespace understudy::dataset
