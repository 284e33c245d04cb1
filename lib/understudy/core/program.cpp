#include "understudy/core/program.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <thread>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy {
namespace {

pid_t start(const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  // What this program ignores, such as a closed pipe, is no business of the other's.
  sigset_t ignored;
  sigemptyset(&ignored);
  for (const int signal : {SIGPIPE, SIGXFSZ}) sigaddset(&ignored, signal);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &ignored);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int failure = posix_spawnp(&child, words.front(), nullptr, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0)
    throw Error(ErrorCode::kResource, text("cannot run ", command.front(), ": ", std::strerror(failure)));
  return child;
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::optional<fs::path> find_program(std::string_view name) {
  const char* places = std::getenv("PATH");
  std::istringstream rest(places ? places : "");
  for (std::string folder; std::getline(rest, folder, ':');) {
    const fs::path program = fs::path(folder) / name;
    std::error_code unreadable;
    if (fs::is_regular_file(program, unreadable) && ::access(program.c_str(), X_OK) == 0) return program;
  }
  return std::nullopt;
}

int run_program(const std::vector<std::string>& command, const Cancel& cancel) {
  const pid_t child = start(command);
  bool told = false;
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return code_of(status);
    if (ended < 0 && errno != EINTR)
      throw Error(ErrorCode::kBug, text("cannot wait for ", command.front(), ": ", std::strerror(errno)));
    if (!told && cancel.stop_requested()) told = ::kill(child, SIGTERM) == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace understudy
