#pragma once

#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace understudy::dataset {

/// The pixels of a picture (CV_8U or CV_16U, 1 channel or B, G, R) as the content of IDAT chunks: rows of
/// differences to the left (filter Sub), compressed by libdeflate: the
/// same bytes on every processor.
std::string pack_pixels(const cv::Mat& picture);

/// What pack_pixels() was given, from a PNG's header and the content of all its IDAT chunks, whichever
/// filters its rows have. Absent for kinds of PNGs that are not read here: palettes, alpha, less than 8 bits,
/// interlaced. Throws Error kFormat, naming `where`, when the content is not a picture of that size.
std::optional<cv::Mat> unpack_pixels(std::string_view header, std::string_view content,
                                     std::string_view where);

}  // namespace understudy::dataset
