#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <opencv2/core.hpp>

#include "understudy/compose/warp.h"
#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/dataset.h"
#include "understudy/face/crop.h"
#include "understudy/media/source.h"
#include "understudy/provenance/consent.h"
#include "understudy/stages/merge.h"
#include "understudy/stages/plate_digest.h"

namespace understudy::stages {

namespace fs = std::filesystem;

inline fs::path cast_file(const std::string& name) {
  return fs::path(TEST_DATA) / "cast" / name;
}

/// A folder that is gone when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(fs::temp_directory_path() / temporary_name("understudy-merge-test")) {
    fs::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// A run that shows nothing.
struct QuietRun {
  Report report;
  Cancel cancel;
  Progress progress{ProgressMode::kNone, std::cerr, false};
  Run run{progress, report, cancel};
};

/// What a merge is refused with. It leaves the output as it was.
inline ErrorCode error_of(const MergeOptions& options, std::string* message = nullptr) {
  const bool was_there = fs::exists(options.output);
  QuietRun quiet;
  try {
    merge(options, quiet.run);
  } catch (const Error& e) {
    if (message) *message = e.message();
    EXPECT_EQ(fs::exists(options.output), was_there);
    return e.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kBug;
}

inline std::vector<media::Frame> read_frames(const fs::path& path, std::size_t count) {
  const auto source = media::open_source(path, 2);
  std::vector<media::Frame> out;
  while (out.size() < count) {
    auto frame = source->next();
    if (!frame) break;
    out.push_back(std::move(*frame));
  }
  return out;
}

inline provenance::ConsentFile sample_consent(provenance::Role role, const std::string& until = "") {
  provenance::NewConsent from;
  from.terms.subject = role == provenance::Role::kPerformer ? "bruno" : "ada";
  from.terms.role = role;
  from.terms.basis = "synthetic";
  if (!until.empty()) from.terms.valid_until = provenance::parse_date(until);
  provenance::ConsentFile file;
  file.consent = provenance::new_consent(from, provenance::today_utc());
  file.bytes = provenance::consent_toml(file.consent);
  file.sha256 = sha256(file.bytes);
  return file;
}

inline std::vector<face::Landmarks> truth_landmarks(const std::string& clip) {
  std::ifstream in(cast_file(clip + ".truth.jsonl"));
  std::vector<face::Landmarks> out;
  for (std::string line; std::getline(in, line);) {
    const Json points = Json::parse(line).at("landmarks68");
    face::Landmarks landmarks;
    for (std::size_t i = 0; i < landmarks.size(); ++i)
      landmarks[i] = {points[i][0].get<float>(), points[i][1].get<float>()};
    out.push_back(landmarks);
  }
  return out;
}

/// How the sample dataset is made.
struct SampleOptions {
  int frames = 6;           ///< converted, from 0 on
  int size = 512;           ///< of the crops
  int without_face = -100;  ///< the first of them
  int frames_without = 1;
  int darker = -1;               ///< the crop of this frame has 0.8 of its light
  double shake = 0;              ///< every other face lies so many pixels to the right
  double second_face_shift = 0;  ///< puts a second, smaller face this many pixels to the left and up
  std::vector<std::string> conversions = {"swap"};        ///< the same faces under several names
  std::string performer_until = {}, likeness_until = {};  ///< YYYY-MM-DD; empty: no end
  fs::path plate = {};                                    ///< another form of bruno.mp4, or that itself
  Json color = {};                                        ///< what the source's record says of its colours
  std::string deinterlace = {};
};

/// A dataset of the performer whose "swapped" faces are cut from the true swap at the true landmarks: a merge
/// that puts everything where it belongs must give the truth back.
class Sample {
 public:
  explicit Sample(const SampleOptions& options) : options_(options) {
    const auto consent = sample_consent(provenance::Role::kPerformer, options.performer_until);
    const dataset::DatasetInfo whose{"bruno", "performer",
                                     provenance::to_json(provenance::summarise(consent))};
    const auto dataset = dataset::Dataset::create(root(), whose, consent.bytes);
    const fs::path plate_path = options.plate.empty() ? plate() : options.plate;
    const auto info =
        media::open_source(plate_path, 1, options.deinterlace.empty() ? "none" : options.deinterlace)->info();
    dataset.add_source({"bruno", plate_path.string(), plate_digest(info), info.frames.front(),
                        info.frames.back(), static_cast<std::int64_t>(info.frames.size()), 480, 480,
                        options.color, options.deinterlace});
    for (const std::string& name : options.conversions) write_shard(dataset, name);
  }

  const fs::path& folder() const { return folder_.path(); }
  /// Where the local authority and the registry lie.
  const fs::path& home() const { return home_.path(); }
  fs::path root() const { return folder() / "bruno"; }
  static fs::path plate() { return cast_file("bruno.mp4"); }
  static fs::path truth() { return cast_file("bruno_as_ada_truth.mp4"); }
  fs::path shard() const { return shard_; }
  static fs::path crop_name(int frame) { return frame_name(frame) + "_0.png"; }

  /// Lossless, and without any change of colour.
  MergeOptions options() const {
    MergeOptions out;
    out.common.threads = 2;
    out.common.frames.frames = FrameSet::parse(text("0-", options_.frames - 1));
    out.dataset = root();
    out.signing.authority = home() / "authority";
    out.signing.registry = home() / "registry";
    out.output = folder() / "result.mkv";
    out.matte = folder() / "matte.mkv";
    out.codec = "ffv1";
    out.look.color = "none";
    out.look.textures = {"none"};
    out.look.blend = "feather";
    out.look.mask_shape.erode = 0.005;
    out.look.mask = "hull";
    return out;
  }

 private:
  void write_shard(const dataset::Dataset& dataset, const std::string& name) {
    dataset::ShardInfo info;
    info.stage = "convert/" + name;
    info.source = "bruno";
    for (int i = 0; i < options_.frames; ++i) info.frames.push_back(i);
    const auto likeness = sample_consent(provenance::Role::kLikeness, options_.likeness_until);
    const auto performer = sample_consent(provenance::Role::kPerformer);
    info.options = {{"model", std::string(64, 'a')},
                    {"consents",
                     {provenance::to_json(provenance::summarise(likeness)),
                      provenance::to_json(provenance::summarise(performer))}}};
    dataset::ShardWriter writer(dataset.stage_folder("convert/" + name, "bruno"), info);
    const auto truths = read_frames(truth(), static_cast<std::size_t>(options_.frames));
    const auto landmarks = truth_landmarks("bruno_as_ada_truth");
    for (int i = 0; i < options_.frames; ++i) {
      if (i >= options_.without_face && i < options_.without_face + options_.frames_without) continue;
      add_face(writer, truths[static_cast<std::size_t>(i)], landmarks[static_cast<std::size_t>(i)]);
    }
    ASSERT_TRUE(writer.publish());
    shard_ = writer.final_folder();
  }

  void add_face(dataset::ShardWriter& writer, const media::Frame& truth,
                const face::Landmarks& landmarks) const {
    const auto& family = face::crop_families().at("whole");
    dataset::FaceRecord record;
    record.source = "bruno";
    record.frame = truth.number;
    record.track = "000000_0";
    record.box = face::bounding_box(landmarks);
    record.landmarks = landmarks;
    record.aligned_from_frame = face::aligned_from_frame(landmarks, family, options_.size);
    if (truth.number % 2 == 1)
      record.aligned_from_frame = face::compose(*record.aligned_from_frame, {1, 0, -options_.shake, 0, 1, 0});
    record.model = std::string(64, 'a');
    const cv::Size size(options_.size, options_.size);
    cv::Mat crop = compose::warp(truth.picture.bgr({0, 0, 480, 480}), *record.aligned_from_frame, size,
                                 compose::Resampling::kSharp);
    crop.convertTo(crop, CV_16U, truth.number == options_.darker ? 0.8 * 65535 : 65535);
    const cv::Mat mask(size, CV_8UC1, cv::Scalar(255));
    writer.add(record, crop, mask);
    if (options_.second_face_shift == 0) return;
    face::Landmarks elsewhere = landmarks;
    for (auto& p : elsewhere)
      p = p * 0.3f + cv::Point2f(60, 60) - cv::Point2f(1, 1) * static_cast<float>(options_.second_face_shift);
    record.face = 1;
    record.track = "000000_1";
    record.landmarks = elsewhere;
    record.aligned_from_frame = face::aligned_from_frame(elsewhere, family, options_.size);
    writer.add(record, crop, mask);
  }

  SampleOptions options_;
  TemporaryFolder folder_, home_;
  fs::path shard_;
};

}  // namespace understudy::stages
