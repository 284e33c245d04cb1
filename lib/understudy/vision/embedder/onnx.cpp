#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/core/text.h"
#include "understudy/vision/embedder/makers.h"
#include "understudy/vision/embedder/network.h"

namespace understudy::vision {
namespace {

constexpr const char* kFile = "identity.onnx";
constexpr std::size_t kNamedDigits = 16;

}  // namespace

std::unique_ptr<Embedder> make_onnx_embedder(const EmbedderOptions& options) {
  const std::filesystem::path path = options.model_dir / kFile;
  if (options.model_dir.empty() || !std::filesystem::exists(path))
    throw Error(ErrorCode::kInput,
                options.model_dir.empty()
                    ? text("the embedder 'onnx' needs --model-dir, the folder with its ", kFile)
                    : text("the embedder 'onnx' needs a file that is not there: ", path.string()),
                text("put a network that tells people apart there as ", kFile,
                     ": its input is a face of 112 pixels, as docs/tools/align.md says"));
  // Between the likeness of the same and of other people that is usual for networks of that kind.
  return make_network_embedder(
      text("onnx ", sha256(read_file(path)).substr(0, kNamedDigits)), path,
      {.side = 112, .spread = 127.5, .red_first = true, .same_person = 0.4, .other_person = 0.25});
}

}  // namespace understudy::vision
