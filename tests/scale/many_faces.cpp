// Writes a dataset of many aligned faces with tiny pictures, and prints as JSON what is in it.
//
//   understudy_many_faces FOLDER CONSENT FACES
//
// CONSENT is the subject's record. Ten sources, two faces a frame, every fiftieth frame without one, in every
// tenth the pictures of the frame before.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <opencv2/imgproc.hpp>

#include "understudy/core/seeds.h"
#include "understudy/dataset/dataset.h"
#include "understudy/provenance/consent.h"

// The dataset is thrown away: nothing of it need survive a power cut. The writer syncs every file, which
// takes most of the time.
extern "C" int fsync(int) {
  return 0;
}

namespace fs = std::filesystem;

namespace {

using namespace understudy;

constexpr int kSide = 32, kSources = 10, kFacesInFrame = 2, kTrackFrames = 240, kIdentity = 128;
constexpr std::int64_t kEmptyEvery = 50, kStillEvery = 10, kStill = 5;
constexpr double kSharp = 300, kTurnedDeg = 30;

/// Numbers from 0 to 1 that one face has.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : seed_(seed) {}
  double part() { return static_cast<double>(mix_bits(seed_ + ++count_) >> 11) * 0x1p-53; }
  float between(double low, double high) { return static_cast<float>(low + (high - low) * part()); }
  double cents(double low, double high) { return std::round(between(low, high) * 100) / 100; }

 private:
  std::uint64_t seed_;
  std::uint64_t count_ = 0;
};

/// A head of the track's colours, where and as light as in this frame.
cv::Mat picture_of(Draw& track, Draw& face) {
  const auto color = [&] {
    return cv::Scalar(track.between(20, 230), track.between(20, 230), track.between(20, 230));
  };
  cv::Mat out(kSide, kSide, CV_8UC3, color());
  const cv::Point middle(cvRound(face.between(11, 21)), cvRound(face.between(11, 21)));
  cv::ellipse(out, middle, {cvRound(face.between(6, 12)), cvRound(face.between(8, 15))},
              face.between(-40, 40), 0, 360, color(), cv::FILLED);
  const cv::Scalar eyes = color();
  const int apart = cvRound(face.between(3, 7));
  for (const int side : {-1, 1}) cv::circle(out, middle + cv::Point(side * apart, -3), 2, eyes, cv::FILLED);
  cv::circle(out, middle + cv::Point(0, cvRound(face.between(3, 8))), 2, color(), cv::FILLED);
  cv::rectangle(out, {cvRound(face.between(0, 31)), cvRound(face.between(0, 31))},
                {cvRound(face.between(0, 31)), cvRound(face.between(0, 31))}, color(), 1);
  return out;
}

dataset::FaceRecord record_of(const std::string& source, std::int64_t frame, int face, Draw& draw) {
  dataset::FaceRecord out;
  out.source = source;
  out.frame = frame;
  out.face = face;
  out.pts = frame * 512;
  const float side = draw.between(120, 400), x = draw.between(0, 1500), y = draw.between(0, 600);
  out.box = {x, y, side, side};
  out.score = draw.between(0.5, 1);
  out.detector = draw.part() < 0.2 ? "dlib" : "dlib followed";
  out.track = text(frame / kTrackFrames * kTrackFrames, "_", face);
  out.person = text(source, "-", face == 0 ? frame / kTrackFrames % 3 : 3 + frame / kTrackFrames % 2);
  const double scale = kSide / (2.0 * side);
  out.crop_from_frame = {1, 0, -x, 0, 1, -y};
  out.aligned_from_frame = face::Affine(scale, 0, -scale * (x - side / 2), 0, scale, -scale * (y - side / 2));
  out.landmarks.emplace();
  out.landmark_confidence.emplace();
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    const double angle = 2 * CV_PI * i / face::kLandmarkCount, radius = draw.between(0.3, 0.5) * side;
    (*out.landmarks)[static_cast<std::size_t>(i)] = {
        x + side / 2 + static_cast<float>(radius * std::cos(angle)),
        y + side / 2 + static_cast<float>(radius * std::sin(angle))};
    out.landmark_confidence->push_back(draw.between(0, 1));
  }
  out.pose = face::Pose{draw.cents(-60, 60), draw.cents(-30, 30), draw.cents(-15, 15)};
  out.sharpness = draw.cents(0, 1000);
  out.identity.emplace();
  for (int i = 0; i < kIdentity; ++i) out.identity->push_back(draw.between(-0.15, 0.15));
  return out;
}

