#pragma once

#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/table.h"
#include "understudy/dataset/peer/peer_face.h"

namespace understudy::stages {

/// A face of ours on its way out.
struct OutgoingFace {
  cv::Mat picture;   ///< the aligned crop, CV_8UC3
  std::string mask;  ///< bytes of its mask's PNG; may be empty
  std::string crop_family;
  dataset::PeerFace face;  ///< picture_from_frame and box are there
  std::string name;        ///< of the file, without extension
  int number = 0;          ///< in its frame
};

/// How another program keeps faces.
struct PeerFormat {
  std::vector<std::string> extensions;  ///< of the pictures; the first one is written
  std::optional<dataset::PeerFace> (*read)(std::string_view bytes, std::string_view where);
  std::string (*write)(const OutgoingFace& face);  ///< gives the file's bytes
};

/// To add one: a row in faces_peer.cpp, its reader and writer in dataset/peer/, a row in docs/tools/faces.md.
const Table<PeerFormat>& peer_formats();

}  // namespace understudy::stages
