#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/stages/plan/engines.h"
#include "understudy/stages/plan/jobs.h"

namespace understudy::stages {

/// A word as bash takes it literally: quoted where it has to be.
std::string shell_word(std::string_view word);

/// Words as a line of bash; kChunkWord becomes `chunk` as it stands, such as "$1".
std::string shell_line(const std::vector<std::string>& words, std::string_view chunk);

/// The command with the ways of showing progress that an engine reads, and its ranks started on one host.
std::vector<std::string> command_on_one_host(const FarmPlan& plan, const FarmJob& job,
                                             std::string_view progress);

/// A line of bash for where a plan is handed over: leaves a mark in the work folder. And one for each task,
/// which ends it with exit code 3 where that mark is not: its host does not share the disk.
std::string mark_work_folder(const FarmPlan& plan);
std::string check_work_folder(const FarmPlan& plan);

/// JOB.sh for each job: runs one task, whose number is the only argument where there are several.
std::vector<JobFile> job_scripts(const FarmPlan& plan, std::string_view progress);

/// What all ranks of a job take together.
JobNeeds needs_of_all_ranks(const FarmJob& job);

}  // namespace understudy::stages
