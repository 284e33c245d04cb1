#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace understudy::model {

/// The place of this process in a job of several, and where they meet.
struct RankEnvironment {
  int rank = 0, size = 1;  ///< rank 0..size - 1
  int local_rank = 0;      ///< among the processes of this host
  std::string launcher;    ///< what named the rank: "RANK and WORLD_SIZE" (torchrun), "Open MPI", "PMI",
                           ///< "Slurm"; empty: alone
  std::string address;     ///< of rank 0's host
  int port = 0;
  /// The launcher itself serves the meeting place at address and port: rank 0 is a guest, as the others are.
  bool served = false;
  std::filesystem::path meeting_file;  ///< on a shared disk, used instead of address and port
  std::string attempt = "0";           ///< tells a restarted job's messages from those before
  std::string network_interface;       ///< to talk over; empty: chosen by where the ranks are
  std::chrono::seconds patience{300};  ///< how long a rank waits for another before it gives it up
};

/// Value of an environment variable, or nothing when it is not set or empty.
using Variables = std::function<std::optional<std::string>(const char*)>;
std::optional<std::string> process_variable(const char* name);

/// Reads what torchrun (RANK, WORLD_SIZE, LOCAL_RANK), Open MPI, PMI or a step of srun set, in this order;
/// and MASTER_ADDR, MASTER_PORT, UNDERSTUDY_RENDEZVOUS_FILE, UNDERSTUDY_RANK_TIMEOUT (seconds) and
/// GLOO_SOCKET_IFNAME. Without any launcher, and in a batch script of Slurm outside of srun, the process is
/// alone. Throws Error kUsage when the variables contradict each other or name no meeting place.
RankEnvironment rank_environment(const Variables& variable = process_variable);

/// The first host of Slurm's short form: "node[003-010,12],x" gives "node003".
std::string first_host(const std::string& host_list);

}  // namespace understudy::model
