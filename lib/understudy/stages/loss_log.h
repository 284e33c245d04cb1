#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <vector>

#include "understudy/core/json.h"

namespace understudy::stages {

/// One line of MODEL/log.jsonl.
struct LossLine {
  std::int64_t iteration = 0;
  double likeness_loss = 0, performer_loss = 0;
};

/// The losses of a training in JSON lines, and their picture.
class LossLog {
 public:
  /// Goes on with the log in `folder`. Lines behind `iteration` are dropped: they belong to work that was
  /// lost.
  LossLog(const std::filesystem::path& folder, std::int64_t iteration);
  /// Appends a line. Throws Error kResource.
  void add(const Json& line);
  /// Writes loss.png: both losses over the iterations, logarithmic, a running mean over them.
  void draw() const;

 private:
  /// The line's losses, for the picture.
  void keep(const Json& line);

  std::filesystem::path folder_;
  std::ofstream file_;
  std::vector<LossLine> lines_;
};

}  // namespace understudy::stages