struct Counts {
  std::int64_t faces = 0, shards = 0, sharp_frontal = 0, repeated = 0;
};

/// The frames of one cell of the grid; stops when there are `most` faces in all.
void write_shard(const dataset::Dataset& dataset, const std::string& source, std::int64_t first,
                 std::int64_t most, Counts& counts) {
  dataset::ShardInfo info;
  info.stage = "align";
  info.source = source;
  for (std::int64_t frame = first; frame < first + dataset::kShardFrames; ++frame)
    info.frames.push_back(frame);
  info.options = {{"landmarker", "drawn"}, {"crop", "whole"}, {"size", kSide}};
  dataset::ShardWriter writer(dataset.stage_folder("align", source), std::move(info));
  const cv::Mat mask(kSide, kSide, CV_8UC1, cv::Scalar(255));
  for (std::int64_t frame = first; frame < first + dataset::kShardFrames; ++frame) {
    if (frame % kEmptyEvery == kEmptyEvery - 1) continue;
    for (int face = 0; face < kFacesInFrame && counts.faces < most; ++face) {
      Draw draw(item_seed(1, source, frame, face)), track(item_seed(2, source, frame / kTrackFrames, face));
      dataset::FaceRecord record = record_of(source, frame, face, draw);
      counts.sharp_frontal += *record.sharpness > kSharp && std::abs(record.pose->yaw_deg) < kTurnedDeg;
      ++counts.faces;
      const bool repeats = frame % kStillEvery == kStill;
      counts.repeated += repeats;
      Draw looks(item_seed(3, source, frame - repeats, face));
      writer.add(std::move(record), picture_of(track, looks), mask);
    }
  }
  if (!writer.publish())
    throw Error(ErrorCode::kUsage, "the folder holds a dataset already", "give a new one");
  ++counts.shards;
}

Counts write_dataset(const fs::path& folder, const fs::path& consent, std::int64_t faces) {
  const auto read = provenance::read_consent(consent);
  const auto dataset =
      dataset::Dataset::create(folder,
                               {read.consent.subject, provenance::role_name(read.consent.role),
                                provenance::to_json(provenance::summarise(read))},
                               read.bytes);
  Counts counts;
  const std::int64_t a_source = (faces + kSources - 1) / kSources;
  for (int s = 0; s < kSources && counts.faces < faces; ++s) {
    const std::string source = text("take-", s);
    const std::int64_t most = std::min(faces, a_source * (s + 1)), frames = 10 * a_source;
    dataset.add_source({source, "/" + source, std::string(64, '0'), 0, frames - 1, frames, 1920, 1080});
    for (std::int64_t first = 0; counts.faces < most; first += dataset::kShardFrames)
      write_shard(dataset, source, first, most, counts);
  }
  return counts;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4) throw Error(ErrorCode::kUsage, "folder, consent record and number of faces are needed");
    const Counts counts = write_dataset(argv[1], argv[2], std::atoll(argv[3]));
    std::cout << json_text({{"faces", counts.faces},
                            {"shards", counts.shards},
                            {"sharp_frontal", counts.sharp_frontal},
                            {"repeated", counts.repeated},
                            {"condition", text("sharpness>", kSharp, " and abs(yaw_deg)<", kTurnedDeg)}})
              << "\n";
  } catch (const std::exception& e) {
    std::cerr << "understudy_many_faces: " << e.what() << "\n";
    return 1;
  }
}
