#include "understudy/stages/plan/jobs.h"

#include <algorithm>
#include <map>

#include "understudy/core/text.h"
#include "unit/stages/plan/sample.h"

namespace understudy::stages {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

const std::vector<PlateSize> kPlates = {plate_of("day", 60, 1920, 1080), plate_of("night", 25, 1920, 1080),
                                        plate_of("wide", 100, 3840, 2160)};

std::map<std::string, FarmJob> jobs_of(const ShotFile& shot, const std::string& codec = "prores") {
  std::map<std::string, FarmJob> out;
  for (const FarmJob& job : plan_jobs(shot, kPlates, codec).jobs) out[job.name] = job;
  return out;
}

/// "NAME", or "NAME by chunk".
std::vector<std::string> before(const FarmJob& job) {
  std::vector<std::string> out;
  for (const JobBefore& one : job.after) out.push_back(one.name + (one.by_chunk ? " by chunk" : ""));
  return out;
}

TEST(Jobs, AreThoseOfTheWholePipelineInAnOrderThatWorks) {
  const ScratchFolder folder;
  std::vector<std::string> names;
  for (const FarmJob& job : plan_jobs(read_sample(folder), kPlates, "prores").jobs) {
    for (const JobBefore& one : job.after) EXPECT_THAT(names, Contains(one.name)) << job.name;
    names.push_back(job.name);
  }
  EXPECT_THAT(names, ElementsAre("extract-ada-day", "align-ada-day", "extract-ada-night", "align-ada-night",
                                 "extract-bruno-wide", "align-bruno-wide", "train", "convert-wide",
                                 "merge-wide", "deliver"));
}

TEST(Jobs, WaitForWhatTheyRead) {
  const ScratchFolder folder;
  auto jobs = jobs_of(read_sample(folder));
  EXPECT_THAT(before(jobs["extract-ada-day"]), IsEmpty());
  EXPECT_THAT(before(jobs["align-ada-day"]), ElementsAre("extract-ada-day"));
  EXPECT_THAT(before(jobs["train"]), ElementsAre("align-ada-day", "align-ada-night", "align-bruno-wide"));
  EXPECT_THAT(before(jobs["convert-wide"]), ElementsAre("align-bruno-wide by chunk", "train"));
  EXPECT_THAT(before(jobs["merge-wide"]), ElementsAre("convert-wide"));
  EXPECT_THAT(before(jobs["deliver"]), ElementsAre("merge-wide"));
}

TEST(Jobs, HaveATaskForEachChunk) {
  const ScratchFolder folder;
  auto jobs = jobs_of(read_sample(folder));
  EXPECT_EQ(jobs["extract-ada-day"].chunks, 3);
  EXPECT_EQ(jobs["extract-ada-night"].chunks, 1);
  for (const char* name : {"extract-bruno-wide", "align-bruno-wide", "convert-wide", "merge-wide"}) {
    EXPECT_EQ(jobs[name].chunks, 4) << name;
    EXPECT_THAT(jobs[name].command, IsSupersetOf({std::string(kChunkWord), std::string("25")})) << name;
  }
  EXPECT_EQ(jobs["train"].chunks, 0);
  EXPECT_EQ(jobs["train"].ranks, 2);
  EXPECT_EQ(jobs["deliver"].chunks, 0);
}

TEST(Jobs, UseAModelThatIsThere) {
  const ScratchFolder folder;
  auto jobs = jobs_of(read_sample(folder, "ranks = 2", "model = \"trained\"\n[convert]\nmemory_mb = 900"));
  EXPECT_EQ(jobs.count("train"), 0U);
  EXPECT_EQ(jobs.count("extract-ada-day"), 0U);
  EXPECT_THAT(before(jobs["convert-wide"]), ElementsAre("align-bruno-wide by chunk"));
  EXPECT_THAT(jobs["convert-wide"].command, Contains((folder.path() / "trained").string()));
}

TEST(Jobs, DeliverVideosByPartsAndPicturesAtOnce) {
  const ScratchFolder folder;
  auto video = jobs_of(read_sample(folder));
  for (const char* name : {"merge-wide", "deliver"}) {
    EXPECT_THAT(video[name].command, IsSupersetOf({"--parts", "prores", "--authority"})) << name;
    EXPECT_THAT(video[name].command.front(), testing::EndsWith("understudy-merge")) << name;
  }
  auto pictures = jobs_of(read_sample(folder, "result.mov", "frame.####.exr"), "exr");
  EXPECT_THAT(pictures["merge-wide"].command, Not(Contains("--parts")));
  EXPECT_THAT(pictures["deliver"].command.front(), testing::EndsWith("understudy-verify"));
  EXPECT_THAT(pictures["deliver"].command, Contains((folder.path() / "out").string()));
}

TEST(Jobs, LeaveSigningToThoseWhoSayHow) {
  const ScratchFolder folder;
  auto jobs =
      jobs_of(read_sample(folder, "\"prores\"", "\"prores\", \"--sign-key\", \"k\", \"--sign-cert\", \"c\""));
  EXPECT_THAT(jobs["deliver"].command, Not(Contains("--authority")));
}

TEST(Jobs, NeedMoreMemoryForLargerFramesAndNetworks) {
  const ScratchFolder folder;
  auto jobs = jobs_of(read_sample(folder));
  EXPECT_GT(jobs["extract-bruno-wide"].needs.memory_mb, jobs["extract-ada-day"].needs.memory_mb);
  EXPECT_EQ(jobs["train"].needs.cores, 3);
  EXPECT_GT(jobs_of(read_sample(folder, "\"sketch\"", "\"studio\""))["train"].needs.memory_mb,
            jobs["train"].needs.memory_mb);
  EXPECT_EQ(jobs_of(read_sample(folder, "ranks = 2", "memory_mb = 77"))["train"].needs.memory_mb, 77);
}

TEST(Jobs, KeepToTheMemoryThatIsAskedFor) {
  const ScratchFolder folder;
  for (const FarmJob& job : plan_jobs(read_sample(folder), kPlates, "prores").jobs)
    EXPECT_THAT(job.command, IsSupersetOf({std::string("--memory"), text(job.needs.memory_mb, "M")}));
}

}  // namespace
}  // namespace understudy::stages
