#include <zlib.h>

#include <cmath>

#include "understudy/dataset/peer/peer_face.h"
#include "understudy/dataset/peer/python_literal.h"
#include "understudy/dataset/png_chunks.h"

namespace understudy::dataset {
namespace {

constexpr std::string_view kKeyword("faceswap\0", 9);

std::string inflated(std::string_view bytes, std::string_view where) {
  constexpr uLongf kMost = 16 << 20;
  std::string out(kMost, '\0');
  uLongf size = kMost;
  if (uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                 static_cast<uLong>(bytes.size())) != Z_OK)
    throw Error(ErrorCode::kFormat, text(where, ": its metadata cannot be inflated, or are too large"));
  out.resize(size);
  return out;
}

/// The text of a tEXt, zTXt or iTXt chunk with faceswap's keyword, absent for another chunk.
std::optional<std::string> text_of(const PngChunk& chunk, std::string_view where) {
  if (!chunk.content.starts_with(kKeyword)) return std::nullopt;
  std::string_view rest = chunk.content.substr(kKeyword.size());
  if (chunk.name == "tEXt") return std::string(rest);
  if (chunk.name == "zTXt" && !rest.empty()) return inflated(rest.substr(1), where);
  if (chunk.name != "iTXt" || rest.size() < 4) return std::nullopt;
  const bool is_compressed = rest[0] != 0;
  rest.remove_prefix(2);
  for (int ends = 0; ends < 2; ++ends) {  // language, translated keyword
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos)
      throw Error(ErrorCode::kFormat, text(where, ": its text chunk is damaged"));
    rest.remove_prefix(end + 1);
  }
  return is_compressed ? inflated(rest, where) : std::string(rest);
}

PeerFace face_of(const Json& metadata, std::string_view where) {
  const Json alignments = json_field<Json>(metadata, "alignments", where);
  const Json source = json_field<Json>(metadata, "source", where);
  PeerFace out;
  out.landmarks = peer_landmarks(json_field<Json>(alignments, "landmarks_xy", where), where);
  out.box = face::Box(json_field<float>(alignments, "x", where), json_field<float>(alignments, "y", where),
                      json_field<float>(alignments, "w", where), json_field<float>(alignments, "h", where));
  out.plate = json_field<std::string>(source, "source_filename", where);
  if (const Json size = source.value("source_frame_dims", Json()); size.is_array() && size.size() >= 2) {
    out.plate_height = json_as<int>(size[0]);
    out.plate_width = json_as<int>(size[1]);
    if (out.plate_height < 1 || out.plate_width < 1)
      throw Error(ErrorCode::kFormat, text(where, ": no plate has the size ", json_text(size)));
  }
  return out;
}

}  // namespace

std::optional<PeerFace> read_faceswap(std::string_view png, std::string_view where) {
  for (const PngChunk& chunk : png_chunks(png, where))
    if (const auto words = text_of(chunk, where)) return face_of(read_python_literal(*words, where), where);
  return std::nullopt;
}

std::string with_faceswap(std::string_view png, const PeerFace& face, const std::string& name,
                          int face_number) {
  const face::Box box = face.box.value();
  const Json metadata = {
      {"alignments",
       {{"x", std::lround(box.x)},
        {"w", std::lround(box.width)},
        {"y", std::lround(box.y)},
        {"h", std::lround(box.height)},
        {"landmarks_xy", peer_points(face.landmarks)},
        {"mask", Json::object()},
        {"identity", Json::object()}}},
      {"source",
       {{"alignments_version", 1.0},  // whose crops lie about the nose: nothing else must be known
        {"original_filename", name},
        {"face_index", face_number},
        {"source_filename", face.plate},
        {"source_is_video", false},
        {"source_frame_dims", {face.plate_height, face.plate_width}}}}};
  const std::string content = text(kKeyword, std::string_view("\0\0\0\0", 4), python_literal(metadata));
  std::string out(png);
  return out.insert(kPngHeadBytes, png_chunk("iTXt", content));
}

}  // namespace understudy::dataset
