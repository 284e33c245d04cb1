#pragma once

#include <cstdlib>

#include "stage/merge_sample.h"
#include "understudy/stages/align.h"
#include "understudy/stages/extract.h"

namespace understudy::stages {

/// What extract is asked for in these tests: the first frames of a clip of the cast.
inline ExtractOptions extract_options(const fs::path& folder, const std::string& clip,
                                      const std::string& frames = "0-11") {
  ExtractOptions options;
  options.inputs = {cast_file(clip + ".mp4")};
  options.dataset = folder / clip;
  options.consent = folder / (clip + ".toml");
  if (!fs::exists(options.consent))
    write_file(
        options.consent,
        sample_consent(clip == "ada" ? provenance::Role::kLikeness : provenance::Role::kPerformer).bytes);
  options.common.frames.frames = FrameSet::parse(frames);
  options.common.threads = 2;
  return options;
}

inline AlignOptions align_options(const fs::path& dataset) {
  AlignOptions options;
  options.datasets = {dataset};
  options.size = 128;
  options.common.threads = 2;
  return options;
}

/// All records of a stage's folder with the folders of their shards.
inline std::vector<std::pair<fs::path, dataset::FaceRecord>> records_in(const fs::path& stage_folder) {
  std::vector<std::pair<fs::path, dataset::FaceRecord>> out;
  for (const dataset::Shard& shard : dataset::list_shards(stage_folder)) {
    std::vector<dataset::BadLine> bad;
    for (dataset::FaceRecord& record : dataset::read_records(shard, bad))
      out.emplace_back(shard.folder, std::move(record));
  }
  return out;
}

/// The records as text, for comparing runs: pictures are in them by their digests.
inline std::vector<std::string> lines_of(const fs::path& stage_folder) {
  std::vector<std::string> out;
  for (const auto& [folder, record] : records_in(stage_folder))
    out.push_back(dataset::to_json(record).dump());
  return out;
}

/// The code of the Error that `work` throws, 0 for none.
template <class Work>
int error_code(Work&& work) {
  try {
    work();
    return 0;
  } catch (const Error& e) {
    EXPECT_FALSE(e.message().empty());
    return static_cast<int>(e.code());
  }
}

}  // namespace understudy::stages
