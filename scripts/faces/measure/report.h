#pragma once

#include <filesystem>

#include "scenes.h"

namespace understudy::faces {

struct Settings {
  std::filesystem::path model_dir;  ///< with the files of yunet and facemesh
  std::size_t faces = 0;            ///< scenes with one face; at most the set's sprites
  std::size_t crowds = 0;           ///< scenes with several
};

/// Each writes a table in Markdown to standard output.
void measure_detectors(const TestSet& set, const Settings& settings);
void measure_landmarkers(const TestSet& set, const Settings& settings);
/// Masks and pose of the face network.
void measure_face_network(const TestSet& set, const Settings& settings);
/// Landmarks on the frames of a clip with truth, `NAME.mp4` and `NAME.truth.jsonl` in `folder`.
void measure_clips(const std::filesystem::path& folder, const Settings& settings);

/// How well people are told apart: on the set, and on the clips in `folder`.
void measure_embedders(const TestSet& set, const std::filesystem::path& folder, const Settings& settings);

/// No table, but what scripts/faces/fit_second_look.py reads: a line for each find of the first look in the
/// scenes and backgrounds.
void list_candidates(const TestSet& set, const Settings& settings);

}  // namespace understudy::faces
