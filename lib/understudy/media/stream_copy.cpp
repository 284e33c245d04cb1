#include "understudy/media/stream_copy.h"

#include <array>
#include <limits>
#include <new>
#include <string_view>

#include "understudy/core/error.h"
#include "understudy/core/log.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

bool holds(const AVOutputFormat& container, const AVCodecParameters& stream) {
  if (stream.codec_id == AV_CODEC_ID_NONE) return false;
  const int answer = avformat_query_codec(&container, stream.codec_id, FF_COMPLIANCE_NORMAL);
  return answer == 1 || (answer < 0 && container.codec_tag == nullptr);
}

/// The input's tag where it means the same codec in the output's container, else 0: the muxer's choice.
std::uint32_t tag_for(const AVOutputFormat& container, const AVCodecParameters& stream) {
  if (container.codec_tag == nullptr) return stream.codec_tag;
  std::uint32_t ignored = 0;
  const bool same = av_codec_get_id(container.codec_tag, stream.codec_tag) == stream.codec_id;
  const bool unknown = av_codec_get_tag2(container.codec_tag, stream.codec_id, &ignored) == 0;
  return same || unknown ? stream.codec_tag : 0;
}

/// Facts about the old file that are not true of the new one.
bool is_about_the_container(std::string_view key) {
  constexpr std::array<std::string_view, 9> kKeys{"major_brand",   "minor_version", "compatible_brands",
                                                  "encoder",       "rotate",        "DURATION",
                                                  "creation_time", "BPS",           "vendor_id"};
  for (const std::string_view known : kKeys)
    if (key == known) return true;
  return key.starts_with("_STATISTICS") || key.starts_with("NUMBER_OF_") || key.starts_with("BPS-") ||
         key.starts_with("DURATION-");
}

void copy_metadata(const AVDictionary* from, AVDictionary** to) {
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(from, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr)
    if (!is_about_the_container(entry->key)) av_dict_set(to, entry->key, entry->value, 0);
}

[[noreturn]] void refuse_stream(const AVStream& stream, const AVOutputFormat& container) {
  const char* kind = av_get_media_type_string(stream.codecpar->codec_type);
  const bool matroska = std::string_view(container.name) == "matroska";
  throw Error(
      ErrorCode::kUsage,
      text(container.name, " cannot hold the plate's stream ", stream.index, " (",
           kind == nullptr ? "unknown" : kind, ", ", avcodec_get_name(stream.codecpar->codec_id), ")"),
      matroska ? "name the output .mov" : "name the output .mkv or .mov");
}

}  // namespace

StreamCopy::StreamCopy(const fs::path& plate, AVFormatContext& output)
    : input_(open_container(plate)), output_(output), packet_(new_packet()) {
  add_streams(plate);
  copy_metadata(input_->metadata, &output_.metadata);
  copy_chapters();
}

void StreamCopy::add_streams(const fs::path& plate) {
  const int main_video = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    AVStream& stream = *input_->streams[i];
    output_stream_.push_back(-1);
    stream.discard = AVDISCARD_ALL;
    if (static_cast<int>(i) == main_video) {
      copy_video_description(stream);
      continue;
    }
    const bool cover = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !cover) {
      log_warning(text(plate.string(), ": the further video stream ", i, " is not copied"));
      continue;
    }
    constexpr std::uint32_t kTimecodeTrack =
        MKTAG('t', 'm', 'c', 'd');  // written again from the video's "timecode"
    if (stream.codecpar->codec_tag == kTimecodeTrack) continue;
    if (!holds(*output_.oformat, *stream.codecpar)) {
      if (stream.codecpar->codec_type != AVMEDIA_TYPE_DATA) refuse_stream(stream, *output_.oformat);
      log_warning(text(plate.string(), ": the data stream ", i, " is not copied, ", output_.oformat->name,
                       " cannot hold it"));
      continue;
    }
    add_stream(stream);
  }
}

void StreamCopy::add_stream(AVStream& from) {
  AVStream* to = avformat_new_stream(&output_, nullptr);
  if (to == nullptr || avcodec_parameters_copy(to->codecpar, from.codecpar) < 0) throw std::bad_alloc();
  to->codecpar->codec_tag = tag_for(*output_.oformat, *from.codecpar);
  to->time_base = from.time_base;
  to->disposition = from.disposition;
  to->avg_frame_rate = from.avg_frame_rate;
  to->r_frame_rate = from.r_frame_rate;
  copy_metadata(from.metadata, &to->metadata);
  from.discard = AVDISCARD_DEFAULT;
  output_stream_.back() = to->index;
}

void StreamCopy::copy_video_description(const AVStream& from) {
  AVStream& to = *output_.streams[0];
  copy_metadata(from.metadata, &to.metadata);
  to.disposition = from.disposition;
}

void StreamCopy::copy_chapters() {
  const unsigned count = input_->nb_chapters;
  if (count == 0) return;
  output_.chapters = static_cast<AVChapter**>(av_calloc(count, sizeof(AVChapter*)));
  if (output_.chapters == nullptr) throw std::bad_alloc();
  for (unsigned i = 0; i < count; ++i) {
    auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    if (chapter == nullptr) throw std::bad_alloc();
    const AVChapter& from = *input_->chapters[i];
    chapter->id = from.id;
    chapter->time_base = from.time_base;
    chapter->start = from.start;
    chapter->end = from.end;
    av_dict_copy(&chapter->metadata, from.metadata, 0);
    output_.chapters[output_.nb_chapters++] = chapter;
  }
}

double StreamCopy::start_of(const AVPacket& packet) const {
  const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (time == AV_NOPTS_VALUE) return -std::numeric_limits<double>::infinity();
  return static_cast<double>(time) * av_q2d(input_->streams[packet.stream_index]->time_base);
}

bool StreamCopy::read_ahead() {
  while (!waiting_ && !ended_) {
    av_packet_unref(packet_.get());
    if (av_read_frame(input_.get(), packet_.get()) < 0) {
      ended_ = true;
    } else {
      const auto stream = static_cast<std::size_t>(packet_->stream_index);
      waiting_ = stream < output_stream_.size() && output_stream_[stream] >= 0;
    }
  }
  return waiting_;
}

int StreamCopy::write_waiting() {
  waiting_ = false;
  const AVStream& from = *input_->streams[packet_->stream_index];
  const double start = start_of(*packet_);
  const double end = start + static_cast<double>(packet_->duration) * av_q2d(from.time_base);
  const bool cover = (from.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
  const bool outside = (start_ && end <= *start_) || (end_ && start >= *end_);
  if (outside && !cover) return 0;
  const int stream = output_stream_[static_cast<std::size_t>(packet_->stream_index)];
  av_packet_rescale_ts(packet_.get(), from.time_base, output_.streams[stream]->time_base);
  packet_->stream_index = stream;
  packet_->pos = -1;
  return av_interleaved_write_frame(&output_, packet_.get());
}

int StreamCopy::copy_until(double seconds) {
  while (read_ahead() && start_of(*packet_) <= seconds) {
    const int error = write_waiting();
    if (error < 0) return error;
  }
  return 0;
}

int StreamCopy::copy_rest(std::optional<double> end) {
  end_ = end;
  return copy_until(std::numeric_limits<double>::infinity());
}

}  // namespace understudy::media
