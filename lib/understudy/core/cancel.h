#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

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
  /// From now on, seconds until stop_requested() turns true by itself. A budget of years is none.
  void set_time_budget(double seconds);

 private:
  std::atomic<bool> stop_{false};
  std::atomic<bool> save_{false};
  std::atomic<std::int64_t> deadline_ns_{std::numeric_limits<std::int64_t>::max()};  ///< of the steady clock
};

/// SIGTERM and SIGINT call target.request_stop() (a second one ends the process at once, as the signal
/// would), SIGUSR1 calls target.request_save(). A closed pipe and the limit on a file's size (SIGPIPE,
/// SIGXFSZ) become errors of the write. `target` must outlive the process's main. Call once.
void route_signals_to(Cancel& target);

}  // namespace understudy
