#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "understudy/dataset/dataset.h"
#include "understudy/provenance/c2pa/manifest.h"
#include "understudy/stages/merge_frame.h"

namespace understudy::stages {

/// The frames of a merge and of its other parts, where it is one of several (--shard, --chunk).
std::vector<std::int64_t> frames_of_all_parts(const MergeOptions& options, const media::SourceInfo& plate);

/// What the content credentials tell of how a merge was set up. No paths, no names of people.
std::map<std::string, std::string> public_settings(const MergeOptions& options);

/// The name of the delivery's manifest: a digest of what decides its pixels (program, plate, conversions,
/// models, settings, files that were given, all frames that were asked for). Parts of one merge agree on it.
std::string merge_urn(const MergeOptions& options, const MergeJob& job, const media::SourceInfo& plate,
                      const dataset::Dataset& dataset, const dataset::SourceRecord& source);

/// What the manifest of a merge says, but for the regions that were changed. Throws Error kFormat when the
/// plate's own credentials are invalid and not accepted.
provenance::c2pa::Delivery merge_delivery(const MergeOptions& options, const MergeJob& job,
                                          const media::SourceInfo& plate, const dataset::Dataset& dataset,
                                          const dataset::SourceRecord& source);

/// The consents of the models and of the dataset, each once.
std::vector<provenance::ConsentSummary> consents_of(const MergeJob& job, const dataset::Dataset& dataset);

}  // namespace understudy::stages
