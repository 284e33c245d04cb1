#pragma once

#include <atomic>
#include <chrono>
#include <optional>

namespace understudy {

/// Tells a running stage to stop or to save. Thread-safe; asked between items.
class Cancel {
 public:
  /// True once a stop was asked for, by a signal, by request_stop() or because the time budget ran out.
  bool stop_requested() const;
  /// True once for each request to save; the request is then taken.
  bool take_save_request();
  void request_stop() { stop_ = true; }
  void request_save() { save_ = true; }
  /// From now on, seconds until stop_requested() turns true by itself.
  void set_time_budget(double seconds);

 private:
  std::atomic<bool> stop_{false};
  std::atomic<bool> save_{false};
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

/// SIGTERM and SIGINT call target.request_stop() (a second one ends the process at once, as the signal would),
/// SIGUSR1 calls target.request_save(). `target` must outlive the process's main. Call once.
void route_signals_to(Cancel& target);

}  // namespace understudy
