#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "understudy/core/json.h"
#include "understudy/face/geometry.h"

namespace understudy::dataset {

/// What another program keeps in the picture of a face.
struct PeerFace {
  face::Landmarks landmarks;                            ///< in plate pixels
  std::optional<face::Affine> picture_from_frame = {};  ///< absent where the format does not tell
  std::string plate = {};                               ///< file name of the frame
  std::string mask = {};                  ///< bytes of a picture that covers the face's; empty: none
  std::optional<face::Box> box = {};      ///< in plate pixels
  int plate_width = 0, plate_height = 0;  ///< 0 where the format does not tell
};

/// DeepFaceLab's: a pickle in the APP15 segment of a JPEG. Absent where there is none. Throws Error kFormat,
/// naming `where`, for what is no JPEG, metadata that are not plain data, or that lack landmarks.
std::optional<PeerFace> read_deepfacelab(std::string_view jpeg, std::string_view where);
/// `jpeg` with the pickle in it. `picture_landmarks` in the picture's pixels, `mask` a PNG.
std::string with_deepfacelab(std::string_view jpeg, const PeerFace& face, const std::string& face_type,
                             const face::Landmarks& picture_landmarks);

/// faceswap's: a Python literal or JSON in a text chunk `faceswap` of a PNG, compressed or not. Absent where
/// there is none. Throws Error kFormat as above.
std::optional<PeerFace> read_faceswap(std::string_view png, std::string_view where);
/// `png` with the text in it.
std::string with_faceswap(std::string_view png, const PeerFace& face, const std::string& name,
                          int face_number);

/// A JSON list of 68 pairs. Throws Error kFormat, naming `where`.
face::Landmarks peer_landmarks(const Json& points, std::string_view where);
Json peer_points(const face::Landmarks& landmarks);

}  // namespace understudy::dataset
