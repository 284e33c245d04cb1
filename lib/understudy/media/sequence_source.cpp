#include "understudy/media/sequence_source.h"

#include <algorithm>
#include <array>

#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/core/text.h"
#include "understudy/media/timecode.h"
#include "understudy/media/video_source.h"

namespace fs = std::filesystem;

namespace understudy::media {

namespace {

std::optional<std::string> timecode_of(const PictureHeader& header) {
  std::array<std::uint32_t, 2> words{};
  if (!header.spec.getattribute(kTimecodeAttribute, OIIO::TypeTimeCode, words.data())) return std::nullopt;
  return timecode_text(words[0], header.frame_rate.value_or(Rational{}));
}

}  // namespace

SequenceSource::SequenceSource(const fs::path& path, int threads)
    : threads_(threads), pictures_(list_pictures(path)) {
  use_one_thread_per_picture();
  info_.path = path;
  info_.is_sequence = true;
  check_headers();
  for (const NumberedPicture& picture : pictures_) info_.frames.push_back(picture.number);
  info_.keys = info_.frames;
  wanted_ = pictures_;
}

void SequenceSource::check_headers() {
  std::vector<std::optional<PictureHeader>> headers(pictures_.size());
  std::vector<std::exception_ptr> errors(pictures_.size());
  parallel_for(static_cast<std::int64_t>(pictures_.size()), threads_, [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    try {
      headers[at] = read_picture_header(pictures_[at].path);
    } catch (const Error&) {
      errors[at] = std::current_exception();  // a broken picture among good ones is a bad frame, later
    }
  });
  const auto first =
      std::find_if(headers.begin(), headers.end(), [](const auto& header) { return header.has_value(); });
  if (first == headers.end()) std::rethrow_exception(errors.front());
  const fs::path& first_path = pictures_[static_cast<std::size_t>(first - headers.begin())].path;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (!headers[i] || headers[i]->format.same_layout((*first)->format)) continue;
    throw Error(ErrorCode::kFormat,
                text("the pictures of ", info_.path.string(), " differ: ", first_path.filename().string(),
                     " is ", (*first)->format.describe(), ", ", pictures_[i].path.filename().string(), " is ",
                     headers[i]->format.describe()),
                "give one sequence at a time, of one size and format, for instance by a pattern");
  }
  header_ = std::move(**first);
  if (!header_.dropped.empty())
    log_warning(text(first_path.string(), ": channels that are not read: ", header_.dropped));
  info_.format = header_.format;
  info_.frame_rate = header_.frame_rate;
  info_.rotation = header_.rotation;
  if (header_.frame_rate) info_.time_base = {header_.frame_rate->den, header_.frame_rate->num};
  if (first == headers.begin()) info_.timecode = timecode_of(header_);
  const float aspect = header_.spec.get_float_attribute("PixelAspectRatio", 1.0F);
  if (aspect > 0.01F && aspect < 100 && aspect != 1)
    info_.sample_aspect = {static_cast<int>(aspect * 10000 + 0.5F), 10000};
}

void SequenceSource::select(std::vector<std::int64_t> numbers) {
  require_frames(numbers, info_.frames);
  wanted_.clear();
  for (const NumberedPicture& picture : pictures_)
    if (std::binary_search(numbers.begin(), numbers.end(), picture.number)) wanted_.push_back(picture);
  cursor_ = batch_start_ = 0;
  batch_.clear();
}

Frame SequenceSource::load(const NumberedPicture& picture) const {
  try {
    Frame frame;
    frame.number = picture.number;
    frame.picture = read_picture(picture.path, header_);
    return frame;
  } catch (const Error& error) {
    throw BadFrame(picture.number, error.code(), text("frame ", picture.number, ": ", error.message()),
                   error.hint());
  }
}

void SequenceSource::load_batch() {
  batch_start_ = cursor_;
  batch_.clear();
  batch_.resize(std::min(static_cast<std::size_t>(std::max(threads_, 1)), wanted_.size() - cursor_));
  parallel_for(static_cast<std::int64_t>(batch_.size()), threads_, [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    try {
      batch_[at].frame = load(wanted_[batch_start_ + at]);
    } catch (const BadFrame&) {
      batch_[at].error = std::current_exception();
    }
  });
}

std::optional<Frame> SequenceSource::next() {
  if (cursor_ == wanted_.size()) return std::nullopt;
  if (cursor_ >= batch_start_ + batch_.size()) load_batch();
  Loaded& loaded = batch_[cursor_++ - batch_start_];
  if (loaded.error) std::rethrow_exception(loaded.error);
  return std::move(loaded.frame);
}

}  // namespace understudy::media
