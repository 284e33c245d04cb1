#include "understudy/vision/embedder/network.h"

#include <opencv2/core.hpp>
#include <opencv2/dnn/dnn.hpp>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/text.h"
#include "understudy/vision/network.h"

namespace understudy::vision {
namespace {

constexpr std::size_t kFewestNumbers = 16, kMostNumbers = 4096;

class NetworkEmbedder final : public Embedder {
 public:
  NetworkEmbedder(std::string name, std::filesystem::path path, std::shared_ptr<const std::string> onnx,
                  const NetworkEye& eye)
      : name_(std::move(name)),
        path_(std::move(path)),
        onnx_(std::move(onnx)),
        eye_(eye),
        net_(load_network(*onnx_, path_)) {}

  /// Throws Error kFormat when the network does not answer as it should.
  void try_out() {
    cv::Mat view(eye_.side, eye_.side, CV_8UC3);
    cv::RNG(1).fill(view, cv::RNG::UNIFORM, 0, 256);
    answer(view);
  }

  face::Identity embed(const cv::Mat& bgr8, const face::Landmarks& landmarks) override {
    const cv::Mat out = answer(identity_view(bgr8, landmarks, eye_.side));
    const auto* first = out.ptr<float>();
    return face::unit_length({first, first + out.total()});
  }

  std::string name() const override { return name_; }
  double same_person() const override { return eye_.same_person; }
  double other_person() const override { return eye_.other_person; }
  std::unique_ptr<Embedder> twin() const override {
    return std::make_unique<NetworkEmbedder>(name_, path_, onnx_, eye_);
  }

 private:
  /// For a view; at least kFewestNumbers numbers, not all of them 0.
  cv::Mat answer(const cv::Mat& view) {
    const cv::Mat input =
        cv::dnn::blobFromImage(view, 1 / eye_.spread, {}, cv::Scalar::all(127.5), eye_.red_first);
    const cv::Mat out = run_network(net_, input, net_.getUnconnectedOutLayersNames(), path_).front();
    const bool fits = out.total() >= kFewestNumbers && out.total() <= kMostNumbers && out.isContinuous();
    if (fits && cv::checkRange(out) && cv::norm(out) > 0) return out;
    throw Error(
        ErrorCode::kFormat,
        text(path_.string(), " gives ", out.total(), " numbers for a face, finite ones and not all 0, ",
             kFewestNumbers, " to ", kMostNumbers, " of them, were expected"),
        "use a network that tells people apart, as docs/tools/align.md says");
  }

  std::string name_;
  std::filesystem::path path_;
  std::shared_ptr<const std::string> onnx_;
  NetworkEye eye_;
  cv::dnn::Net net_;
};

}  // namespace

std::unique_ptr<Embedder> make_network_embedder(std::string name, const std::filesystem::path& path,
                                                const NetworkEye& eye) {
  auto out = std::make_unique<NetworkEmbedder>(std::move(name), path,
                                               std::make_shared<const std::string>(read_file(path)), eye);
  out->try_out();
  return out;
}

}  // namespace understudy::vision
