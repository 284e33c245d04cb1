#include "understudy/stages/reference_faces.h"

#include <algorithm>
#include <map>
#include <set>

#include "understudy/dataset/faces_in_use.h"
#include "understudy/media/source.h"
#include "understudy/stages/align_people.h"
#include "understudy/stages/people.h"
#include "understudy/vision/detector.h"
#include "understudy/vision/embedder.h"
#include "understudy/vision/landmarker.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr const char* kDetector = "understudy";
constexpr int kSmallestFacePx = 60;

struct Track {
  std::set<std::int64_t> frames;
  std::int64_t faces = 0;
  face::Identity sum;
};

/// What is needed to look at a picture as align looked at the dataset's.
struct Eye {
  std::unique_ptr<vision::Detector> detector;
  std::unique_ptr<vision::Landmarker> landmarker;
  std::unique_ptr<vision::Embedder> embedder;

  face::Identity look(const fs::path& file) const {
    const auto source = media::open_source(file, 1);
    const auto frame = source->next();
    if (!frame) throw Error(ErrorCode::kInput, text(file.string(), " holds no picture"));
    const cv::Mat picture = frame->picture.bgr8();
    const auto faces = detector->detect(picture, detector->sure_score());
    if (faces.size() != 1)
      throw Error(ErrorCode::kInput,
                  text("the reference picture ", file.string(), " shows ", faces.size(),
                       " faces of at least ", kSmallestFacePx, " pixels, one was expected"),
                  "give a picture of that person alone, from in front, or cut one out");
    return embedder->embed(picture, landmarker->detect(picture, faces.front().box).landmarks);
  }
};

/// The landmarker that the dataset's first aligned shard names.
std::string landmarker_of(const dataset::Dataset& dataset) {
  for (const std::string& source : dataset.sources())
    for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder("align", source)))
      return json_field<std::string>(shard.info.options, "landmarker",
                                     (shard.folder / "shard.json").string());
  throw Error(ErrorCode::kInput, text("the dataset ", dataset.root().string(), " has no aligned faces"),
              "run understudy-align on it first");
}

Eye make_eye(const dataset::Dataset& dataset, const fs::path& model_dir) {
  return {vision::detectors().at(kDetector)({kSmallestFacePx, model_dir}),
          vision::landmarkers().at(landmarker_of(dataset))({model_dir}), embedder_of(dataset, model_dir)};
}

std::map<std::string, Track> tracks_of(const dataset::Dataset& dataset, const dataset::FacesInUse& in_use,
                                       const std::string& source) {
  std::map<std::string, Track> out;
  for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder("align", source))) {
    std::vector<dataset::BadLine> told_elsewhere;
    for (const dataset::FaceRecord& record : in_use.read(shard, told_elsewhere)) {
      if (!record.identity)
        throw Error(ErrorCode::kInput,
                    text(shard.folder.string(), ": ", dataset::face_name(record),
                         " has no identity, so whose face it is cannot be checked"),
                    "align the dataset anew with understudy-align --replace, or import it anew");
      Track& track = out[record.track];
      track.frames.insert(record.frame);
      ++track.faces;
      face::add(*record.identity, track.sum);
    }
  }
  return out;
}

}  // namespace

ReferenceVerdict compare_with_references(const dataset::Dataset& dataset, const ReferencePictures& pictures) {
  const Eye eye = make_eye(dataset, pictures.model_dir);
  face::Identity person;
  for (const fs::path& file : pictures.files) face::add(eye.look(file), person);
  person = face::unit_length(std::move(person));
  const dataset::FacesInUse in_use(dataset);
  ReferenceVerdict out;
  for (const std::string& source : dataset.sources())
    for (auto& [name, track] : tracks_of(dataset, in_use, source)) {
      const double like = face::likeness(face::unit_length(std::move(track.sum)), person);
      out.faces += track.faces;
      out.least_likeness = std::min(out.least_likeness, like);
      out.most_likeness = std::max(out.most_likeness, like);
      if (like >= eye.embedder->other_person()) continue;
      out.others += track.faces;
      out.tracks.push_back({source, runs_of(track.frames), track.faces, like});
    }
  return out;
}

}  // namespace understudy::stages
