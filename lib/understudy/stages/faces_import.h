#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "understudy/dataset/peer/peer_face.h"
#include "understudy/stages/align_faces.h"
#include "understudy/stages/faces_peer.h"

namespace understudy {
class Report;
}

namespace understudy::stages {

/// A picture of another program's, and which face of which frame it is.
struct IncomingFace {
  std::filesystem::path path;
  std::int64_t frame = 0;
  int face = 0;
  dataset::PeerFace peer;
};

/// All pictures of the folder that carry metadata, by frame and face. The frame is the last number in the
/// plate's file name, else a running one; faces of a frame are numbered in the order of their files' names.
/// Those without metadata are failures in the report. Throws Error kInput when there is none, kFormat for
/// damaged or hostile metadata.
std::vector<IncomingFace> read_incoming(const std::filesystem::path& folder, const PeerFormat& format,
                                        Report& report);

/// SHA-256 of all the files' names and digests.
std::string digest_of(const std::vector<IncomingFace>& faces);

/// Brings a face into our form, with whose it is. `landmarker` is asked where the format does not say how the
/// picture lies in the plate. Throws Error kFormat when picture and landmarks do not belong together.
AlignedFace bring_in(const IncomingFace& face, const std::string& source, const face::CropFamily& family,
                     int size, vision::Landmarker* landmarker, vision::Embedder& embedder);

/// What extract would have written of the face.
ExtractedFace as_extracted(const IncomingFace& face, const std::string& source);

}  // namespace understudy::stages
