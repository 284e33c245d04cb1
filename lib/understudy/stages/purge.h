#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "understudy/core/run.h"

namespace understudy::stages {

struct PurgeOptions {
  std::string subject;  ///< a consent record's file or id, or the name that stands in records
  std::vector<std::filesystem::path> folders;
  bool yes = false;           ///< delete; else only list
  bool deliveries = false;    ///< delivered files and exports too; else they are listed and kept
  std::filesystem::path log;  ///< what was done, as JSON; wanted with `yes`
};

/// Lists everything below the folders that derives from a subject, see find_holdings(), and deletes it when
/// told to. Of a dataset's or model's folder only what belongs to it is deleted, what else lies there stays.
/// Symbolic links are not followed. What could not be deleted is a failure of the report. Throws Error kUsage
/// for a subject that nothing derives from by name, and as find_holdings().
Outcome purge(const PurgeOptions& options, Run& run);

}  // namespace understudy::stages
