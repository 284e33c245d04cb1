#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/stages/loss_log.h"
#include "understudy/stages/tensorboard.h"

namespace understudy::stages {

/// MODEL/history: how the previews went, and a page that shows the whole training.
class TrainingHistory {
 public:
  /// Goes on with `folder`, MODEL/history, and makes it. Previews behind `iteration` are removed: they belong
  /// to work that was lost. `title` heads the page; `settings` are shown in its table, objects unfolded.
  TrainingHistory(std::filesystem::path folder, std::int64_t iteration, std::string title, Json settings);

  /// Keeps `png` as preview-ITERATION.png and removes some older one when there are too many. Gives the small
  /// JPEG of `picture_bgr`, which is 8-bit BGR, that the page shows. Throws Error kResource.
  EncodedPicture add_preview(std::int64_t iteration, const cv::Mat& picture_bgr, std::string_view png);

  /// Writes index.html: curves, settings and previews in one file that needs nothing else. Throws Error
  /// kResource.
  void write_page(const LossLog& log);

 private:
  const std::string& small_jpeg(std::int64_t iteration);
  std::string previews_part();

  std::filesystem::path folder_;
  std::string title_;
  Json settings_;
  std::vector<std::int64_t> previews_;               ///< iterations, ascending
  std::map<std::int64_t, std::string> small_jpegs_;  ///< in base64
};

/// Which one of these ascending iterations to give up, so that the newest 20, the first and about 50 evenly
/// spread ones between stay; -1 when none has to go.
std::int64_t preview_to_remove(const std::vector<std::int64_t>& iterations);

/// At most `most` of the ascending iterations, evenly spread, the newest among them.
std::vector<std::int64_t> previews_to_show(const std::vector<std::int64_t>& iterations, std::size_t most);

}  // namespace understudy::stages
