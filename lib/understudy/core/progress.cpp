#include "understudy/core/progress.h"

#include <algorithm>

namespace understudy {
namespace {

constexpr double kBarEveryS = 0.1;
constexpr double kLineEveryS = 5.0;

std::string clock_text(double seconds) {
  const auto s = static_cast<std::int64_t>(seconds);
  auto two = [](std::int64_t v) { return (v < 10 ? "0" : "") + std::to_string(v); };
  return s >= 3600 ? text(s / 3600, ":", two(s / 60 % 60), ":", two(s % 60)) : text(s / 60, ":", two(s % 60));
}

}  // namespace

const Table<ProgressMode>& progress_modes() {
  static const Table<ProgressMode> table{
      "progress mode",
      {{"auto", "a bar on a terminal, lines elsewhere", ProgressMode::kAuto},
       {"bar", "one line that is drawn again", ProgressMode::kBar},
       {"lines", "a line every few seconds", ProgressMode::kLines},
       {"farm", "ALF_PROGRESS lines, which OpenCue, Deadline and Tractor read", ProgressMode::kFarm},
       {"openjd", "openjd_progress lines", ProgressMode::kOpenJd},
       {"none", "nothing", ProgressMode::kNone}}};
  return table;
}

Progress::Progress(ProgressMode mode, std::ostream& out, bool out_is_terminal) : mode_(mode), out_(out) {
  if (mode_ == ProgressMode::kAuto) mode_ = out_is_terminal ? ProgressMode::kBar : ProgressMode::kLines;
}

Progress::~Progress() {
  if (active_ && mode_ == ProgressMode::kBar) out_ << "\n" << std::flush;
}

void Progress::silence() {
  std::lock_guard lock(mutex_);
  mode_ = ProgressMode::kNone;
}

void Progress::start(std::string what, std::int64_t total, std::int64_t done_before) {
  std::lock_guard lock(mutex_);
  what_ = std::move(what);
  note_.clear();
  total_ = total;
  done_ = done_before_ = done_before;
  shown_percent_ = -1;
  started_ = shown_ = Clock::now();
  active_ = true;
}

void Progress::update(std::int64_t done, std::string_view note) {
  std::lock_guard lock(mutex_);
  done_ = done;
  note_ = note;
  show(false);
}

void Progress::advance(std::int64_t items) {
  std::lock_guard lock(mutex_);
  done_ += items;
  show(false);
}

void Progress::finish() {
  std::lock_guard lock(mutex_);
  show(true);
  active_ = false;
}

std::string Progress::status() const {
  const double elapsed_s = std::chrono::duration<double>(Clock::now() - started_).count();
  const double rate = elapsed_s > 0 ? static_cast<double>(done_ - done_before_) / elapsed_s : 0;
  std::string out = what_ + " ";
  if (total_ > 0) {
    out += text(100 * done_ / total_, "%");
  } else {
    out += std::to_string(done_);
  }
  // A note says in its own words what was done and how fast.
  if (note_.empty() && total_ > 0) out += text(" (", done_, "/", total_, ")");
  if (note_.empty()) out += text(", ", fixed(rate, 1), "/s");
  out += ", " + clock_text(elapsed_s);
  if (total_ > done_ && rate > 0)
    out += text(", ", clock_text(static_cast<double>(total_ - done_) / rate), " left");
  return note_.empty() ? out : out + ", " + note_;
}

void Progress::show_percent(bool last) {
  const std::int64_t percent = total_ > 0 ? std::min<std::int64_t>(100, 100 * done_ / total_)
                               : last     ? 100
                                          : 0;
  const bool late = std::chrono::duration<double>(Clock::now() - shown_).count() >= kLineEveryS;
  if (percent == shown_percent_ && (last || !late)) return;
  const bool farm = mode_ == ProgressMode::kFarm;
  write(farm ? text("ALF_PROGRESS ", percent, "% Progress: ", percent, "%\n")
             : text("openjd_progress: ", percent, "\n"));
  shown_percent_ = percent;
  shown_ = Clock::now();
}

// In one piece, so that a log line of another thread cannot get into the middle.
void Progress::write(const std::string& line) {
  out_ << line << std::flush;
}

void Progress::show(bool last) {
  if (!active_) return;
  const double since_s = std::chrono::duration<double>(Clock::now() - shown_).count();
  switch (mode_) {
    case ProgressMode::kNone:
    case ProgressMode::kAuto:
      return;
    case ProgressMode::kFarm:
    case ProgressMode::kOpenJd:
      return show_percent(last);
    case ProgressMode::kBar:
      if (!last && since_s < kBarEveryS) return;
      write(text("\r\033[K", status(), last ? "\n" : ""));
      break;
    case ProgressMode::kLines:
      if (!last && since_s < kLineEveryS) return;
      write(status() + "\n");
      break;
  }
  shown_ = Clock::now();
}

}  // namespace understudy
