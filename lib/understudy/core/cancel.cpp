#include "understudy/core/cancel.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>

namespace understudy {
namespace {

// A signal handler can reach nothing but a static: the one place where the house has globals.
std::atomic<Cancel*> g_target{nullptr};
std::atomic<bool> g_stop_signalled{false};

// Only a second signal ends the process: the first may come while a run that has used up its time is saving.
void on_stop(int signal) {
  if (g_stop_signalled.exchange(true)) _exit(128 + signal);
  g_target.load()->request_stop();
}

void on_save(int) {
  g_target.load()->request_save();
}

std::int64_t steady_ns() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

}  // namespace

bool Cancel::stop_requested() const {
  return stop_ || steady_ns() >= deadline_ns_;
}

bool Cancel::take_save_request() {
  return save_.exchange(false);
}

void Cancel::set_time_budget(double seconds) {
  constexpr double kYearS = 365 * 86400.0;
  if (seconds < kYearS) deadline_ns_ = steady_ns() + static_cast<std::int64_t>(std::max(seconds, 0.0) * 1e9);
}

void route_signals_to(Cancel& target) {
  g_target = &target;
  g_stop_signalled = false;
  handle(SIGTERM, on_stop);
  handle(SIGINT, on_stop);
  handle(SIGUSR1, on_save);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace understudy
