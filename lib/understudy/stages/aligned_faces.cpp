#include "understudy/stages/aligned_faces.h"

#include <sys/stat.h>
#include <torch/types.h>

#include <algorithm>
#include <opencv2/core.hpp>

#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/png.h"
#include "understudy/stages/person_choice.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

cv::Mat read_picture(const fs::path& path, int channels, int size) {
  cv::Mat picture = dataset::decode_png(read_file(path), path.string());
  if (picture.channels() != channels || picture.rows != size || picture.cols != size) {
    throw Error(ErrorCode::kFormat,
                text(path.string(), " is ", picture.cols, "x", picture.rows, " with ", picture.channels(),
                     " channels, expected ", size, "x", size, " with ", channels),
                "delete the picture, or remove the dataset's align folder and run understudy-align again");
  }
  if (picture.depth() == CV_16U) picture.convertTo(picture, CV_8U, 1.0 / 257);
  return picture;
}

torch::Tensor to_tensor(const cv::Mat& picture) {
  std::vector<std::int64_t> shape = {picture.rows, picture.cols};
  if (picture.channels() > 1) shape.push_back(picture.channels());
  return torch::from_blob(picture.data, shape, torch::kUInt8).clone();
}

}  // namespace

AlignedFaces::AlignedFaces(const std::vector<dataset::Dataset>& datasets,
                           const std::set<std::string>& people) {
  for (const dataset::Dataset& dataset : datasets) {
    const std::size_t before = faces_.size();
    people_.emplace_back();
    const dataset::FacesInUse in_use(dataset);
    for (const std::string& source : dataset.sources()) read_source(dataset, source, in_use);
    if (faces_.size() == before) {
      throw Error(ErrorCode::kInput, text("the dataset ", dataset.root().string(), " has no aligned faces"),
                  "run understudy-align on it first");
    }
    choose(dataset, before, people);
  }
}

void AlignedFaces::read_source(const dataset::Dataset& dataset, const std::string& source,
                               const dataset::FacesInUse& in_use) {
  for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder("align", source))) {
    const CropFormat format = crop_format(shard);
    if (format_.size == 0) format_ = format;
    if (format != format_) {
      throw Error(ErrorCode::kFormat,
                  text(shard.folder.string(), " holds '", format.family, "' crops of ", format.size,
                       " pixels, others '", format_.family, "' crops of ", format_.size),
                  "align all datasets with the same --crop and --size");
    }
    for (const dataset::FaceRecord& record : in_use.read(shard, bad_lines_)) {
      if (!record.landmarks || !record.aligned_from_frame || !record.pose || record.mask.empty())
        throw Error(ErrorCode::kFormat,
                    text(shard.folder.string(), ": ", record.image, " has no landmarks, pose or mask"),
                    "remove the dataset's align/ folder and run understudy-align again");
      faces_.push_back({shard.folder / record.image, shard.folder / record.mask,
                        face::transform(*record.aligned_from_frame, *record.landmarks), *record.pose,
                        text(source.substr(0, source.find('.')), "/", record.frame),
                        dataset::person_id(record)});
      people_.back().ids.insert(faces_.back().person_id);
      if (!record.person.empty()) people_.back().known.insert(record.person);
    }
  }
}

/// Leaves of the dataset's faces, which begin at `first`, those of the people who are wanted.
void AlignedFaces::choose(const dataset::Dataset& dataset, std::size_t first,
                          const std::set<std::string>& wanted) {
  if (wanted.empty()) return;
  const PeopleShown& shown = people_.back();
  const bool shows_one = std::ranges::any_of(shown.ids, [&](const auto& id) { return wanted.contains(id); });
  if (!shows_one && shown.known.size() > 1)
    throw no_such_person(joined(std::vector<std::string>(wanted.begin(), wanted.end()), "' or '"), shown.ids,
                         dataset);
  if (!shows_one) return;
  const auto others = std::remove_if(faces_.begin() + static_cast<std::ptrdiff_t>(first), faces_.end(),
                                     [&](const Face& face) { return !wanted.contains(face.person_id); });
  faces_.erase(others, faces_.end());
}

cv::Mat AlignedFaces::picture(std::size_t idx) const {
  return read_picture(faces_.at(idx).image, 3, format_.size);
}

std::string AlignedFaces::digest() const {
  std::string all;
  for (const Face& face : faces_) {
    for (const fs::path& path : {face.image, face.mask}) {
      struct stat now {};
      ::stat(path.c_str(), &now);  // a picture that is missing is load()'s to refuse
      all += path.native() + " " + std::to_string(now.st_size) + " " + std::to_string(now.st_mtim.tv_sec) +
             "." + std::to_string(now.st_mtim.tv_nsec) + "\n";
    }
  }
  return sha256(all);
}

model::FaceSample AlignedFaces::load(std::size_t idx) const {
  const Face& face = faces_.at(idx);
  model::FaceSample sample;
  sample.image_hwc = to_tensor(picture(idx));
  sample.mask_hw = to_tensor(read_picture(face.mask, 1, format_.size));
  sample.landmarks = torch::empty({face::kLandmarkCount, 2}, torch::kFloat32);
  auto points = sample.landmarks.accessor<float, 2>();
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    points[i][0] = face.aligned_landmarks[i].x;
    points[i][1] = face.aligned_landmarks[i].y;
  }
  sample.yaw_deg = face.pose.yaw_deg;
  sample.pitch_deg = face.pose.pitch_deg;
  return sample;
}

}  // namespace understudy::stages
