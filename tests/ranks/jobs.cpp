#include "ranks/jobs.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>

#include "understudy/core/text.h"

namespace understudy::model {
namespace {

namespace fs = std::filesystem;

fs::path new_path() {
  return fs::temp_directory_path() /
         text("understudy-ranks-", std::random_device{}(), std::random_device{}());
}

int free_port() {
  const int socket_id = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool found = ::bind(socket_id, any, length) == 0 && ::getsockname(socket_id, any, &length) == 0;
  ::close(socket_id);
  if (!found) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

pid_t start(const std::string& role, const fs::path& output, const Job::Environment& more) {
  Job::Environment variables;
  for (char** variable = environ; *variable; ++variable) {
    const std::string word = *variable;
    variables[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  }
  for (const auto& [name, value] : more) variables[name] = value;
  std::vector<std::string> words;
  for (const auto& [name, value] : variables) words.push_back(text(name, "=", value));
  std::vector<char*> environment;
  for (std::string& word : words) environment.push_back(word.data());
  environment.push_back(nullptr);

  std::string program = fs::read_symlink("/proc/self/exe").string(), flag = "--role", name = role;
  char* arguments[] = {program.data(), flag.data(), name.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t process = 0;
  const int problem =
      posix_spawn(&process, program.c_str(), &actions, nullptr, arguments, environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) throw std::runtime_error("a rank could not be started");
  return process;
}

}  // namespace

Job::Environment meet_at_file() {
  return {{"UNDERSTUDY_RENDEZVOUS_FILE", new_path().string()}};
}

Job::Environment meet_at_port() {
  return {{"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", std::to_string(free_port())}};
}

Job::Job(const std::string& role, int size, const Environment& meeting) : folder_(new_path()) {
  fs::create_directories(folder_);
  for (int rank = 0; rank < size; ++rank) {
    Environment environment{{"RANK", std::to_string(rank)},
                            {"WORLD_SIZE", std::to_string(size)},
                            {"LOCAL_RANK", std::to_string(rank)},
                            {"OMP_NUM_THREADS", "1"}};
    for (const auto& [name, value] : meeting) environment[name] = value;
    processes_.push_back(start(role, folder_ / std::to_string(rank), environment));
  }
}

Job::~Job() {
  for (const pid_t process : processes_) {
    if (process == 0) continue;
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
  }
  fs::remove_all(folder_);
}

Ended Job::end(int rank, double seconds) {
  pid_t& process = processes_.at(static_cast<std::size_t>(rank));
  const auto latest = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  Ended out{-1, {}};
  int status = 0;
  while (process != 0 && std::chrono::steady_clock::now() < latest) {
    if (::waitpid(process, &status, WNOHANG) == process) {
      out.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      process = 0;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  std::ifstream file(folder_ / std::to_string(rank));
  out.said.assign(std::istreambuf_iterator<char>(file), {});
  return out;
}

}  // namespace understudy::model
