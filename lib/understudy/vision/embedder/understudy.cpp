#include "understudy/vision/embedder/makers.h"
#include "understudy/vision/embedder/network.h"
#include "understudy/vision/model_files.h"

namespace understudy::vision {

std::unique_ptr<Embedder> make_understudy_embedder(const EmbedderOptions& options) {
  // The limits were measured, docs/face-models.md.
  return make_network_embedder(
      "understudy", find_shipped_model_file("understudy_identity.onnx", options.model_dir),
      {.side = 64, .spread = 64, .red_first = false, .same_person = 0.9, .other_person = 0.75});
}

}  // namespace understudy::vision
