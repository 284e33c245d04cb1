#include "understudy/vision/upscaler.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <opencv2/dnn/dnn.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/text.h"
#include "understudy/vision/network.h"

namespace understudy::vision {
namespace {

/// Where tiles begin: the last ends with the picture.
std::vector<int> tile_starts(int side) {
  std::vector<int> out;
  for (int start = 0; start + Upscaler::kTile < side; start += Upscaler::kTile - Upscaler::kOverlap)
    out.push_back(start);
  out.push_back(side - Upscaler::kTile);
  return out;
}

/// How much each pixel of a tile counts along one axis: rising over the overlap, unless that is the picture's
/// edge.
std::vector<float> weights_along(int start, int side, int scale) {
  const int length = Upscaler::kTile * scale;
  const auto ramp = static_cast<float>(Upscaler::kOverlap * scale);
  std::vector<float> out(static_cast<std::size_t>(length), 1);
  for (int i = 0; i < length; ++i) {
    const float from_begin = start == 0 ? 1 : (static_cast<float>(i) + 0.5F) / ramp;
    const float from_end =
        start + Upscaler::kTile == side ? 1 : (static_cast<float>(length - i) - 0.5F) / ramp;
    out[static_cast<std::size_t>(i)] = std::min({1.0F, from_begin, from_end});
  }
  return out;
}

void add_weighted(const cv::Mat& tile, const std::vector<float>& across, const std::vector<float>& down,
                  cv::Mat sum, cv::Mat weights) {
  for (int y = 0; y < tile.rows; ++y) {
    const auto* from = tile.ptr<cv::Vec3f>(y);
    auto* to = sum.ptr<cv::Vec3f>(y);
    auto* weight = weights.ptr<float>(y);
    for (int x = 0; x < tile.cols; ++x) {
      const float w = across[static_cast<std::size_t>(x)] * down[static_cast<std::size_t>(y)];
      to[x] += w * from[x];
      weight[x] += w;
    }
  }
}

}  // namespace

struct Upscaler::IdleNetworks {
  std::mutex mutex;
  std::vector<cv::dnn::Net> networks;

  std::optional<cv::dnn::Net> take() {
    const std::scoped_lock lock(mutex);
    if (networks.empty()) return std::nullopt;
    cv::dnn::Net out = networks.back();
    networks.pop_back();
    return out;
  }
  void give_back(const cv::dnn::Net& network) {
    const std::scoped_lock lock(mutex);
    networks.push_back(network);
  }
};

Upscaler::~Upscaler() = default;

Upscaler::Upscaler(const std::filesystem::path& onnx)
    : path_(onnx), bytes_(read_file(onnx)), idle_(std::make_unique<IdleNetworks>()) {
  constexpr int kLeast = 2, kMost = 8;
  const cv::Mat tried = run(cv::Mat::zeros(kTile, kTile, CV_32FC3));
  scale_ = tried.cols / kTile;
  if (tried.rows != tried.cols || tried.cols % kTile != 0 || scale_ < kLeast || scale_ > kMost)
    throw Error(ErrorCode::kFormat,
                text(onnx.string(), " makes ", tried.cols, "x", tried.rows, " pixels of ", kTile, "x", kTile,
                     ", a whole factor from ", kLeast, " to ", kMost, " was expected"),
                "use a super-resolution network");
}

cv::Mat Upscaler::run(const cv::Mat& tile) const {
  std::optional<cv::dnn::Net> idle = idle_->take();
  cv::dnn::Net net = idle ? *idle : load_network(bytes_, path_);
  const cv::Mat blob = run_network(net, cv::dnn::blobFromImage(tile, 1, {}, {}, true),
                                   net.getUnconnectedOutLayersNames(), path_)
                           .front();
  if (blob.dims != 4 || blob.size[0] != 1 || blob.size[1] != 3)
    throw Error(ErrorCode::kFormat, text(path_.string(), " does not make one picture of three channels"),
                "use a super-resolution network");
  std::array<cv::Mat, 3> channels;
  for (int c = 0; c < 3; ++c)
    channels[static_cast<std::size_t>(2 - c)] =
        cv::Mat(blob.size[2], blob.size[3], CV_32FC1, const_cast<float*>(blob.ptr<float>(0, c)));
  cv::Mat out;
  cv::merge(channels.data(), channels.size(), out);
  idle_->give_back(net);
  return out;
}

cv::Mat Upscaler::enlarged(const cv::Mat& bgr) const {
  if (bgr.type() != CV_32FC3 || bgr.empty()) throw Error(ErrorCode::kBug, "only float pictures are enlarged");
  cv::Mat padded;
  cv::copyMakeBorder(bgr, padded, 0, std::max(0, kTile - bgr.rows), 0, std::max(0, kTile - bgr.cols),
                     cv::BORDER_REPLICATE);
  cv::Mat sum = cv::Mat::zeros(padded.size() * scale_, CV_32FC3),
          weights = cv::Mat::zeros(sum.size(), CV_32FC1);
  for (const int y : tile_starts(padded.rows)) {
    for (const int x : tile_starts(padded.cols)) {
      const cv::Rect place(x, y, kTile, kTile), there(x * scale_, y * scale_, kTile * scale_, kTile * scale_);
      add_weighted(run(padded(place)), weights_along(x, padded.cols, scale_),
                   weights_along(y, padded.rows, scale_), sum(there), weights(there));
    }
  }
  cv::Mat three;
  cv::merge(std::vector<cv::Mat>(3, weights), three);
  sum /= three;
  return sum(cv::Rect({}, bgr.size() * scale_)).clone();
}

}  // namespace understudy::vision
