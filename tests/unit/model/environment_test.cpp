#include "understudy/model/distributed/environment.h"

#include <gmock/gmock.h>

#include <map>

#include "understudy/core/error.h"
#include "unit/model/drawn_faces.h"

namespace understudy::model {
namespace {

using testing::HasSubstr;
using Given = std::map<std::string, std::string>;

RankEnvironment read(const Given& given) {
  return rank_environment([&](const char* name) -> std::optional<std::string> {
    const auto found = given.find(name);
    if (found == given.end() || found->second.empty()) return std::nullopt;
    return found->second;
  });
}

Given joined_with(Given given, const Given& more) {
  for (const auto& [name, value] : more) given[name] = value;
  return given;
}

const Given kTorchrun{{"RANK", "1"},
                      {"WORLD_SIZE", "4"},
                      {"LOCAL_RANK", "1"},
                      {"LOCAL_WORLD_SIZE", "2"},
                      {"MASTER_ADDR", "node7"},
                      {"MASTER_PORT", "29501"},
                      {"TORCHELASTIC_RESTART_COUNT", "2"},
                      {"TORCHELASTIC_USE_AGENT_STORE", "True"}};
const Given kBatchScript{{"SLURM_JOB_ID", "31"}, {"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"},
                         {"SLURM_LOCALID", "0"}, {"SLURM_NODEID", "0"}, {"SLURM_JOB_NODELIST", "n[1-2]"}};
const Given kSrun = joined_with(kBatchScript, {{"SLURM_STEP_ID", "2"},
                                               {"SLURM_STEP_NUM_TASKS", "8"},
                                               {"SLURM_PROCID", "5"},
                                               {"SLURM_LOCALID", "1"},
                                               {"SLURM_STEP_NODELIST", "n[01-02]"}});
const Given kMpirun{{"OMPI_COMM_WORLD_RANK", "2"},
                    {"OMPI_COMM_WORLD_SIZE", "3"},
                    {"OMPI_COMM_WORLD_LOCAL_RANK", "2"},
                    {"OMPI_COMM_WORLD_LOCAL_SIZE", "3"},
                    {"OMPI_MCA_ess_base_jobid", "1234567"}};
const Given kPmi{{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "5"}};

TEST(RankEnvironment, IsAloneWithoutALauncher) {
  for (const Given& given :
       {Given{}, kBatchScript, Given{{"SLURM_JOB_ID", "5"}}, Given{{"RANK", ""}},
        Given{{"RANK", "0"}, {"WORLD_SIZE", "1"}},
        joined_with(kSrun, {{"SLURM_STEP_NUM_TASKS", "1"}, {"SLURM_PROCID", "0"}, {"SLURM_LOCALID", "0"}})}) {
    const RankEnvironment e = read(given);
    EXPECT_EQ(e.size, 1);
    EXPECT_EQ(e.rank, 0);
  }
}

TEST(RankEnvironment, ReadsTorchrun) {
  const RankEnvironment e = read(kTorchrun);
  EXPECT_EQ(e.launcher, "RANK and WORLD_SIZE");
  EXPECT_EQ(e.rank, 1);
  EXPECT_EQ(e.size, 4);
  EXPECT_EQ(e.local_rank, 1);
  EXPECT_EQ(e.address, "node7");
  EXPECT_EQ(e.port, 29501);
  EXPECT_EQ(e.attempt, "2");
  EXPECT_TRUE(e.served);
  EXPECT_EQ(e.patience.count(), 300);
}

TEST(RankEnvironment, ReadsAStepOfSlurm) {
  const RankEnvironment e = read(kSrun);
  EXPECT_EQ(e.launcher, "Slurm");
  EXPECT_EQ(e.rank, 5);
  EXPECT_EQ(e.size, 8);
  EXPECT_EQ(e.local_rank, 1);
  EXPECT_EQ(e.address, "n01");
  EXPECT_EQ(e.port, 20000 + 31 + 7 * 2);
  EXPECT_FALSE(e.served);
  // The job's own words count more.
  const RankEnvironment told = read(joined_with(kSrun, {{"MASTER_ADDR", "head"}, {"MASTER_PORT", "4000"}}));
  EXPECT_EQ(told.address, "head");
  EXPECT_EQ(told.port, 4000);
}

TEST(RankEnvironment, ReadsMpirunAlsoInsideSlurm) {
  for (const Given& given : {kMpirun, joined_with(kSrun, kMpirun)}) {
    const RankEnvironment e = read(given);
    EXPECT_EQ(e.launcher, "Open MPI");
    EXPECT_EQ(e.rank, 2);
    EXPECT_EQ(e.size, 3);
  }
  const RankEnvironment e = read(kMpirun);
  EXPECT_EQ(e.address, "127.0.0.1");
  EXPECT_EQ(e.port, 20000 + 1234567 % 12000);
  EXPECT_EQ(read(kPmi).launcher, "PMI");
}

TEST(RankEnvironment, TakesTheUsersWords) {
  const RankEnvironment e = read(joined_with(kTorchrun, {{"UNDERSTUDY_RENDEZVOUS_FILE", "/disk/meet"},
                                                         {"UNDERSTUDY_RANK_TIMEOUT", "7"},
                                                         {"GLOO_SOCKET_IFNAME", "eth1"}}));
  EXPECT_EQ(e.meeting_file, "/disk/meet");
  EXPECT_EQ(e.patience.count(), 7);
  EXPECT_EQ(e.network_interface, "eth1");
}

TEST(RankEnvironment, RefusesWhatMakesNoSense) {
  struct Row {
    Given given;
    const char* sentence;
  };
  const Given elsewhere = joined_with(kMpirun, {{"OMPI_COMM_WORLD_LOCAL_SIZE", "1"}});
  const Row rows[] = {
      {{{"RANK", "0"}}, "RANK is set, but WORLD_SIZE is not"},
      {{{"WORLD_SIZE", "2"}}, "WORLD_SIZE is set, but RANK is not"},
      {joined_with(kTorchrun, {{"RANK", "4"}}),
       "RANK is '4', a number from 0 to 3 (WORLD_SIZE is 4) was expected"},
      {joined_with(kTorchrun, {{"RANK", "-1"}}), "RANK is '-1'"},
      {joined_with(kTorchrun, {{"RANK", "one"}}), "RANK is 'one'"},
      {joined_with(kTorchrun, {{"WORLD_SIZE", "0"}}), "WORLD_SIZE is '0'"},
      {joined_with(kTorchrun, {{"WORLD_SIZE", "4x"}}), "WORLD_SIZE is '4x'"},
      {joined_with(kTorchrun, {{"LOCAL_RANK", "9"}}), "LOCAL_RANK is '9'"},
      {joined_with(kTorchrun, {{"MASTER_PORT", "70000"}}), "a port from 1 to 65535"},
      {joined_with(kTorchrun, {{"MASTER_ADDR", ""}}), "nothing says where the ranks meet"},
      {joined_with(kTorchrun, {{"MASTER_PORT", ""}}), "nothing says where the ranks meet"},
      {joined_with(kTorchrun, {{"UNDERSTUDY_RANK_TIMEOUT", "0"}}), "a number of seconds"},
      {joined_with(kSrun, {{"SLURM_PROCID", "8"}}), "SLURM_PROCID is '8'"},
      {elsewhere, "this is rank 2 of 3 (Open MPI), but nothing says where"},
  };
  for (const Row& row : rows) {
    const auto [code, message] = error_of([&] { read(row.given); });
    EXPECT_EQ(code, static_cast<int>(ErrorCode::kUsage)) << row.sentence;
    EXPECT_THAT(message, HasSubstr(row.sentence));
  }
}

TEST(RankEnvironment, FindsTheFirstHostOfAList) {
  const std::pair<const char*, const char*> rows[] = {{"node1", "node1"},
                                                      {"a,b,c", "a"},
                                                      {"node[003-010,12],x", "node003"},
                                                      {"n[7,9]", "n7"},
                                                      {"r[1-2]n[3-4]", "r1n3"},
                                                      {"gpu[1-2]-ib", "gpu1-ib"},
                                                      {"n[12", "n12"},
                                                      {"", ""}};
  for (const auto& [list, host] : rows) EXPECT_EQ(first_host(list), host) << list;
}

}  // namespace
}  // namespace understudy::model
