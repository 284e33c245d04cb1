#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>

#include "understudy/core/table.h"

namespace understudy {

enum class ProgressMode { kAuto, kBar, kLines, kFarm, kOpenJd, kNone };
const Table<ProgressMode>& progress_modes();

/// Shows how far a run is. Thread-safe.
class Progress {
 public:
  /// `out` must outlive this. kAuto is a bar when `out_is_terminal`, else lines.
  Progress(ProgressMode mode, std::ostream& out, bool out_is_terminal);
  /// Ends a bar's line, so that what follows begins a line of its own.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// From now on nothing is shown: another process of the same job shows it.
  void silence();
  /// A new piece of work of `total` items (0: unknown), `what` in a word or two. `done_before`: items that an
  /// earlier run has finished, which say nothing of this one's speed.
  void start(std::string what, std::int64_t total, std::int64_t done_before = 0);
  /// `done` items of the total are finished; `note` is shown beside (a loss, say).
  void update(std::int64_t done, std::string_view note = {});
  void advance(std::int64_t items = 1);
  /// Ends the current piece of work with its last line.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void show(bool last);
  void write(const std::string& line);
  std::string status() const;
  void show_percent(bool last);

  std::mutex mutex_;
  ProgressMode mode_;
  std::ostream& out_;
  std::string what_, note_;
  std::int64_t total_ = 0, done_before_ = 0, done_ = 0, shown_percent_ = -1;
  Clock::time_point started_, shown_;
  bool active_ = false;
};

}  // namespace understudy
