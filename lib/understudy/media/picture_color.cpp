#include <array>
#include <cmath>
#include <cstdint>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/media/color_scale.h"
#include "understudy/media/picture.h"

namespace understudy::media {
namespace {

using Model = PictureFormat::Model;

struct LumaWeights {
  int matrix;
  float kr, kb;
};
// ITU-T H.273, table 4.
constexpr std::array<LumaWeights, 6> kLumaWeights{{
    {1, 0.2126F, 0.0722F},
    {4, 0.30F, 0.11F},
    {5, 0.299F, 0.114F},
    {6, 0.299F, 0.114F},
    {7, 0.212F, 0.087F},
    {9, 0.2627F, 0.0593F},
}};

/// NaN becomes `low`.
float clipped(float value, float low, float high) {
  return value > low ? (value < high ? value : high) : low;
}

void require_inside(const PictureFormat& format, const cv::Rect& roi) {
  const cv::Rect whole(0, 0, format.width, format.height);
  if (roi.empty() || (roi & whole) != roi) {
    throw Error(ErrorCode::kBug, text("the region ", roi.x, ",", roi.y, " ", roi.width, "x", roi.height,
                                      " is not inside a picture of ", format.describe()));
  }
}

/// Every other sample is the one before it again.
template <class Sample>
void load_pairs(const Sample* from, int x, std::vector<float>& out) {
  const std::size_t count = out.size(), first = static_cast<std::size_t>(x % 2);
  from += x / 2;
  if (first == 1) out[0] = static_cast<float>(*from++);
  const std::size_t pairs = (count - first) / 2;
  float* to = out.data() + first;
  for (std::size_t i = 0; i < pairs; ++i) to[2 * i] = to[2 * i + 1] = static_cast<float>(from[i]);
  if ((count - first) % 2 == 1) out.back() = static_cast<float>(from[pairs]);
}

template <class Sample>
void load_row_as(const cv::Mat& plane, int row, int x, int shift, std::vector<float>& out) {
  const Sample* from = plane.ptr<Sample>(row);
  if (shift == 1) return load_pairs(from, x, out);
  const int count = static_cast<int>(out.size());
  for (int i = 0; i < count; ++i)
    out[static_cast<std::size_t>(i)] = static_cast<float>(from[(x + i) >> shift]);
}

/// out.size() samples of `row` from picture column x on; `shift` repeats subsampled ones.
void load_row(const cv::Mat& plane, int row, int x, int shift, std::vector<float>& out) {
  if (plane.depth() == CV_8U) return load_row_as<std::uint8_t>(plane, row, x, shift, out);
  if (plane.depth() == CV_16U) return load_row_as<std::uint16_t>(plane, row, x, shift, out);
  load_row_as<float>(plane, row, x, shift, out);
}

[[gnu::target_clones("avx2", "default")]] void yuv_to_bgr(const ColorScale& scale, const float* luma,
                                                          const float* chroma_u, const float* chroma_v,
                                                          float* bgr, std::size_t count) {
  const float rv = scale.red_from_v(), bu = scale.blue_from_u(), gu = scale.green_from_u(),
              gv = scale.green_from_v();
  const float y_offset = scale.y_offset, y_scale = scale.y_scale, c_offset = scale.c_offset,
              c_scale = scale.c_scale;
  for (std::size_t i = 0; i < count; ++i) {
    const float y = (luma[i] - y_offset) * y_scale;
    const float u = (chroma_u[i] - c_offset) * c_scale;
    const float v = (chroma_v[i] - c_offset) * c_scale;
    bgr[3 * i] = y + bu * u;
    bgr[3 * i + 1] = y + gu * u + gv * v;
    bgr[3 * i + 2] = y + rv * v;
  }
}

float luma_of(const ColorScale& scale, const cv::Vec3f& bgr) {
  return scale.kr * bgr[2] + scale.kg * bgr[1] + scale.kb * bgr[0];
}

/// The codes of a row of colours in plane `plane`, a full one, clipped to what is legal.
void codes_of_row(const PictureFormat& format, const ColorScale& scale, int plane, const cv::Vec3f* bgr,
                  std::vector<float>& out) {
  const std::size_t count = out.size();
  if (format.model == Model::kRgb)
    for (std::size_t i = 0; i < count; ++i) out[i] = bgr[i][2 - plane];
  else
    for (std::size_t i = 0; i < count; ++i) out[i] = luma_of(scale, bgr[i]);
  if (format.is_float()) return;
  for (float& code : out) code = clipped(code / scale.y_scale + scale.y_offset, scale.y_min, scale.y_max);
}

/// The nearest whole number of one below 2^22, even where two are as near: as lrintf(), but in a way that the
/// compiler can do for several at once.
float rounded(float value) {
  constexpr float kShift = 3 << 22;
  return (value + kShift) - kShift;
}

/// `weight` is above 0, or it is 0 and the code a number.
template <class Sample>
void blend_sample(Sample& old_code, float new_code, float weight) {
  const auto before = static_cast<float>(old_code);
  const float mixed = before + weight * (new_code - before);
  if constexpr (std::is_integral_v<Sample>) {
    old_code = static_cast<Sample>(static_cast<int>(rounded(mixed)));
  } else {
    old_code = mixed;
  }
}

template <class Sample>
void blend_row(const float* codes, const float* matte, std::size_t count, Sample* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const float weight = matte[i] > 0 ? std::min(matte[i], 1.0F) : 0.0F;
    if constexpr (!std::is_integral_v<Sample>)
      if (weight == 0) continue;  // their codes are not clipped, and may be no numbers
    blend_sample(out[i], codes[i], weight);
  }
}

template <class Sample>
void blend_full_planes(Picture& picture, const ColorScale& scale, cv::Rect roi, const cv::Mat& bgr,
                       const cv::Mat& matte) {
  const PictureFormat& format = picture.format();
  const int planes = format.model == Model::kRgb ? 3 : 1;
  std::vector<float> codes(static_cast<std::size_t>(roi.width));
  for (int y = 0; y < roi.height; ++y)
    for (int p = 0; p < planes; ++p) {
      codes_of_row(format, scale, p, bgr.ptr<cv::Vec3f>(y), codes);
      blend_row(codes.data(), matte.ptr<float>(y), codes.size(),
                picture.plane(p).ptr<Sample>(roi.y + y) + roi.x);
    }
}

struct ChromaBlend {
  cv::Vec3f mean_bgr;
  float matte = 0;  ///< 0: leave the sample alone
};

/// The mean colour and matte under one chroma sample, whose pixels are `block` in the coordinates of the
/// region.
ChromaBlend under_chroma_sample(cv::Rect block, const cv::Mat& bgr, const cv::Mat& matte) {
  ChromaBlend sum{{0, 0, 0}, 0};
  for (int y = block.y; y < block.y + block.height; ++y) {
    const auto* weights = matte.ptr<float>(y);
    const auto* colors = bgr.ptr<cv::Vec3f>(y);
    for (int x = block.x; x < block.x + block.width; ++x) {
      if (!(weights[x] > 0)) return {};
      sum.matte += std::min(weights[x], 1.0F);
      sum.mean_bgr += colors[x];
    }
  }
  const float share = 1.0F / static_cast<float>(block.area());
  return {sum.mean_bgr * share, sum.matte * share};
}

/// The chroma samples whose pixels all lie between `begin` and `end`, along one side of a picture of `side`
/// pixels.
cv::Range chroma_inside(int begin, int end, int side, int shift) {
  const int size = 1 << shift;
  return {(begin + size - 1) >> shift, end == side ? (side + size - 1) >> shift : end >> shift};
}

template <class Sample>
void blend_chroma(Picture& picture, const ColorScale& scale, cv::Rect roi, const cv::Mat& bgr,
                  const cv::Mat& matte) {
  const PictureFormat& format = picture.format();
  const int shift_x = format.chroma_shift_x, shift_y = format.chroma_shift_y;
  const cv::Range rows = chroma_inside(roi.y, roi.br().y, format.height, shift_y),
                  cols = chroma_inside(roi.x, roi.br().x, format.width, shift_x);
  const auto code = [&](float value) {
    return clipped(value / scale.c_scale + scale.c_offset, scale.c_min, scale.c_max);
  };
  for (int cy = rows.start; cy < rows.end; ++cy) {
    Sample* row_u = picture.plane(1).ptr<Sample>(cy);
    Sample* row_v = picture.plane(2).ptr<Sample>(cy);
    for (int cx = cols.start; cx < cols.end; ++cx) {
      const cv::Rect block((cx << shift_x) - roi.x, (cy << shift_y) - roi.y, 1 << shift_x, 1 << shift_y);
      const ChromaBlend under = under_chroma_sample(block & cv::Rect({}, roi.size()), bgr, matte);
      if (under.matte == 0) continue;
      const float y = luma_of(scale, under.mean_bgr);
      blend_sample(row_u[cx], code((under.mean_bgr[0] - y) / scale.blue_from_u()), under.matte);
      blend_sample(row_v[cx], code((under.mean_bgr[2] - y) / scale.red_from_v()), under.matte);
    }
  }
}

template <class Sample>
void blend(Picture& picture, cv::Rect roi, const cv::Mat& bgr, const cv::Mat& matte) {
  const ColorScale scale = color_scale(picture.format());
  blend_full_planes<Sample>(picture, scale, roi, bgr, matte);
  if (picture.format().model == Model::kYuv) blend_chroma<Sample>(picture, scale, roi, bgr, matte);
}

}  // namespace

