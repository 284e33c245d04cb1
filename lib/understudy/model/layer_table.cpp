#include "understudy/model/layer_table.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "understudy/core/text.h"

namespace understudy::model {
namespace {

/// A convolution or product with biases, at `places` of each face.
struct Product {
  std::int64_t inputs, outputs, places;
};

std::vector<Product> products_of(const Layer& l) {
  const std::int64_t window = l.channels_in * l.kernel * l.kernel;
  switch (l.kind) {
    case LayerKind::kConv:
      return {{window, l.channels_out, l.px_out * l.px_out}};
    case LayerKind::kUp:
      return {{window, 4 * l.channels_out, l.px_in * l.px_in}};
    case LayerKind::kPicture:
      return {{window, l.channels_out * (l.px_out > l.px_in ? 4 : 1), l.px_in * l.px_in}};
    case LayerKind::kResidual:
      return std::vector<Product>(2, {window, l.channels_out, l.px_out * l.px_out});
    case LayerKind::kDense:
      return {{l.channels_in, l.channels_out, 1}};
    case LayerKind::kFlatten:
    case LayerKind::kPixelNorm:
    case LayerKind::kMap:
      return {};
  }
  return {};
}

LayerRow row_of(const std::string& part, const Layer& layer) {
  LayerRow row{part, layer};
  for (const Product& p : products_of(layer)) {
    row.parameters += (p.inputs + 1) * p.outputs;
    row.multiply_adds += p.inputs * p.outputs * p.places;
  }
  return row;
}

double multiply_adds(const Part& part) {
  double sum = 0;
  for (const Layer& layer : part) sum += static_cast<double>(row_of("", layer).multiply_adds);
  return sum;
}

double multiply_adds(const NetworkPlan& plan, std::size_t identity) {
  double sum = multiply_adds(plan.encoder);
  for (const Part* part : parts_of_route(plan, plan.routes[identity], true)) sum += multiply_adds(*part);
  return sum;
}

std::string shape_text(std::int64_t channels, std::int64_t px) {
  return px == 1 ? text(channels) : text(channels, " x ", px, " x ", px);
}

std::string scaled(double value, const char* unit) {
  if (value >= 1e12) return text(fixed(value / 1e12, 2), " T", unit);
  if (value >= 1e9) return text(fixed(value / 1e9, 2), " G", unit);
  return text(fixed(value / 1e6, 2), " M", unit);
}

}  // namespace

std::vector<const Part*> parts_of_route(const NetworkPlan& plan, const Route& route, bool mixed) {
  std::vector<const Part*> parts;
  for (std::size_t i = 0; i < route.inters.size(); ++i)
    if (i == 0 || route.inters[i] != route.inters[i - 1]) parts.push_back(&plan.inters[route.inters[i]]);
  if (mixed && route.mixed_with >= 0)
    parts.push_back(&plan.inters[static_cast<std::size_t>(route.mixed_with)]);
  parts.push_back(&plan.decoders[route.decoder]);
  return parts;
}

std::string layer_kind_name(LayerKind kind) {
  switch (kind) {
    case LayerKind::kConv:
      return "convolution";
    case LayerKind::kResidual:
      return "residual block";
    case LayerKind::kFlatten:
      return "flatten";
    case LayerKind::kPixelNorm:
      return "pixel norm";
    case LayerKind::kDense:
      return "product";
    case LayerKind::kMap:
      return "unfold";
    case LayerKind::kUp:
      return "doubling";
    case LayerKind::kPicture:
      return "picture";
  }
  return {};
}

LayerTable layer_table(const NetworkConfig& config) {
  const NetworkPlan plan = network_plan(config);
  LayerTable table;
  const auto add = [&](const std::string& name, const Part& part) {
    for (const Layer& layer : part) {
      table.rows.push_back(row_of(name, layer));
      table.parameters += table.rows.back().parameters;
    }
  };
  add("encoder", plan.encoder);
  for (std::size_t i = 0; i < plan.inters.size(); ++i) add(text("inter ", i + 1), plan.inters[i]);
  for (std::size_t i = 0; i < plan.decoders.size(); ++i) add(text("decoder ", i + 1), plan.decoders[i]);
  const std::size_t first_performer = config.likenesses.size();
  table.inference_flops = 2 * multiply_adds(plan, 0);
  table.pair_forward_flops = table.inference_flops + 2 * multiply_adds(plan, first_performer);
  table.pair_training_flops = 3 * table.pair_forward_flops;
  return table;
}

std::string layer_table_text(const LayerTable& table) {
  std::ostringstream out;
  const auto line = [&](const std::string& part, const std::string& name, const std::string& kind,
                        const std::string& in, const std::string& outputs, const std::string& parameters,
                        const std::string& work) {
    out << std::left << std::setw(11) << part << std::setw(30) << name << std::setw(16) << kind
        << std::setw(18) << in << std::setw(18) << outputs << std::right << std::setw(12) << parameters
        << std::setw(17) << work << "\n";
  };
  line("part", "layer", "kind", "in", "out", "parameters", "multiply-adds");
  for (const LayerRow& row : table.rows) {
    const Layer& l = row.layer;
    line(row.part, l.name, layer_kind_name(l.kind), shape_text(l.channels_in, l.px_in),
         shape_text(l.channels_out, l.px_out), text(row.parameters), text(row.multiply_adds));
  }
  out << "\nparameters            " << table.parameters << "\n"
      << "a pair of faces       " << scaled(table.pair_forward_flops, "FLOP") << " forward, "
      << scaled(table.pair_training_flops, "FLOP") << " in training\n"
      << "a face, converted     " << scaled(table.inference_flops, "FLOP") << "\n";
  return out.str();
}

Json layer_table_json(const LayerTable& table) {
  Json layers = Json::array();
  for (const LayerRow& row : table.rows) {
    const Layer& l = row.layer;
    layers.push_back({{"part", row.part},
                      {"name", l.name},
                      {"kind", layer_kind_name(l.kind)},
                      {"in", {l.channels_in, l.px_in, l.px_in}},
                      {"out", {l.channels_out, l.px_out, l.px_out}},
                      {"parameters", row.parameters},
                      {"multiply_adds", row.multiply_adds}});
  }
  return {{"layers", std::move(layers)},
          {"parameters", table.parameters},
          {"pair_forward_flops", table.pair_forward_flops},
          {"pair_training_flops", table.pair_training_flops},
          {"inference_flops", table.inference_flops}};
}

}  // namespace understudy::model
