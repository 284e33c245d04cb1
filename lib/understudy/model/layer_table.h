#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/model/network_plan.h"

namespace understudy::model {

/// One layer in numbers.
struct LayerRow {
  std::string part;  ///< "encoder", "inter 1", "decoder 2": counted from 1 in the plan's order
  Layer layer;
  std::int64_t parameters = 0;
  std::int64_t multiply_adds = 0;  ///< for one face
};

/// What a network is and costs, before anything of it is allocated. A multiply-add is two FLOPs; activations,
/// norms and sums are not counted.
struct LayerTable {
  std::vector<LayerRow> rows;
  std::int64_t parameters = 0;     ///< weight_layout().total
  double pair_forward_flops = 0;   ///< one face of the first likeness and one of the first performer
  double pair_training_flops = 0;  ///< three times that: the backward pass takes two forward ones
  double inference_flops = 0;      ///< one face of a performer, swapped
};
LayerTable layer_table(const NetworkConfig& config);

/// "convolution", "residual block" ...: what a layer is called in tables.
std::string layer_kind_name(LayerKind kind);

/// Parts of a plan that an identity's picture runs through after the encoder, each as often as it is run.
/// `mixed`: the inter that stands in for morphing is run too, where the route has one.
std::vector<const Part*> parts_of_route(const NetworkPlan& plan, const Route& route, bool mixed);

std::string layer_table_text(const LayerTable& table);
/// {"layers": [{"part", "name", "kind", "in", "out", "parameters", "multiply_adds"}], "parameters",
/// "pair_forward_flops", "pair_training_flops", "inference_flops"}; shapes are [channels, height, width].
Json layer_table_json(const LayerTable& table);

}  // namespace understudy::model
