#include "understudy/core/cancel.h"

#include <unistd.h>

#include <csignal>

namespace understudy {
namespace {

// A signal handler can reach nothing but a static: the one place where the house has a global.
std::atomic<Cancel*> g_target{nullptr};

void on_stop(int signal) {
  Cancel* target = g_target.load();
  if (!target || target->stop_requested()) _exit(128 + signal);
  target->request_stop();
}

void on_save(int) {
  if (Cancel* target = g_target.load()) target->request_save();
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
  if (stop_) return true;
  return deadline_ && std::chrono::steady_clock::now() >= *deadline_;
}

bool Cancel::take_save_request() { return save_.exchange(false); }

void Cancel::set_time_budget(double seconds) {
  deadline_ = std::chrono::steady_clock::now() +
              std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
}

void route_signals_to(Cancel& target) {
  g_target = &target;
  handle(SIGTERM, on_stop);
  handle(SIGINT, on_stop);
  handle(SIGUSR1, on_save);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace understudy
