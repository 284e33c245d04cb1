#include "understudy/model/distributed/environment.h"

#include <charconv>
#include <cstdlib>
#include <limits>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

/// How a launcher tells a process its place. A launcher is at work when `rank` is set.
struct Launcher {
  const char* name;
  const char* rank;
  const char* size;
  const char* local_rank;
  const char* local_size;  ///< or nothing
};

// The innermost launcher first: Slurm's variables are still there under an mpirun that it started.
constexpr Launcher kLaunchers[] = {
    {"RANK and WORLD_SIZE", "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
    {"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"PMI", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"},
    {"Slurm", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", ""},
};

// Ports that no system hands out by itself.
constexpr std::int64_t kFirstPort = 20000, kPorts = 12000;

std::int64_t number(const std::string& name, const std::string& value, std::int64_t least, std::int64_t most,
                    const std::string& meaning) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc() || end != value.data() + value.size() || out < least || out > most)
    throw Error(ErrorCode::kUsage, text(name, " is '", value, "', ", meaning, " was expected"),
                "start all processes of a training by one launcher, or unset the variable to train alone");
  return out;
}

std::optional<std::int64_t> number_of(const Variables& variable, const char* name, std::int64_t least,
                                      std::int64_t most, const std::string& meaning) {
  const std::optional<std::string> value = variable(name);
  if (!value) return std::nullopt;
  return number(name, *value, least, most, meaning);
}

/// A batch script's own process has a SLURM_PROCID too: only srun's steps are meant.
bool is_at_work(const Launcher& launcher, const Variables& variable) {
  if (std::string_view(launcher.name) == "Slurm" && !variable("SLURM_STEP_NUM_TASKS")) return false;
  return variable(launcher.rank) || variable(launcher.size);
}

const Launcher* launcher_of(const Variables& variable) {
  for (const Launcher& launcher : kLaunchers)
    if (is_at_work(launcher, variable)) return &launcher;
  return nullptr;
}

void read_place(RankEnvironment& out, const Launcher& launcher, const Variables& variable) {
  constexpr std::int64_t kMost = 1 << 16;
  for (const auto& [set, missing] : {std::pair(launcher.rank, launcher.size), {launcher.size, launcher.rank}})
    if (variable(set) && !variable(missing))
      throw Error(ErrorCode::kUsage, text(set, " is set, but ", missing, " is not"),
                  "a launcher sets both; unset it to train alone");
  out.launcher = launcher.name;
  out.size = static_cast<int>(number_of(variable, launcher.size, 1, kMost, "a number of processes").value());
  const std::string range =
      text("a number from 0 to ", out.size - 1, " (", launcher.size, " is ", out.size, ")");
  out.rank = static_cast<int>(number_of(variable, launcher.rank, 0, out.size - 1, range).value());
  out.local_rank =
      static_cast<int>(number_of(variable, launcher.local_rank, 0, out.size - 1, range).value_or(0));
}

/// A port that all processes of a job work out alike, and two jobs hardly ever.
std::optional<int> port_of_job(const Variables& variable) {
  constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max() / 16;
  for (const auto& [job_name, step_name] :
       {std::pair("SLURM_JOB_ID", "SLURM_STEP_ID"), {"OMPI_MCA_ess_base_jobid", ""}}) {
    const std::optional<std::int64_t> job = number_of(variable, job_name, 0, kAny, "a job's number");
    if (!job) continue;
    const std::int64_t step =
        *step_name ? number_of(variable, step_name, 0, kAny, "a step's number").value_or(0) : 0;
    return static_cast<int>(kFirstPort + (*job + 7 * step) % kPorts);
  }
  return std::nullopt;
}

std::string address_of_job(const Launcher& launcher, int size, const Variables& variable) {
  if (const auto hosts = variable("SLURM_STEP_NODELIST")) return first_host(*hosts);
  const std::optional<std::int64_t> local =
      number_of(variable, launcher.local_size, 1, 1 << 16, "a number of processes");
  return local == size ? "127.0.0.1" : "";
}

void read_meeting_place(RankEnvironment& out, const Launcher& launcher, const Variables& variable) {
  out.meeting_file = variable("UNDERSTUDY_RENDEZVOUS_FILE").value_or("");
  out.address = variable("MASTER_ADDR").value_or("");
  if (out.address.empty()) out.address = address_of_job(launcher, out.size, variable);
  out.port =
      static_cast<int>(number_of(variable, "MASTER_PORT", 1, 65535, "a port from 1 to 65535").value_or(0));
  if (out.port == 0) out.port = port_of_job(variable).value_or(0);
  if (out.meeting_file.empty() && (out.address.empty() || out.port == 0))
    throw Error(ErrorCode::kUsage,
                text("this is rank ", out.rank, " of ", out.size, " (", launcher.name,
                     "), but nothing says where the ranks meet"),
                "set MASTER_ADDR to the host of rank 0 and MASTER_PORT to a free port there, or "
                "UNDERSTUDY_RENDEZVOUS_FILE to a new file on a disk that all of them share");
  out.served = variable("TORCHELASTIC_USE_AGENT_STORE") == "True";
}

}  // namespace

std::optional<std::string> process_variable(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value) return std::nullopt;
  return value;
}

RankEnvironment rank_environment(const Variables& variable) {
  RankEnvironment out;
  const Launcher* launcher = launcher_of(variable);
  if (!launcher) return out;
  read_place(out, *launcher, variable);
  if (out.size == 1) return out;
  read_meeting_place(out, *launcher, variable);
  out.attempt =
      variable("TORCHELASTIC_RESTART_COUNT").value_or(variable("SLURM_RESTART_COUNT").value_or("0"));
  out.network_interface = variable("GLOO_SOCKET_IFNAME").value_or("");
  out.patience = std::chrono::seconds(
      number_of(variable, "UNDERSTUDY_RANK_TIMEOUT", 1, 86400, "a number of seconds from 1 to 86400")
          .value_or(out.patience.count()));
  return out;
}

std::string first_host(const std::string& host_list) {
  std::string out;
  for (std::size_t i = 0; i < host_list.size() && host_list[i] != ','; ++i) {
    if (host_list[i] != '[') {
      out += host_list[i];
      continue;
    }
    const std::size_t end = host_list.find(']', i);
    const std::string range = host_list.substr(i + 1, end == std::string::npos ? end : end - i - 1);
    out += range.substr(0, range.find_first_of(",-"));
    if (end == std::string::npos) break;
    i = end;
  }
  return out;
}

}  // namespace understudy::model
