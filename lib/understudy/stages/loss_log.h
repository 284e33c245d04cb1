#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "understudy/core/json.h"

namespace understudy::stages {

/// A step that was taken, as a line of MODEL/log.jsonl has it.
struct LossLine {
  std::int64_t iteration = 0;
  double likeness_loss = 0, performer_loss = 0, learning_rate = 0, gradient_norm = 0;
};

/// Something that happened at an iteration.
struct LogMark {
  std::int64_t iteration = 0;
  std::string words;
};

/// The losses of a training in JSON lines, and their picture.
class LossLog {
 public:
  /// Goes on with the log in `folder`. Lines behind `iteration` are dropped: they belong to work that was
  /// lost.
  LossLog(const std::filesystem::path& folder, std::int64_t iteration);
  /// Appends a line: losses, or a `trouble`, or the name of the `stage` that begins. Throws Error kResource.
  void add(const Json& line);
  /// Writes loss.png: both losses over the iterations, logarithmic, a running mean over them.
  void draw() const;

  const std::vector<LossLine>& lines() const { return lines_; }
  const std::vector<LogMark>& troubles() const { return troubles_; }
  const std::vector<LogMark>& stages() const { return stages_; }

 private:
  /// What the pictures need of the line.
  void keep(const Json& line);

  std::filesystem::path folder_;
  std::ofstream file_;
  std::vector<LossLine> lines_;
  std::vector<LogMark> troubles_, stages_;
};

/// The mean of each value and those before it, over a fiftieth of the whole: single steps are noisy.
std::vector<double> running_mean(const std::vector<double>& values);

/// One number of every line.
std::vector<double> column(const std::vector<LossLine>& lines, double LossLine::*number);

}  // namespace understudy::stages
