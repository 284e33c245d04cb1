#include "understudy/stages/plan/engines.h"

namespace understudy::stages {

const Table<FarmEngine>& farm_engines() {
  static const Table<FarmEngine> table{
      "engine",
      {{"slurm", "sbatch scripts, chained by their job numbers", {slurm_files, "submit.sh", "sbatch"}},
       {"opencue", "a job specification (CJSL)", {opencue_files, "submit.sh", "cueadmin"}},
       {"deadline",
        "job and plug-in files for deadlinecommand",
        {deadline_files, "submit.sh", "deadlinecommand"}},
       {"openjd",
        "an Open Job Description template, for AWS Deadline Cloud too",
        {openjd_files, "submit.sh", "openjd"}},
       {"parallel", "GNU parallel, on this machine", {parallel_files, "run.sh", "parallel"}},
       {"shell", "one task after the other, on this machine", {shell_files, "run.sh", ""}}}};
  return table;
}

}  // namespace understudy::stages
