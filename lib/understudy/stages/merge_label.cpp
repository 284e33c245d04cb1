#include "understudy/stages/merge_label.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "understudy/core/files.h"
#include "understudy/core/text.h"
#include "understudy/stages/letters.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr double kSafeMargin = 0.05;                         // of width and height, on each side
constexpr double kLetterShare = 0.05, kPictureShare = 0.15;  // of the shorter side
constexpr double kGround = 0.6;                              // the dark ground's share
constexpr float kInk = 0.92F;
constexpr int kChromaBlock = 4;  // the widest chroma sample covers 4 pixels

/// What is painted: colours, and how much of them.
struct Drawing {
  cv::Mat colors, matte;
};

std::vector<std::string> words_of(const std::string& sentence) {
  std::vector<std::string> out;
  std::istringstream in(sentence);
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

/// The sentence in lines of at most `width`, in letters as high as they may be in at most three of them.
std::vector<std::string> wrapped(const std::string& sentence, const Letters& letters, int width,
                                 double& letter_px) {
  constexpr std::size_t kMostLines = 3;
  constexpr double kLeastPx = 2;
  const auto width_of = [&](const std::string& words) { return letters.width_of(words, letter_px); };
  for (;; letter_px *= 0.9) {
    std::vector<std::string> lines(1);
    bool fits = true;
    for (const std::string& word : words_of(sentence)) {
      std::string& line = lines.back();
      const std::string longer = line.empty() ? word : text(line, " ", word);
      fits = fits && width_of(word) <= width;
      if (width_of(longer) <= width)
        line = longer;
      else
        lines.push_back(word);
    }
    if ((fits && lines.size() <= kMostLines) || letter_px < kLeastPx) return lines;
  }
}

Drawing draw_words(const std::string& sentence, const Letters& letters, cv::Size safe, int letter_px) {
  const int pad = std::max(2, letter_px / 2);
  double letter = letter_px;
  const std::vector<std::string> lines = wrapped(sentence, letters, safe.width - 2 * pad, letter);
  const double step = 1.8 * letter;
  int width = 0;
  for (const std::string& line : lines) width = std::max(width, letters.width_of(line, letter));
  const cv::Size size(
      std::min(safe.width, width + 2 * pad),
      static_cast<int>(std::lround(step * (static_cast<double>(lines.size()) - 1) + 1.3 * letter + 2 * pad)));
  cv::Mat ink = cv::Mat::zeros(size, CV_8UC1);
  for (std::size_t i = 0; i < lines.size(); ++i)
    letters.draw(lines[i], letter,
                 {pad, static_cast<int>(std::lround(pad + letter + step * static_cast<double>(i)))}, ink);
  ink.convertTo(ink, CV_32F, 1.0 / 255);
  Drawing out;
  out.matte = kGround + (1 - kGround) * ink;
  // The ground is black, so the ink's share of what is painted is its share of the colour.
  cv::Mat share = ink / out.matte * kInk;
  cv::merge(std::vector<cv::Mat>(3, share), out.colors);
  return out;
}

Drawing draw_picture(const fs::path& file, cv::Size safe, int most_height) {
  const std::string bytes = read_file(file);
  const cv::Mat stored =
      cv::imdecode(cv::Mat(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data())),
                   cv::IMREAD_UNCHANGED);
  if (stored.empty() || (stored.depth() != CV_8U && stored.depth() != CV_16U))
    throw Error(ErrorCode::kFormat, text(file.string(), " is not a picture of 8 or 16 bits"),
                "give a PNG file, or the label's words");
  cv::Mat whole;
  stored.convertTo(whole, CV_32F, stored.depth() == CV_8U ? 1.0 / 255 : 1.0 / 65535);
  const double scale =
      std::min(static_cast<double>(safe.width) / whole.cols, static_cast<double>(most_height) / whole.rows);
  cv::Mat color, matte = cv::Mat::ones(whole.size(), CV_32FC1);
  if (whole.channels() == 4) {
    cv::extractChannel(whole, matte, 3);
    cv::cvtColor(whole, color, cv::COLOR_BGRA2BGR);
  } else {
    color = whole.channels() == 3 ? whole : cv::Mat();
    if (color.empty()) cv::cvtColor(whole, color, cv::COLOR_GRAY2BGR);
  }
  const cv::Size size(std::max(1, static_cast<int>(whole.cols * scale)),
                      std::max(1, static_cast<int>(whole.rows * scale)));
  Drawing out;
  const int how = scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR;
  cv::resize(color, out.colors, size, 0, 0, how);
  cv::resize(matte, out.matte, size, 0, 0, how);
  return out;
}