bool is_known_matrix(int matrix) {
  if (matrix == 2 || matrix == 3) return true;
  for (const LumaWeights& weights : kLumaWeights)
    if (weights.matrix == matrix) return true;
  return false;
}

int effective_matrix(const PictureFormat& format) {
  for (const LumaWeights& weights : kLumaWeights)
    if (weights.matrix == format.matrix) return format.matrix;
  return format.height < 720 ? 6 : 1;
}

ColorScale color_scale(const PictureFormat& format) {
  ColorScale scale{};
  const int matrix = effective_matrix(format);
  for (const LumaWeights& weights : kLumaWeights) {
    if (weights.matrix != matrix) continue;
    scale.kr = weights.kr;
    scale.kb = weights.kb;
    scale.kg = 1 - weights.kr - weights.kb;
  }
  if (format.is_float()) {
    scale.y_scale = scale.c_scale = 1;
    return scale;
  }
  const auto top = static_cast<float>((1 << format.bits) - 1);
  const auto unit = static_cast<float>(1 << (format.bits - 8));
  scale.c_offset = 128 * unit;
  if (format.full_range) {
    scale.y_scale = scale.c_scale = 1 / top;
    scale.y_max = scale.c_max = top;
    return scale;
  }
  scale.y_offset = scale.y_min = scale.c_min = 16 * unit;
  scale.y_scale = 1 / (219 * unit);
  scale.c_scale = 1 / (224 * unit);
  scale.y_max = 235 * unit;
  scale.c_max = 240 * unit;
  return scale;
}

