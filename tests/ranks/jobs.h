#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace understudy::model {

/// How one rank ended. A signal counts as 128 + its number, as in a shell.
struct Ended {
  int code = 0;
  std::string said;  ///< stdout and stderr
};

/// Starts this program again for every rank of a job and waits for their ends.
class Job {
 public:
  using Environment = std::map<std::string, std::string>;
  /// `role`: what each of them does; see roles.h.
  Job(const std::string& role, int size, const Environment& meeting);
  /// Ends what still runs.
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Waits at most `seconds` for that rank; its code is then -1.
  Ended end(int rank, double seconds = 60);

 private:
  std::filesystem::path folder_;
  std::vector<pid_t> processes_;
};

/// Two ways to meet, each new for every call.
Job::Environment meet_at_file();
Job::Environment meet_at_port();

}  // namespace understudy::model
