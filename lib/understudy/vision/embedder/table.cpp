#include "understudy/vision/embedder.h"
#include "understudy/vision/embedder/makers.h"

namespace understudy::vision {

const Table<EmbedderFactory>& embedders() {
  static const Table<EmbedderFactory> table{
      "embedder",
      {{"understudy", "our own network, learned from rendered people alone; comes with Understudy",
        make_understudy_embedder},
       {"onnx", "any network of 112 pixels as ArcFace's; needs identity.onnx in --model-dir",
        make_onnx_embedder}}};
  return table;
}

}  // namespace understudy::vision
