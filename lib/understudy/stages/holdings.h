#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/provenance/consent.h"

namespace understudy::stages {

/// Something on disk that was made from people's faces, known by what it says of itself, never by its name.
struct Holding {
  std::string kind;  ///< "dataset", "model", "conversion", "cache", "file", "export"
  std::filesystem::path path;
  std::set<std::string> records;  ///< ids of the consent records it was made under
  std::vector<provenance::ConsentSummary>
      consents;  ///< of datasets, models and conversions: the same in full
};

/// Everything below `folders`, parents before what lies in them: datasets, models, conversions in datasets,
/// decoded faces that training keeps, delivered videos, pictures and tracks, exported networks. Symbolic
/// links are not followed. What cannot be read is a failure of the report. Throws Error kInput for a folder
/// that is not there.
std::vector<Holding> find_holdings(std::span<const std::filesystem::path> folders, Report& report);

}  // namespace understudy::stages
