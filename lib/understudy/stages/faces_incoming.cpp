#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "understudy/core/files.h"
#include "understudy/core/run.h"
#include "understudy/core/sha256.h"
#include "understudy/stages/faces_import.h"
#include "understudy/vision/warp.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

std::vector<fs::path> pictures_in(const fs::path& folder, const std::vector<std::string>& extensions) {
  if (!fs::is_directory(folder))
    throw Error(ErrorCode::kInput, text(folder.string(), " is no folder"), "name a folder of face pictures");
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder))
    if (std::ranges::find(extensions, entry.path().extension().string()) != extensions.end())
      out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

/// The last number in a file name's stem, absent when there is none.
std::optional<std::int64_t> number_in(const std::string& name) {
  const std::string stem = fs::path(name).stem().string();
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  auto end = stem.size();
  while (end > 0 && !is_digit(stem[end - 1])) --end;
  auto begin = end;
  while (begin > 0 && is_digit(stem[begin - 1])) --begin;
  std::int64_t out = 0;
  const auto [stopped, error] = std::from_chars(stem.data() + begin, stem.data() + end, out);
  constexpr std::int64_t kMost = 1'000'000'000'000;
  if (begin == end || error != std::errc() || out > kMost) return std::nullopt;
  return out;
}

/// A picture as B, G, R with 8 bits.
cv::Mat decoded(const std::string& bytes, const std::string& where, int mode) {
  constexpr std::size_t kMost = 256 << 20;
  cv::Mat out;
  try {
    if (bytes.size() <= kMost)
      out = cv::imdecode(cv::Mat(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data())),
                         mode);
  } catch (const cv::Exception&) {
    out.release();
  }
  if (out.empty()) throw Error(ErrorCode::kFormat, text(where, " is no usable picture"));
  return out;
}

/// How well a picture's landmarks go with the plate's.
struct Fit {
  face::Affine picture_from_frame;
  double error;  ///< in distances of the eyes
};

Fit fit_of(const face::Landmarks& plate, const face::Landmarks& picture) {
  const std::vector<cv::Point2d> from(plate.begin(), plate.end()), to(picture.begin(), picture.end());
  Fit out{face::fit_similarity(from, to), 0};
  const face::Landmarks moved = face::transform(out.picture_from_frame, plate);
  for (int i = 0; i < face::kLandmarkCount; ++i)
    out.error += cv::norm(moved[i] - picture[i]) / face::kLandmarkCount;
  out.error /= std::max(1e-6, face::interocular(moved));
  return out;
}

/// Finds the face in the middle of its picture. Nobody says how large it is there.
face::Affine find_place(const IncomingFace& face, const cv::Mat& picture, vision::Landmarker& landmarker) {
  constexpr double kMostError = 0.12;
  std::optional<Fit> best;
  for (const double part : {0.35, 0.5, 0.65, 0.8}) {
    const auto side = static_cast<float>(picture.cols * part);
    face::Box box((static_cast<float>(picture.cols) - side) / 2,
                  (static_cast<float>(picture.rows) - side) / 2, side, side);
    for (int round = 0; round < 2; ++round) {
      const face::Landmarks found = landmarker.detect(picture, box).landmarks;
      const Fit fit = fit_of(face.peer.landmarks, found);
      if (!best || fit.error < best->error) best = fit;
      box = face::bounding_box(found);
    }
  }
  if (!(best->error <= kMostError))
    throw Error(ErrorCode::kFormat,
                text(face.path.string(), ": its landmarks do not fit the face that the picture shows"));
  return best->picture_from_frame;
}

}  // namespace

std::vector<IncomingFace> read_incoming(const fs::path& folder, const PeerFormat& format, Report& report) {
  std::vector<IncomingFace> out;
  std::map<std::int64_t, int> faces_in;
  std::int64_t running = 0;
  for (const fs::path& path : pictures_in(folder, format.extensions)) {
    auto peer = format.read(read_file(path), path.string());
    if (!peer) {
      report.add_failure(path.string(), "the picture carries no metadata of that format");
      continue;
    }
    const std::int64_t frame = number_in(peer->plate).value_or(running++);
    out.push_back({path, frame, faces_in[frame]++, std::move(*peer)});
  }
  if (out.empty())
    throw Error(ErrorCode::kInput, text(folder.string(), " holds no face picture of that format"),
                text("it looks for files that end with ", joined(format.extensions)));
  std::ranges::sort(out, [](const IncomingFace& a, const IncomingFace& b) {
    return std::pair(a.frame, a.face) < std::pair(b.frame, b.face);
  });
  return out;
}

std::string digest_of(const std::vector<IncomingFace>& faces) {
  std::string all;
  for (const IncomingFace& face : faces)
    all += face.path.filename().string() + "\n" + sha256_file(face.path) + "\n";
  return sha256(all);
}

ExtractedFace as_extracted(const IncomingFace& face, const std::string& source) {
  dataset::FaceRecord record;
  record.source = source;
  record.frame = face.frame;
  record.face = face.face;
  record.box = face.peer.box.value_or(face::bounding_box(face.peer.landmarks));
  record.score = 1;
  record.detector = "imported";
  return {std::move(record), face.path};
}

AlignedFace bring_in(const IncomingFace& face, const std::string& source, const face::CropFamily& family,
                     int size, vision::Landmarker* landmarker, vision::Embedder& embedder) {
  const std::string where = face.path.string();
  const cv::Mat picture =
      decoded(read_file(face.path), where, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  const face::Affine picture_from_frame =
      face.peer.picture_from_frame ? *face.peer.picture_from_frame : find_place(face, picture, *landmarker);
  dataset::FaceRecord record = as_extracted(face, source).record;
  record.crop_from_frame = picture_from_frame;
  AlignedFace out =
      cut_face(picture, picture_from_frame, std::move(record), face.peer.landmarks, family, size);
  out.record.identity = identity_of(embedder, picture, picture_from_frame, face.peer.landmarks);
  if (face.peer.mask.empty()) return out;
  cv::Mat mask;
  cv::resize(decoded(face.peer.mask, where + "'s mask", cv::IMREAD_GRAYSCALE), mask, picture.size(), 0, 0,
             cv::INTER_LINEAR);
  out.mask = vision::warp(
      mask, face::compose(*out.record.aligned_from_frame, face::inverse(picture_from_frame)), {size, size});
  return out;
}

}  // namespace understudy::stages
