#include "understudy/stages/registration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/model_header.h"
#include "understudy/stages/aligned_faces.h"
#include "understudy/stages/train_people.h"
#include "understudy/vision/workers.h"

namespace understudy::stages {
namespace {

constexpr std::size_t kMostFaces = 120;  // enough to know a head by
constexpr double kMostTurn = 8 * std::numbers::pi / 180;
constexpr double kMostShift = 0.08;  // sides of the crop
constexpr int kInner = 17;           // landmarks from here on are aligned by

constexpr std::array kFieldNames = {"sideways", "turn", "down", "down_per_pitch"};
static_assert(kFieldNames.size() == face::kFacePlaceFields.size());

using Landmarkers = std::vector<std::unique_ptr<vision::Landmarker>>;

/// Those whose points the rule of face_place() knows, whatever found the dataset's own.
Landmarkers landmarkers(int threads) {
  return vision::make_twins(vision::landmarkers().at("understudy")({}), threads);
}

face::Landmarks landmarks_in(vision::Landmarker& landmarker, const cv::Mat& crop,
                             const face::Landmarks& about) {
  return landmarker.detect(crop, face::bounding_box(about)).landmarks;
}

std::optional<face::FacePlace> place_of(const AlignedFaces& faces, Landmarkers& workers) {
  const std::size_t count = std::min(kMostFaces, faces.size());
  std::vector<face::Landmarks> found(count);
  vision::share_out(workers, static_cast<std::int64_t>(count),
                    [&](vision::Landmarker& landmarker, std::int64_t i) {
                      const auto at = static_cast<std::size_t>(i);
                      const std::size_t spread = at * faces.size() / count;
                      found[at] = landmarks_in(landmarker, faces.picture(spread), faces.landmarks(spread));
                    });
  return face::face_place(found);
}

Json places_of(const std::vector<TrainedPerson>& side, Landmarkers& workers) {
  Json out = Json::object();
  for (const TrainedPerson& person : side) {
    const auto place = place_of(*person.faces, workers);
    if (!place) continue;
    Json& numbers = out[person.name];
    for (std::size_t i = 0; i < kFieldNames.size(); ++i)
      numbers[kFieldNames[i]] = std::round((*place).*face::kFacePlaceFields[i] * 1e6) / 1e6;
  }
  return out;
}

std::optional<face::FacePlace> place_in(const Json& places, const char* side, const std::string& name) {
  if (!places.contains(side) || !places[side].is_object() || !places[side].contains(name))
    return std::nullopt;
  const std::string where = text("where the face of '", name, "' lies in the head, in the model");
  face::FacePlace place;
  for (std::size_t i = 0; i < kFieldNames.size(); ++i) {
    constexpr double kMost = 10;
    const auto number = json_field<double>(places[side][name], kFieldNames[i], where);
    if (!(std::abs(number) < kMost))
      throw Error(ErrorCode::kFormat, text(where, ": ", kFieldNames[i], " is ", number));
    place.*face::kFacePlaceFields[i] = number;
  }
  return place;
}

cv::Point2d middle_of(const face::Landmarks& landmarks) {
  cv::Point2d sum;
  for (std::size_t k = kInner; k < landmarks.size(); ++k) sum += cv::Point2d(landmarks[k]);
  return sum / (face::kLandmarkCount - kInner);
}

}  // namespace

Json places_of(const TrainedPeople& people, int threads) {
  Landmarkers workers = landmarkers(threads);
  return {{"likenesses", places_of(people.likenesses, workers)},
          {"performers", places_of(people.performers, workers)}};
}

Registration::Registration(const face::FacePlace& likeness, const face::FacePlace& performer,
                           const CropFormat& format, int threads)
    : likeness_(likeness),
      performer_(performer),
      family_(face::crop_families().at(format.family)),
      size_(format.size),
      landmarkers_(landmarkers(threads)) {}

std::optional<Registration> Registration::make(const model::ModelHeader& header, const std::string& likeness,
                                               const CropFormat& format, int threads, std::string& why_not) {
  const std::vector<std::string>& performers = header.preset.network.performers;
  if (performers.size() != 1) {
    why_not = text("the model knows ", performers.size(), " performers");
    return std::nullopt;
  }
  const auto put_in = place_in(header.places, "likenesses", likeness),
             below = place_in(header.places, "performers", performers.front());
  if (!put_in || !below) {
    why_not = text("the model does not know where the face of ",
                   put_in ? "the performer" : text("'", likeness, "'"), " lies in the head");
    return std::nullopt;
  }
  return Registration(*put_in, *below, format, threads);
}

std::vector<std::optional<face::Affine>> Registration::place(const std::vector<DrawnFace>& faces) {
  std::vector<std::optional<face::Affine>> out(faces.size());
  vision::share_out(landmarkers_, static_cast<std::int64_t>(faces.size()),
                    [&](vision::Landmarker& landmarker, std::int64_t i) {
                      out[static_cast<std::size_t>(i)] =
                          place(landmarker, faces[static_cast<std::size_t>(i)]);
                    });
  return out;
}

std::optional<face::Affine> Registration::place(vision::Landmarker& landmarker, const DrawnFace& face) const {
  const dataset::FaceRecord& record = *face.record;
  if (!record.landmarks || !record.aligned_from_frame) return std::nullopt;
  const face::Landmarks about = face::transform(*record.aligned_from_frame, *record.landmarks);
  const face::Landmarks drawn = landmarks_in(landmarker, face.swapped, about),
                        performer = landmarks_in(landmarker, face.performer, about);
  const face::Affine aligned_performer = face::aligned_from_frame(performer, family_, size_);
  if (!(face::scale_of(aligned_performer) > 0)) return std::nullopt;
  const face::Affine likeness_in_performer =
      face::performer_from_likeness(likeness_, performer_, face::estimate_pose(performer), family_, size_);
  const face::Affine wanted =
      face::compose(face::inverse(aligned_performer),
                    face::compose(likeness_in_performer, face::aligned_from_frame(drawn, family_, size_)));
  const cv::Point2d from = middle_of(drawn), to = face::transform(wanted, from);
  const double angle = face::turn_of(wanted);
  if (!(std::abs(angle) <= kMostTurn && cv::norm(to - from) <= kMostShift * size_)) return std::nullopt;
  const double c = std::cos(angle), s = std::sin(angle);
  return face::Affine(c, -s, to.x - c * from.x + s * from.y, s, c, to.y - s * from.x - c * from.y);
}

}  // namespace understudy::stages
