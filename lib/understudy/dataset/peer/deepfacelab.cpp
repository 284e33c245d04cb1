#include <cmath>

#include "understudy/core/big_endian.h"
#include "understudy/dataset/peer/peer_face.h"
#include "understudy/dataset/peer/pickle.h"

namespace understudy::dataset {
namespace {

constexpr unsigned char kApp0 = 0xe0, kApp15 = 0xef, kStartOfScan = 0xda;
constexpr std::size_t kMostSegment = 65'533;  // of content: its length is written in 16 bits

struct Segment {
  unsigned char marker;
  std::size_t begin, end;  ///< in the file, marker and length included
  std::string_view content;
};

/// The segments before the picture's own data.
std::vector<Segment> segments_of(std::string_view jpeg, std::string_view where) {
  const auto refuse = [&](std::string_view why) {
    throw Error(ErrorCode::kFormat, text(where, " is not a usable JPEG picture: ", why));
  };
  if (!jpeg.starts_with("\xff\xd8")) refuse("it does not begin as a JPEG does");
  std::vector<Segment> out;
  for (std::size_t at = 2;;) {
    if (at + 4 > jpeg.size() || jpeg[at] != '\xff') refuse("it is cut off or damaged");
    const auto marker = static_cast<unsigned char>(jpeg[at + 1]);
    if (marker == kStartOfScan) return out;
    const std::size_t length = from_big_endian(jpeg.substr(at + 2, 2));
    if (length < 2 || at + 2 + length > jpeg.size()) refuse("it is cut off or damaged");
    out.push_back({marker, at, at + 2 + length, jpeg.substr(at + 4, length - 2)});
    at += 2 + length;
  }
}

face::Affine affine_of(const Json& rows, std::string_view where) {
  const auto values = json_as<std::vector<std::vector<double>>>(rows);
  if (values.size() != 2 || values[0].size() != 3 || values[1].size() != 3)
    throw Error(ErrorCode::kFormat, text(where, ": image_to_face_mat is no matrix of 2 x 3"));
  return {values[0][0], values[0][1], values[0][2], values[1][0], values[1][1], values[1][2]};
}

/// The map that brings the landmarks of the plate to those in the picture.
face::Affine fitted(const face::Landmarks& plate, const face::Landmarks& picture) {
  std::vector<cv::Point2d> from(plate.begin(), plate.end()), to(picture.begin(), picture.end());
  return face::fit_similarity(from, to);
}

PeerFace face_of(const Json& metadata, std::string_view where) {
  PeerFace out;
  out.landmarks = peer_landmarks(json_field<Json>(metadata, "source_landmarks", where), where);
  const Json matrix = metadata.value("image_to_face_mat", Json());
  out.picture_from_frame =
      matrix.is_null()
          ? fitted(out.landmarks, peer_landmarks(json_field<Json>(metadata, "landmarks", where), where))
          : affine_of(matrix, where);
  if (!(face::scale_of(*out.picture_from_frame) > 1e-6))
    throw Error(ErrorCode::kFormat, text(where, ": its place in the plate cannot be told"));
  if (const Json name = metadata.value("source_filename", Json()); name.is_string()) out.plate = name;
  if (const Json rectangle = metadata.value("source_rect", Json());
      rectangle.is_array() && rectangle.size() == 4) {
    const auto edges = json_as<std::vector<float>>(rectangle);
    out.box = face::Box(edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1]);
  }
  if (const Json mask = metadata.value("xseg_mask", Json()); mask.is_binary())
    out.mask.assign(mask.get_binary().begin(), mask.get_binary().end());
  return out;
}

}  // namespace

std::optional<PeerFace> read_deepfacelab(std::string_view jpeg, std::string_view where) {
  for (const Segment& segment : segments_of(jpeg, where)) {
    if (segment.marker != kApp15) continue;
    const Json metadata = read_pickle(segment.content, where);
    if (!metadata.is_object()) throw Error(ErrorCode::kFormat, text(where, ": its metadata are no dict"));
    return face_of(metadata, where);
  }
  return std::nullopt;
}

std::string with_deepfacelab(std::string_view jpeg, const PeerFace& face, const std::string& face_type,
                             const face::Landmarks& picture_landmarks) {
  const face::Affine& m = face.picture_from_frame.value();
  const face::Box box = face.box.value();
  Json metadata = {
      {"face_type", face_type},
      {"landmarks", peer_points(picture_landmarks)},
      {"source_filename", face.plate},
      {"source_rect",
       {std::lround(box.x), std::lround(box.y), std::lround(box.br().x), std::lround(box.br().y)}},
      {"source_landmarks", peer_points(face.landmarks)},
      {"image_to_face_mat", {{m(0, 0), m(0, 1), m(0, 2)}, {m(1, 0), m(1, 1), m(1, 2)}}}};
  std::string pickle = write_pickle(metadata);
  if (!face.mask.empty()) {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(face.mask.data());
    metadata["xseg_mask"] = Json::binary({begin, begin + face.mask.size()});
    const std::string with_mask = write_pickle(metadata);
    if (with_mask.size() <= kMostSegment) pickle = with_mask;
  }
  std::size_t place = 2;
  for (const Segment& segment : segments_of(jpeg, face.plate))
    if (segment.marker >= kApp0 && segment.marker <= kApp15) place = segment.end;
  std::string out(jpeg);
  return out.insert(place, "\xff\xef" + big_endian(pickle.size() + 2, 2) + pickle);
}

face::Landmarks peer_landmarks(const Json& points, std::string_view where) {
  face::Landmarks out;
  if (!points.is_array() || points.size() != out.size())
    throw Error(ErrorCode::kFormat, text(where, " does not hold ", out.size(), " landmarks"));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto pair = json_as<std::vector<float>>(points[i]);
    if (pair.size() != 2) throw Error(ErrorCode::kFormat, text(where, ": a landmark is no point"));
    out[i] = {pair[0], pair[1]};
  }
  if (face::interocular(out) < 1)
    throw Error(ErrorCode::kFormat, text(where, ": the eyes are less than a pixel apart"));
  return out;
}

Json peer_points(const face::Landmarks& landmarks) {
  Json out = Json::array();
  for (const cv::Point2f& p : landmarks) out.push_back({static_cast<double>(p.x), static_cast<double>(p.y)});
  return out;
}

}  // namespace understudy::dataset
