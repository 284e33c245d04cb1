#include "understudy/stages/registration.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/model_header.h"
#include "understudy/stages/aligned_faces.h"
#include "understudy/stages/train_people.h"

namespace understudy::stages {
namespace {

constexpr std::size_t kMostFaces = 400;  // enough to know a head by
constexpr double kMostTurn = 0.14;       // radians: 8 degrees

Json shapes_of(const std::vector<TrainedPerson>& side) {
  Json shapes = Json::object();
  for (const TrainedPerson& person : side) {
    const std::vector<face::Landmarks> faces = person.faces->spread_landmarks(kMostFaces);
    const auto shape = face::head_shape(faces, person.faces->format().size);
    if (!shape) continue;
    Json points = Json::array();
    for (const cv::Vec3d& p : *shape) {
      const auto rounded = [](double value) { return std::round(value * 1e6) / 1e6; };
      points.push_back({rounded(p[0]), rounded(p[1]), rounded(p[2])});
    }
    shapes[person.name] = std::move(points);
  }
  return shapes;
}

std::optional<face::HeadShape> shape_in(const Json& heads, const char* side, const std::string& name) {
  if (!heads.contains(side) || !heads[side].is_object() || !heads[side].contains(name)) return std::nullopt;
  const std::string where = text("the head of '", name, "' in the model");
  const auto points = json_as<std::vector<std::vector<double>>>(heads[side][name]);
  face::HeadShape shape;
  if (points.size() != shape.size())
    throw Error(ErrorCode::kFormat, text(where, " has ", points.size(), " points, not ", shape.size()));
  for (std::size_t k = 0; k < shape.size(); ++k) {
    constexpr double kFarthest = 10;
    if (points[k].size() != 3 ||
        !std::ranges::all_of(points[k], [](double v) { return std::abs(v) < kFarthest; }))
      throw Error(ErrorCode::kFormat, text(where, ": point ", k, " is no place in a head"));
    shape[k] = {points[k][0], points[k][1], points[k][2]};
  }
  constexpr double kLeastWidth = 0.05;
  if (std::abs(shape[45][0] - shape[36][0]) < kLeastWidth ||
      std::abs(shape[16][0] - shape[0][0]) < kLeastWidth)
    throw Error(ErrorCode::kFormat, text(where, " has eyes or ears in one place"));
  return shape;
}

/// A turn about the middle of a crop.
face::Affine turned(double angle, int size) {
  const double c = std::cos(angle), s = std::sin(angle), middle = (size - 1) / 2.0;
  return {c, -s, middle - c * middle + s * middle, s, c, middle - s * middle - c * middle};
}

}  // namespace

Json heads_of(const TrainedPeople& people) {
  return {{"likenesses", shapes_of(people.likenesses)}, {"performers", shapes_of(people.performers)}};
}

Registration::Registration(const face::HeadMatch& match, const CropFormat& format,
                           std::unique_ptr<vision::Landmarker> landmarker)
    : match_(match),
      family_(face::crop_families().at(format.family)),
      size_(format.size),
      landmarker_(std::move(landmarker)) {}

std::optional<Registration> Registration::make(const model::ModelHeader& header, const std::string& likeness,
                                               const CropFormat& format, const std::string& landmarker,
                                               const std::filesystem::path& model_dir, std::string& why_not) {
  const std::vector<std::string>& performers = header.preset.network.performers;
  if (performers.size() != 1) {
    why_not = text("the model knows ", performers.size(), " performers");
    return std::nullopt;
  }
  const auto put_in = shape_in(header.heads, "likenesses", likeness),
             below = shape_in(header.heads, "performers", performers.front());
  if (!put_in || !below) {
    why_not = text("the model does not know the shape of ",
                   put_in ? "the performer's head" : text("the head of '", likeness, "'"));
    return std::nullopt;
  }
  return Registration(face::HeadMatch(*put_in, *below), format,
                      vision::landmarkers().at(landmarker)({model_dir}));
}

std::optional<face::Affine> Registration::place(const cv::Mat& swapped, const dataset::FaceRecord& record) {
  if (!record.landmarks || !record.aligned_from_frame) return std::nullopt;
  const face::Affine& crop_from_frame = *record.aligned_from_frame;
  const cv::Point2d middle =
      face::transform(crop_from_frame, (cv::Point2d(record.box.tl()) + cv::Point2d(record.box.br())) / 2);
  const double scale = face::scale_of(crop_from_frame);
  const cv::Point2d half(record.box.width * scale / 2, record.box.height * scale / 2);
  const face::Box box(cv::Point2f(middle - half), cv::Point2f(middle + half));
  const face::Landmarks found = landmarker_->detect(swapped, box).landmarks;
  const double angle = face::turn_of(face::aligned_from_frame(found, family_, size_)) +
                       match_.turn(face::transform(crop_from_frame, *record.landmarks), family_, size_);
  if (!(std::abs(angle) <= kMostTurn)) return std::nullopt;  // nor what is no number
  return turned(angle, size_);
}

}  // namespace understudy::stages
