// Makes a dataset of many small faces and prints how long understudy-faces takes to sort and thin it out.
//
//   understudy_faces_bench [FACES]     10000 by default; the dataset lies in the system's temporary folder
//   meanwhile

#include <chrono>
#include <cmath>
#include <iostream>
#include <opencv2/imgproc.hpp>
#include <random>

#include "understudy/core/files.h"
#include "understudy/dataset/dataset.h"
#include "understudy/face/mask.h"
#include "understudy/provenance/consent.h"
#include "understudy/stages/align_faces.h"
#include "understudy/stages/consent.h"
#include "understudy/stages/faces.h"

namespace fs = std::filesystem;

namespace {

using namespace understudy;

constexpr int kSide = 256;

/// A head of some colour with eyes and mouth, lit from some side, with grain.
cv::Mat drawn_face(std::mt19937& random) {
  std::uniform_real_distribution<double> part(0, 1);
  const auto between = [&](double low, double high) { return low + (high - low) * part(random); };
  cv::Mat out(kSide, kSide, CV_8UC3, cv::Scalar(between(20, 200), between(20, 200), between(20, 200)));
  const cv::Point2d middle(between(110, 146), between(110, 146));
  const double turn = between(-25, 25), skin = between(60, 200);
  cv::ellipse(out, middle, cv::Size2d(between(70, 95), between(95, 120)), turn, 0, 360,
              cv::Scalar(0.6 * skin, 0.8 * skin, skin), cv::FILLED);
  const double eyes = between(25, 40), open = between(3, 12);
  for (const double side : {-1.0, 1.0})
    cv::ellipse(out, middle + cv::Point2d(side * eyes, -30), cv::Size2d(14, open), turn, 0, 360,
                cv::Scalar(230, 230, 230), cv::FILLED);
  cv::ellipse(out, middle + cv::Point2d(0, 50), cv::Size2d(between(18, 36), between(3, 20)), turn, 0, 360,
              cv::Scalar(40, 40, 120), cv::FILLED);
  cv::Mat light(1, 2, CV_32FC1), grain(out.size(), CV_8UC3), lit;
  light.at<float>(0) = static_cast<float>(between(0.5, 1));
  light.at<float>(1) = static_cast<float>(between(0.5, 1));
  cv::resize(light, light, out.size(), 0, 0, cv::INTER_LINEAR);
  cv::cvtColor(light, light, cv::COLOR_GRAY2BGR);
  out.convertTo(lit, CV_32FC3);
  lit = lit.mul(light);
  lit.convertTo(out, CV_8UC3);
  cv::setRNGSeed(static_cast<int>(random()));
  cv::randu(grain, 0, 12);
  return out + grain;
}

/// 68 points on a ring: a face needs some.
face::Landmarks ring() {
  face::Landmarks out;
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    const double angle = 2 * CV_PI * i / face::kLandmarkCount;
    out[static_cast<std::size_t>(i)] = cv::Point2f(static_cast<float>(128 + 60 * std::cos(angle)),
                                                   static_cast<float>(128 + 60 * std::sin(angle)));
  }
  return out;
}

void write_shard(const dataset::Dataset& dataset, std::int64_t first, std::int64_t last,
                 std::mt19937& random) {
  dataset::ShardInfo info;
  info.stage = "align";
  info.source = "drawn";
  for (std::int64_t frame = first; frame <= last; ++frame) info.frames.push_back(frame);
  info.options = {{"landmarker", "drawn"}, {"crop", "whole"}, {"size", kSide}};
  dataset::ShardWriter writer(dataset.stage_folder("align", "drawn"), std::move(info));
  std::uniform_real_distribution<double> degrees(-60, 60);
  const cv::Mat mask = face::hull_mask(ring(), {kSide, kSide});
  for (std::int64_t frame = first; frame <= last; ++frame) {
    dataset::FaceRecord record;
    record.source = "drawn";
    record.frame = frame;
    record.box = {50, 50, 150, 150};
    record.crop_from_frame = face::Affine::eye();
    record.landmarks = ring();
    record.aligned_from_frame = face::Affine::eye();
    record.pose = face::Pose{degrees(random), degrees(random) / 2, 0};
    const cv::Mat picture = drawn_face(random);
    cv::Mat small;
    cv::resize(picture, small, {128, 128}, 0, 0, cv::INTER_AREA);
    record.sharpness = stages::sharpness(small);
    writer.add(record, picture, mask);
  }
  writer.publish();
}

fs::path make_dataset(const fs::path& folder, std::int64_t faces) {
  stages::NewConsentOptions consent;
  consent.subject = "drawn";
  consent.role = "likeness";
  consent.basis = "synthetic";
  consent.output = folder / "drawn.toml";
  stages::new_consent(consent);
  const std::string record = read_file(consent.output);
  const auto read = provenance::read_consent(consent.output);
  const auto dataset = dataset::Dataset::create(
      folder / "drawn", {"drawn", "likeness", provenance::to_json(provenance::summarise(read))}, record);
  dataset.add_source({"drawn", "/drawn", std::string(64, '0'), 0, faces - 1, faces, kSide, kSide});
  std::mt19937 random(1);
  for (std::int64_t first = 0; first < faces; first += dataset::kShardFrames)
    write_shard(dataset, first, std::min(first + dataset::kShardFrames, faces) - 1, random);
  return folder / "drawn";
}

template <class Work>
void timed(const std::string& what, const Work& work) {
  Progress progress(ProgressMode::kNone, std::cerr, false);
  Report report;
  Cancel cancel;
  Run run{progress, report, cancel};
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = work(run);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::cout << what << ": " << fixed(seconds.count(), 1) << " s, " << outcome.summary << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  const fs::path folder = fs::temp_directory_path() / temporary_name("faces-bench").substr(1);
  try {
    make_folder(folder);
    const fs::path dataset = make_dataset(folder, argc > 1 ? std::stoll(argv[1]) : 10'000);
    for (const auto& key : stages::sort_keys()) {
      stages::SortFacesOptions options;
      options.dataset = dataset;
      options.by = key.name;
      timed("sort --by " + key.name, [&](Run& run) { return stages::sort_faces(options, run); });
    }
    stages::CurateOptions options;
    options.dataset = dataset;
    options.best = 1000;
    timed("dedupe", [&](Run& run) { return stages::dedupe_faces(options, run); });
    timed("best 1000", [&](Run& run) { return stages::best_faces(options, run); });
  } catch (const std::exception& e) {
    std::cerr << "understudy_faces_bench: " << e.what() << "\n";
    fs::remove_all(folder);
    return 1;
  }
  fs::remove_all(folder);
}
