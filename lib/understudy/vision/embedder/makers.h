#pragma once

#include "understudy/vision/embedder.h"

namespace understudy::vision {

/// Our own network, trained on rendered people alone (docs/face-models.md). Comes with Understudy.
std::unique_ptr<Embedder> make_understudy_embedder(const EmbedderOptions& options);

/// Any network in `identity.onnx` of the model folder whose input is a face of 112 pixels, R, G, B, -1 to 1,
/// as ArcFace's are, and whose output is a vector.
std::unique_ptr<Embedder> make_onnx_embedder(const EmbedderOptions& options);

}  // namespace understudy::vision