cv::Mat Picture::bgr(cv::Rect roi) const {
  require_inside(format_, roi);
  const ColorScale scale = color_scale(format_);
  cv::Mat out(roi.size(), CV_32FC3);
  std::array<std::vector<float>, 3> row;
  for (int y = 0; y < roi.height; ++y) {
    for (int p = 0; p < format_.color_planes(); ++p) {
      const bool chroma = format_.is_chroma(p);
      auto& samples = row[static_cast<std::size_t>(p)];
      samples.resize(static_cast<std::size_t>(roi.width));
      load_row(plane(p), (roi.y + y) >> (chroma ? format_.chroma_shift_y : 0), roi.x,
               chroma ? format_.chroma_shift_x : 0, samples);
    }
    auto* to = out.ptr<cv::Vec3f>(y);
    if (format_.model == Model::kYuv) {
      yuv_to_bgr(scale, row[0].data(), row[1].data(), row[2].data(), out.ptr<float>(y), row[0].size());
      continue;
    }
    const bool rgb = format_.model == Model::kRgb;
    const auto& red = row[0];
    const auto& green = rgb ? row[1] : row[0];
    const auto& blue = rgb ? row[2] : row[0];
    const auto value = [&](float code) { return (code - scale.y_offset) * scale.y_scale; };
    for (std::size_t x = 0; x < red.size(); ++x) to[x] = {value(blue[x]), value(green[x]), value(red[x])};
  }
  return out;
}

void Picture::blend_bgr(cv::Rect roi, const cv::Mat& bgr, const cv::Mat& matte) {
  require_inside(format_, roi);
  if (bgr.type() != CV_32FC3 || matte.type() != CV_32FC1 || bgr.size() != roi.size() ||
      matte.size() != roi.size())
    throw Error(ErrorCode::kBug, "blend_bgr needs a float colour and a float matte of the region's size");
  if (format_.is_float()) return blend<float>(*this, roi, bgr, matte);
  if (format_.sample == PictureFormat::Sample::kU8) return blend<std::uint8_t>(*this, roi, bgr, matte);
  blend<std::uint16_t>(*this, roi, bgr, matte);
}

}  // namespace understudy::media