bool names_picture(const std::string& label) {
  const std::string extension = fs::path(label).extension().string();
  return extension == ".png" || extension == ".tif" || extension == ".tiff" || extension == ".jpg";
}

/// Why there must be a label; empty: there need not be one.
std::string demand(const DeliveryProfile& profile, std::span<const provenance::ConsentSummary> consents) {
  if (profile.label_always) return "a test that is not for delivery says so";
  for (const provenance::ConsentSummary& consent : consents)
    if (consent.label_required)
      return text("the consent record ", consent.id, " (", consent.subject, ") demands a visible label");
  return {};
}

bool is_test(std::span<const provenance::ConsentSummary> consents) {
  return std::ranges::any_of(
      consents, [](const auto& consent) { return provenance::bases().at(consent.basis).test_only; });
}

}  // namespace

std::optional<LabelChoice> choose_label(const std::string& asked, const DeliveryProfile& given,
                                        std::span<const provenance::ConsentSummary> consents,
                                        const fs::path& font) {
  const DeliveryProfile profile = is_test(consents) ? delivery_profiles().at("test") : given;
  const std::string demanded = demand(profile, consents);
  if (asked == "none" && !demanded.empty())
    throw Error(ErrorCode::kUsage, text("--label none was asked, but ", demanded),
                "leave --label out, or give other words");
  if (asked == "none" || (asked.empty() && !profile.label && demanded.empty())) return std::nullopt;
  if (names_picture(asked)) {
    if (!fs::is_regular_file(asked))
      throw Error(ErrorCode::kInput, text("there is no picture ", asked, " for the label"), "check the path");
    if (!is_test(consents)) return LabelChoice{"", asked, profile.label_seconds};
    return LabelChoice{profile.label_text, {}, 0, font};
  }
  const bool both = is_test(consents) && !asked.empty();
  const std::string words = asked.empty() ? profile.label_text
                            : both        ? text(profile.label_text, ": ", asked)
                                          : asked;
  Letters(font).require(words);
  return LabelChoice{words, {}, profile.label_seconds, font};
}

LabelPainter::LabelPainter(LabelChoice choice, const media::SourceInfo& plate, media::DisplaySpace space,
                           std::int64_t first_frame)
    : choice_(std::move(choice)), space_(std::move(space)), first_frame_(first_frame) {
  const cv::Size frame(plate.format.width, plate.format.height);
  const cv::Point corner(static_cast<int>(frame.width * kSafeMargin),
                         static_cast<int>(frame.height * kSafeMargin));
  const cv::Size safe(frame.width - 2 * corner.x, frame.height - 2 * corner.y);
  const double side = std::min(frame.width, frame.height);
  const Drawing drawing =
      choice_.file.empty()
          ? draw_words(choice_.words, Letters(choice_.font), safe,
                       std::max(6, static_cast<int>(std::ceil(side * kLetterShare))))
          : draw_picture(choice_.file, safe, std::max(1, static_cast<int>(side * kPictureShare)));
  // From a whole chroma sample to a whole one: colours change only where all of a sample's pixels do.
  const auto up = [](int value) { return (value + kChromaBlock - 1) / kChromaBlock * kChromaBlock; };
  box_ = cv::Rect(up(corner.x), up(corner.y), up(drawing.matte.cols), up(drawing.matte.rows)) &
         cv::Rect({}, frame);
  const int right = std::max(0, box_.width - drawing.matte.cols),
            below = std::max(0, box_.height - drawing.matte.rows);
  cv::copyMakeBorder(drawing.colors, colors_, 0, below, 0, right, cv::BORDER_REPLICATE);
  cv::copyMakeBorder(drawing.matte, matte_, 0, below, 0, right, cv::BORDER_REPLICATE);
  colors_ = colors_(cv::Rect({}, box_.size())).clone();
  matte_ = matte_(cv::Rect({}, box_.size())).clone();
  if (choice_.seconds > 0) {
    const double rate = plate.frame_rate ? plate.frame_rate->value() : 25;
    last_frame_ = first_frame_ + static_cast<std::int64_t>(std::ceil(choice_.seconds * rate)) - 1;
  }
}

void LabelPainter::paint(media::Picture& picture, std::int64_t number) const {
  if (last_frame_ && number > *last_frame_) return;
  space_.blend_bgr(picture, box_, colors_, matte_);
}

std::string LabelPainter::said() const {
  return choice_.file.empty() ? choice_.words : choice_.file.filename().string();
}

Json LabelPainter::record() const {
  return {{"words", choice_.words},
          {"file", choice_.file.string()},
          {"box", {box_.x, box_.y, box_.width, box_.height}},
          {"first_frame", first_frame_},
          {"last_frame", last_frame_ ? Json(*last_frame_) : Json(nullptr)}};
}

}  // namespace understudy::stages
