#include "understudy/compose/color.h"

#include <opencv2/core.hpp>

#include "understudy/compose/color/color_cube.h"
#include "understudy/compose/color/color_match.h"
#include "understudy/compose/color/moments.h"

namespace understudy::compose {

const Table<ColorMatch>& color_matches() {
  static const Table<ColorMatch> table{
      "colour match",
      {{"none", "leave the swapped face's colours alone", {measure_none, apply_none}},
       {"reinhard", "match mean and spread in Lab", {measure_reinhard, apply_reinhard}},
       {"covariance", "match mean, principal axes and spread along them", {measure_covariance, apply_linear}},
       {"mkl", "match mean and covariance by the smallest linear change", {measure_mkl, apply_linear}},
       {"histogram", "match the histogram of each Lab channel", {measure_histogram, apply_cube}},
       {"idt", "match the distribution of colours, axis by axis", {measure_idt, apply_cube}},
       {"sliced-ot",
        "match the distribution of colours, many directions at once",
        {measure_sliced_ot, apply_cube}},
       {"mix", "lightness as reinhard, colour as sliced-ot", {measure_mix, apply_cube}},
       {"low-frequency",
        "match the illumination, keep the detail",
        {measure_low_frequency, apply_low_frequency}}}};
  return table;
}

cv::Mat measure_color(const ColorMatch& match, const ColorSample& sample, const ColorSettings& settings) {
  if (sample.face.type() != CV_32FC3 || sample.plate.type() != CV_32FC3 || sample.mask.type() != CV_32FC1 ||
      sample.face.size() != sample.plate.size() || sample.face.size() != sample.mask.size())
    throw Error(ErrorCode::kBug, "a colour match needs a sample of float pictures of one size");
  if (cv::sum(sample.mask)[0] < 1) return {};
  return match.measure(sample, settings);
}

cv::Mat apply_color(const ColorMatch& match, const cv::Mat& face, const cv::Mat& measured) {
  if (face.type() != CV_32FC3) throw Error(ErrorCode::kBug, "a colour match needs a float picture");
  return measured.empty() ? face : match.apply(face, measured);
}

}  // namespace understudy::compose
