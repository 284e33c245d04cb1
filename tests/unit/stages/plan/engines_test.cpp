#include "understudy/stages/plan/engines.h"

#include <algorithm>

#include "understudy/stages/plan/job_script.h"
#include "unit/stages/plan/sample.h"

namespace understudy::stages {
namespace {

using testing::HasSubstr;
using testing::Not;

FarmPlan sample_plan() {
  const ScratchFolder folder;
  return plan_jobs(
      read_sample(folder),
      {plate_of("day", 60, 640, 360), plate_of("night", 25, 640, 360), plate_of("wide", 100, 640, 360)},
      "prores");
}

std::string content_of(const std::vector<JobFile>& files, const std::string& name) {
  const auto found = std::ranges::find(files, name, &JobFile::name);
  return found == files.end() ? "" : found->content;
}

TEST(Engines, EachWritesItsStartAndNamesEveryJob) {
  const FarmPlan plan = sample_plan();
  for (const auto& engine : farm_engines()) {
    const std::vector<JobFile> files = engine.value.files(plan);
    EXPECT_EQ(std::ranges::count(files, engine.value.start, &JobFile::name), 1) << engine.name;
    std::string all;
    for (const JobFile& file : files) {
      EXPECT_EQ(file.executable, file.content.starts_with("#!")) << engine.name << ' ' << file.name;
      all += file.name + "\n" + file.content;
    }
    for (const FarmJob& job : plan.jobs) EXPECT_THAT(all, HasSubstr(job.name)) << engine.name;
    EXPECT_THAT(all, Not(HasSubstr(std::string(kChunkWord) + " "))) << engine.name;
  }
}

TEST(Engines, SlurmChainsJobsByTheirNumbers) {
  const std::vector<JobFile> files = slurm_files(sample_plan());
  const std::string submit = content_of(files, "submit.sh");
  EXPECT_THAT(
      submit,
      HasSubstr(
          "submit job_align_ada_day align-ada-day.sbatch --dependency=\"afterok:$job_extract_ada_day\"\n"));
  EXPECT_THAT(submit, HasSubstr("--dependency=\"aftercorr:$job_align_bruno_wide,afterok:$job_train\"\n"));
  const std::string train = content_of(files, "train.sbatch");
  EXPECT_THAT(train, HasSubstr("#SBATCH --ntasks=2 --cpus-per-task=3 "));
  EXPECT_THAT(train, HasSubstr("srun --kill-on-bad-exit=1 --cpus-per-task=3 "));
  EXPECT_THAT(train, Not(HasSubstr("--array")));
  const std::string merge = content_of(files, "merge-wide.sbatch");
  EXPECT_THAT(merge, HasSubstr("#SBATCH --array=1-4\n"));
  EXPECT_THAT(merge, HasSubstr("--chunk \"$SLURM_ARRAY_TASK_ID\" --chunk-size 25"));
}

TEST(Engines, TasksLookForTheMarkOfTheWorkFolder) {
  const FarmPlan plan = sample_plan();
  for (const char* name : {"slurm", "deadline", "parallel", "shell"}) {
    const FarmEngine& engine = farm_engines().at(name);
    const std::vector<JobFile> files = engine.files(plan);
    EXPECT_THAT(content_of(files, engine.start), HasSubstr(mark_work_folder(plan))) << name;
    const std::string task = name == std::string("slurm") ? "align-ada-day.sbatch" : "align-ada-day.sh";
    EXPECT_THAT(content_of(files, task), HasSubstr(check_work_folder(plan))) << name;
  }
}

TEST(Engines, RunSideBySideWhatWaitsForNothing) {
  const std::string run = content_of(parallel_files(sample_plan()), "run.sh");
  EXPECT_THAT(run, HasSubstr("{\n  seq -f 'extract-ada-day %.0f' 3\n  seq -f 'extract-ada-night %.0f' 1\n"
                             "  seq -f 'extract-bruno-wide %.0f' 4\n} | wave 1 4\n"));
  EXPECT_THAT(run, HasSubstr("{\n  echo train\n} | wave 3 6\n"));
}

TEST(Engines, QuoteWhatBashWouldRead) {
  EXPECT_EQ(shell_word("plate.0001.exr"), "plate.0001.exr");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("plate.####.exr"), "'plate.####.exr'");
  EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(shell_line({"a b", std::string(kChunkWord)}, "\"$1\""), "'a b' \"$1\"");
}

}  // namespace
}  // namespace understudy::stages
