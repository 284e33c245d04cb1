#pragma once

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace understudy::faces {

enum class StepKind {
  kConv,  ///< convolution; normalised over the batch and rectified where the step says so
  kAdd,   ///< the sum of its inputs
  kUp,    ///< every pixel four times
  kMean,  ///< each channel's mean: one pixel
};

/// One step of a network. Steps are known by their place in the list; the picture is -1.
struct Step {
  std::string name;
  StepKind kind = StepKind::kConv;
  std::vector<int> inputs;
  std::int64_t channels_in = 0, channels_out = 0;
  std::int64_t kernel = 1, stride = 1, groups = 1;
  bool normalised = false, rectified = false;
  double first_bias = 0;  ///< of channel 0, before any training
};

struct Graph {
  std::vector<Step> steps;
  std::vector<std::pair<std::string, int>> outputs;  ///< name and step
};

/// Lays steps one after the other. A place is what the functions return and take: -1 is the picture.
class GraphMaker {
 public:
  /// Convolution, normalised, rectified.
  int conv(int from, std::int64_t channels, std::int64_t kernel, std::int64_t stride = 1);
  /// A convolution of each channel alone, then one of pixels alone; both normalised and rectified.
  int separable(int from, std::int64_t channels, std::int64_t stride = 1);
  /// The same with what came in added to it.
  int residual(int from) { return add(separable(from, channels_of(from)), from); }
  /// Widens by `factor`, filters each channel alone, narrows again, adds what came in (Sandler et al. 2018).
  /// Without a sum where stride or channels change.
  int bottleneck(int from, std::int64_t channels, std::int64_t factor, std::int64_t stride = 1);
  /// A convolution of pixels with a bias and nothing after it; channel 0 begins with `first_bias`.
  int plain(int from, std::int64_t channels, double first_bias = 0);
  int add(int a, int b);
  int up(int from);
  int mean(int from);
  /// Calls that step, and with it its weights, by the output's name.
  void output(const std::string& name, int from);

  const Graph& graph() const { return graph_; }

 private:
  std::int64_t channels_of(int place) const;
  int lay(Step step);

  Graph graph_;
};

/// Where each weight of a graph lies in one flat float32 buffer.
struct Layout {
  struct Entry {
    std::string name;
    std::vector<std::int64_t> shape;
    double first_bias = 0;  ///< of a bias
  };
  std::vector<Entry> entries;  ///< a convolution's NAME.weight, then NAME.scale and .shift, or .bias
  std::vector<std::int64_t> sizes;
  std::int64_t total = 0;
};

Layout layout_of(const Graph& graph);

/// Kaiming normal weights, scales 1, shifts and biases 0.
torch::Tensor first_weights(const Graph& graph, std::uint64_t seed);

/// Views of `flat`, one an entry; gradients flow back to it.
std::vector<torch::Tensor> views_of(const Layout& layout, const torch::Tensor& flat);

/// The mean and the variance that each normalised convolution saw.
using Moments = std::vector<std::pair<torch::Tensor, torch::Tensor>>;

/// The outputs for `pictures_nchw`, normalised by the batch's own moments, which `moments` takes when it is
/// not null.
std::vector<torch::Tensor> run(const Graph& graph, const std::vector<torch::Tensor>& weights,
                               const torch::Tensor& pictures_nchw, Moments* moments = nullptr);

constexpr double kNormEpsilon = 1e-5;

}  // namespace understudy::faces
