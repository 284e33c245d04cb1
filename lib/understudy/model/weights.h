#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/model/network_plan.h"
#include "understudy/model/safetensors.h"

namespace understudy::model {

/// Where each weight lies in one flat float32 buffer, so that optimiser and average are single passes over
/// memory.
struct WeightLayout {
  struct Entry {
    std::string name;
    std::vector<std::int64_t>
        shape;  ///< convolutions O x I x K x K, stored channels-last; products O x I; biases O
    std::int64_t offset = 0, count = 0;
    double gain = 1;  ///< initial spread relative to Kaiming's
  };
  std::vector<Entry> entries;
  std::int64_t total = 0;

  void append(std::string name, std::vector<std::int64_t> shape, double gain);
};

/// All parts' weights: the encoder's, the inters', the decoders'.
WeightLayout weight_layout(const NetworkPlan& plan);
inline WeightLayout weight_layout(const NetworkConfig& config) {
  return weight_layout(network_plan(config));
}

/// A flat buffer with initial weights: Kaiming normal, biases 0; a function of the seed alone.
torch::Tensor initial_weights(const WeightLayout& layout, std::uint64_t seed);

/// Views into `flat`, one for each entry, in the layout's order and memory format.
std::vector<torch::Tensor> weight_views(const WeightLayout& layout, const torch::Tensor& flat);

/// The entries of `flat`, each named `prefix` + its name, for a file.
NamedTensors named_weights(const WeightLayout& layout, const torch::Tensor& flat, std::string_view prefix);

/// Copies the tensors of those names, of any floating type, into `flat`. Throws Error kFormat, naming
/// `where`, when one is missing or of another shape; `flat` is then as it was.
void fill_weights(const WeightLayout& layout, const torch::Tensor& flat, const TensorFile& file,
                  std::string_view prefix, std::string_view where);

}  // namespace understudy::model
