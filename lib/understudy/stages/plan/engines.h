#pragma once

#include <string>
#include <vector>

#include "understudy/core/table.h"
#include "understudy/stages/plan/jobs.h"

namespace understudy::stages {

/// A file of an engine, in the folder of the plan.
struct JobFile {
  std::string name;
  std::string content;
  bool executable = false;
};

/// How an engine is given a plan.
struct FarmEngine {
  std::vector<JobFile> (*files)(const FarmPlan& plan);
  std::string start;    ///< the one of its files that hands the plan over, or runs it
  std::string program;  ///< that this needs on the host; empty: bash alone
};

/// All engines. To add one: engine_NAME.cpp, a row in engines.cpp, its rows in docs/farm.md, its rules in
/// tests/farm/engine_rules.py.
const Table<FarmEngine>& farm_engines();

/// What each engine's file defines.
std::vector<JobFile> slurm_files(const FarmPlan& plan);
std::vector<JobFile> opencue_files(const FarmPlan& plan);
std::vector<JobFile> deadline_files(const FarmPlan& plan);
std::vector<JobFile> openjd_files(const FarmPlan& plan);
std::vector<JobFile> parallel_files(const FarmPlan& plan);
std::vector<JobFile> shell_files(const FarmPlan& plan);

}  // namespace understudy::stages
