#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/cancel.h"
#include "understudy/core/json.h"
#include "understudy/core/progress.h"

namespace understudy {

/// What a run leaves for --report. Thread-safe but for `details`, which belongs to the stage's own thread.
class Report {
 public:
  /// Measures a step until it is destroyed; times of one name add up.
  class Step {
   public:
    Step(Report& report, std::string name)
        : report_(report), name_(std::move(name)), started_(std::chrono::steady_clock::now()) {}
    ~Step();
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Report& report_;
    std::string name_;
    std::chrono::steady_clock::time_point started_;
  };

  [[nodiscard]] Step step(std::string name) { return Step(*this, std::move(name)); }
  /// One item that failed: `item` names it (a frame, a file), `why` is a sentence. Work goes on.
  void add_failure(std::string item, std::string why);
  std::size_t failures() const;
  /// Records an input's or output's digest.
  void add_input(const std::filesystem::path& path, std::string sha256);
  void add_output(const std::filesystem::path& path, std::string sha256);

  Json details = Json::object();  ///< counts and whatever else the stage has to say

  /// Another process of the same job writes the report: --report is not touched by this one.
  void leave_to_another() { left_to_another_ = true; }
  bool is_left_to_another() const { return left_to_another_; }

  /// {"inputs":…, "outputs":…, "failures":…, "seconds":…} merged with `details`.
  Json to_json() const;

 private:
  mutable std::mutex mutex_;
  Json failures_ = Json::array(), inputs_ = Json::array(), outputs_ = Json::array();
  std::map<std::string, double> seconds_;
  bool left_to_another_ = false;
};

/// What a stage is handed besides its options.
struct Run {
  Progress& progress;
  Report& report;
  Cancel& cancel;
};

/// What a stage gives back. `written` goes to stdout, a path a line, after `result`. The exit code follows
/// from the rest: 75 when stopped, 6 when the report has failures, else 0.
struct Outcome {
  std::vector<std::filesystem::path> written = {};
  bool stopped = false;
  std::string result =
      {};  ///< what a program that answers with text (show, verify, evaluate) prints to stdout
  std::string summary = {};  ///< one line for the log: counts and rate
};

/// "0.1.0", the version of this build.
std::string_view version();

}  // namespace understudy
