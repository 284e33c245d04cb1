#include "understudy/stages/letters.h"

#include <ft2build.h>
#include FT_FREETYPE_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iomanip>
#include <opencv2/core.hpp>
#include <sstream>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/plain_text.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr const char* kDefaultFont = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
constexpr const char* kPictureHint = "give a picture of the words, a PNG file with alpha, to --label";
constexpr double kUnit = 64;  // FreeType's parts of a pixel

/// Scripts whose letters are joined, reordered or stacked: Hebrew to Arabic, India's to Myanmar's, Khmer and
/// Mongolian, presentation forms.
constexpr std::uint32_t kShaped[][2] = {
    {0x0590, 0x08FF}, {0x0900, 0x109F}, {0x1780, 0x18AF}, {0xFB1D, 0xFDFF}, {0xFE70, 0xFEFF}};

std::vector<std::uint32_t> characters_of(std::string_view words) {
  std::vector<std::uint32_t> out;
  while (!words.empty())
    if (const auto character = take_character(words))
      out.push_back(*character);
    else
      return out;
  return out;
}

[[noreturn]] void refuse(std::string_view words, std::string_view why, const char* hint) {
  throw Error(ErrorCode::kUsage, text("the label '", words, "' cannot be drawn: ", why), hint);
}

}  // namespace

Letters::Letters(const fs::path& font) : path_(font.empty() ? fs::path(kDefaultFont) : font) {
  if (!fs::is_regular_file(path_))
    throw Error(
        ErrorCode::kInput, text("there is no font ", path_.string(), " for the label's letters"),
        font.empty()
            ? "install DejaVu Sans (Debian package fonts-dejavu-core), or name a font with --label-font"
            : "check the path");
  FT_Library library = nullptr;
  if (FT_Init_FreeType(&library) != 0) throw Error(ErrorCode::kResource, "FreeType does not start");
  library_.reset(library, FT_Done_FreeType);
  FT_Face face = nullptr;
  const bool failed = FT_New_Face(library, path_.c_str(), 0, &face) != 0;
  if (!failed) face_.reset(face, [library = library_](FT_Face done) { FT_Done_Face(done); });
  constexpr int kTrialPx = 200;
  if (failed || !FT_IS_SCALABLE(face) || FT_Set_Pixel_Sizes(face, 0, kTrialPx) != 0 ||
      FT_Load_Char(face, 'H', FT_LOAD_DEFAULT) != 0 || face->glyph->metrics.height <= 0)
    throw Error(ErrorCode::kFormat, text(path_.string(), " is no font whose letters can be scaled"),
                "give a TrueType or OpenType font (.ttf, .otf)");
  capital_share_ = static_cast<double>(face->glyph->metrics.height) / kUnit / kTrialPx;
}

void Letters::require(std::string_view words) const {
  for (std::string_view rest = words; !rest.empty();) {
    const std::string_view before = rest;
    const auto character = take_character(rest);
    if (!character) refuse(words, "it is not UTF-8", "give the words in UTF-8");
    const std::string_view letter = before.substr(0, before.size() - rest.size());
    std::ostringstream name;
    name << "'" << letter << "' (U+" << std::hex << std::uppercase << std::setw(4) << std::setfill('0')
         << *character << ")";
    if (*character < 0x20 || (*character >= 0x7F && *character < 0xA0))
      refuse("…", "it holds control characters", "give one line of plain text");
    for (const auto& [first, last] : kShaped)
      if (*character >= first && *character <= last)
        refuse(
            words,
            text(name.str(), " is of a script whose letters are joined or reordered, which is not done here"),
            kPictureHint);
    if (FT_Get_Char_Index(face_.get(), *character) == 0)
      refuse(words, text("the font ", path_.string(), " has no ", name.str()),
             "name a font that has it with --label-font, or give a picture of the words to --label");
  }
}

void Letters::set_size(double capital_px) const {
  FT_Set_Char_Size(face_.get(), 0, std::max(1L, std::lround(capital_px / capital_share_ * kUnit)), 72, 72);
}

int Letters::width_of(std::string_view words, double capital_px) const {
  set_size(capital_px);
  FT_Pos width = 0;
  for (const std::uint32_t character : characters_of(words))
    if (FT_Load_Char(face_.get(), character, FT_LOAD_DEFAULT) == 0) width += face_->glyph->advance.x;
  return static_cast<int>(std::ceil(static_cast<double>(width) / kUnit));
}

void Letters::draw(std::string_view words, double capital_px, cv::Point start, cv::Mat& ink) const {
  set_size(capital_px);
  FT_Pos along = 0;
  for (const std::uint32_t character : characters_of(words)) {
    if (FT_Load_Char(face_.get(), character, FT_LOAD_RENDER) != 0) continue;
    const FT_GlyphSlot glyph = face_->glyph;
    const cv::Rect place(start.x + static_cast<int>(along / 64) + glyph->bitmap_left,
                         start.y - glyph->bitmap_top, static_cast<int>(glyph->bitmap.width),
                         static_cast<int>(glyph->bitmap.rows));
    const cv::Rect seen = place & cv::Rect({}, ink.size());
    along += glyph->advance.x;
    if (seen.empty()) continue;
    const cv::Mat letter(place.size(), CV_8UC1, glyph->bitmap.buffer,
                         static_cast<std::size_t>(glyph->bitmap.pitch));
    cv::Mat there = ink(seen);
    cv::max(there, letter(seen - place.tl()), there);
  }
}

}  // namespace understudy::stages
