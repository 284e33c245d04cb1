#include "understudy/core/run.h"

namespace understudy {

Report::Step::~Step() {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  std::lock_guard lock(report_.mutex_);
  report_.seconds_[name_] += seconds;
}

void Report::add_failure(std::string item, std::string why) {
  std::lock_guard lock(mutex_);
  failures_.push_back({{"item", std::move(item)}, {"why", std::move(why)}});
}

std::size_t Report::failures() const {
  std::lock_guard lock(mutex_);
  return failures_.size();
}

void Report::add_input(const std::filesystem::path& path, std::string sha256) {
  std::lock_guard lock(mutex_);
  inputs_.push_back({{"path", path.string()}, {"sha256", std::move(sha256)}});
}

void Report::add_output(const std::filesystem::path& path, std::string sha256) {
  std::lock_guard lock(mutex_);
  outputs_.push_back({{"path", path.string()}, {"sha256", std::move(sha256)}});
}

Json Report::to_json() const {
  std::lock_guard lock(mutex_);
  Json out = details;
  out["inputs"] = inputs_;
  out["outputs"] = outputs_;
  out["failures"] = failures_;
  out["seconds"] = seconds_;
  return out;
}

std::string_view version() {
  return UNDERSTUDY_VERSION;
}

}  // namespace understudy
