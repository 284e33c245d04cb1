#pragma once

#include <memory>
#include <string>

#include "understudy/vision/embedder.h"

namespace understudy::vision {

/// How a network looks at faces.
struct NetworkEye {
  int side = 0;       ///< of the view, pixels
  double spread = 0;  ///< its input is (value - 127.5) / spread
  bool red_first = false;
  double same_person = 0, other_person = 0;
};

/// An embedder whose numbers the first output of a network gives. Throws Error kInput for a file that cannot
/// be read and kFormat for a network that does not answer so.
std::unique_ptr<Embedder> make_network_embedder(std::string name, const std::filesystem::path& path,
                                                const NetworkEye& eye);

}  // namespace understudy::vision
