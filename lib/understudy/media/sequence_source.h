#pragma once

#include "understudy/media/picture_file.h"
#include "understudy/media/sequence_path.h"
#include "understudy/media/source.h"

namespace understudy::media {

/// Pictures of a folder or pattern; several are decoded at a time.
class SequenceSource : public FrameSource {
 public:
  SequenceSource(const std::filesystem::path& path, int threads);
  const SourceInfo& info() const override { return info_; }
  void select(std::vector<std::int64_t> numbers) override;
  std::optional<Frame> next() override;

 private:
  struct Loaded {
    std::optional<Frame> frame;
    std::exception_ptr error;
  };
  void check_headers();
  void load_batch();
  Frame load(const NumberedPicture& picture) const;

  SourceInfo info_;
  int threads_;
  std::vector<NumberedPicture> pictures_;
  PictureHeader header_;
  std::vector<NumberedPicture> wanted_;
  std::size_t cursor_ = 0, batch_start_ = 0;
  std::vector<Loaded> batch_;
};

}  // namespace understudy::media
