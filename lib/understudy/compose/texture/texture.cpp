#include "understudy/compose/texture.h"

#include <algorithm>

#include "understudy/compose/texture/smooth_blocks.h"
#include "understudy/compose/texture/texture_match.h"

namespace understudy::compose {

namespace {

cv::Mat measure_nothing(const TextureSample&) {
  return {};
}
cv::Mat apply_nothing(const cv::Mat& face, const cv::Mat&, const TexturePlace&) {
  return face;
}
NamedNumbers describe_nothing(const cv::Mat&) {
  return {};
}

}  // namespace

const Table<TextureMatch>& texture_matches() {
  static const Table<TextureMatch> table{
      "texture match",
      {{"none", "leave the swapped face's texture alone", {measure_nothing, apply_nothing, describe_nothing}},
       {"motion-blur",
        "smear the face along its way as the plate's shutter did",
        {measure_motion_blur, apply_motion_blur, describe_motion_blur}},
       {"sharpness",
        "make fine detail as strong as the plate's",
        {measure_sharpness, apply_sharpness, describe_sharpness}},
       {"grain", "add grain like the plate's", {measure_grain, apply_grain, describe_grain}}}};
  return table;
}

TextureRows measure_textures(const std::vector<std::string>& names, TextureSample sample) {
  const cv::Size size = sample.face.size();
  if (sample.face.type() != CV_32FC3 || sample.plate.type() != CV_32FC3 || sample.mask.type() != CV_32FC1 ||
      sample.plate.size() != size || sample.mask.size() != size ||
      (!sample.before.empty() && (sample.before.type() != CV_32FC3 || sample.before.size() != size)))
    throw Error(ErrorCode::kBug, "a texture match needs a sample of float pictures of one size");
  sample.smooth = smooth_blocks(float_luma(sample.plate), sample.mask);
  TextureRows out;
  for (const auto& match : texture_matches()) {
    if (std::ranges::count(names, match.name) == 0) continue;
    const cv::Mat row = match.value.measure(sample);
    if (row.empty()) continue;
    out[match.name] = row;
    if (out.size() < names.size()) sample.face = match.value.apply(sample.face, row, {sample.motion, 0});
  }
  return out;
}

cv::Mat apply_textures(const TextureRows& measured, const cv::Mat& face, const TexturePlace& place) {
  if (face.type() != CV_32FC3) throw Error(ErrorCode::kBug, "a texture match needs a float picture");
  cv::Mat out = face;
  for (const auto& match : texture_matches())
    if (const auto row = measured.find(match.name); row != measured.end())
      out = match.value.apply(out, row->second, place);
  return out;
}

}  // namespace understudy::compose
