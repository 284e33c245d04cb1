#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "understudy/core/table.h"

namespace understudy::model {

/// Sizes of a network; its architecture draws it. All sizes in pixels are powers of two times what the layers
/// need.
struct NetworkConfig {
  std::string architecture = "df";             ///< of the table in network_plan.h
  std::vector<std::string> variants;           ///< of the table below
  std::int64_t input_px = 0;                   ///< side of the picture the encoder sees
  std::int64_t output_px = 0;                  ///< side of the likeness' picture
  std::vector<std::int64_t> encoder_channels;  ///< one 5x5 convolution of stride 2 each
  std::int64_t code_size = 0;                  ///< the bottleneck
  std::int64_t inter_channels = 0;             ///< channels of the map that the bottleneck unfolds into
  std::vector<std::int64_t> decoder_channels;  ///< one doubling each
  /// The same for a performer where it has a decoder of its own; may have fewer doublings, for a smaller
  /// picture.
  std::vector<std::int64_t> performer_channels;
  /// Names of whom the model knows, for weights and headers: lower-case letters, digits and dashes.
  std::vector<std::string> likenesses = {"likeness"}, performers = {"performer"};

  bool has(const std::string& variant) const;
  bool operator==(const NetworkConfig&) const = default;
};

/// Words that change an architecture's layers, with what each does.
const Table<std::monostate>& network_variants();

}  // namespace understudy::model
