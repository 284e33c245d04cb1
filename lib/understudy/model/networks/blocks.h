#pragma once

#include <string>
#include <vector>

#include "understudy/model/network_plan.h"

namespace understudy::model {

/// Lays one layer after another, each where the last one ended.
class PartBuilder {
 public:
  PartBuilder(std::int64_t channels, std::int64_t px) : channels_(channels), px_(px) {}

  PartBuilder& conv(const std::string& name, std::int64_t channels_out);  ///< 5x5, stride 2
  PartBuilder& residual(const std::string& name);
  PartBuilder& flatten();
  PartBuilder& pixel_norm();
  PartBuilder& dense(const std::string& name, std::int64_t size);
  PartBuilder& map(std::int64_t channels, std::int64_t px);
  PartBuilder& up(const std::string& name, std::int64_t channels_out);
  PartBuilder& picture(const std::string& name, std::int64_t kernel, bool doubled);

  std::int64_t channels() const { return channels_; }
  std::int64_t px() const { return px_; }
  Part take() { return std::move(part_); }

 private:
  PartBuilder& add(std::string name, LayerKind kind, std::int64_t channels_out, std::int64_t px_out,
                   std::int64_t kernel = 0);

  std::int64_t channels_, px_;
  Part part_;
};

/// The convolutions of the encoder, with residual blocks after the first and the last if `deep`, and the flat
/// code of their output.
PartBuilder encoder_builder(const NetworkConfig& config);

/// Side of the map that the bottleneck unfolds to.
std::int64_t map_px(const NetworkConfig& config);

/// Unfolds a code of `size` values into `channels` channels, and doubles the map unless `flat-inter` or
/// `deep`.
void add_unfolding(PartBuilder& builder, const NetworkConfig& config, const std::string& name,
                   std::int64_t channels);

/// Doublings of those widths, each with a residual block unless `plain`, and the picture.
Part decoder_part(const NetworkConfig& config, const std::string& name, std::int64_t channels_in,
                  const std::vector<std::int64_t>& widths);

/// Widths of the performers' decoders: their own, or the likeness'.
const std::vector<std::int64_t>& performer_widths(const NetworkConfig& config);

}  // namespace understudy::model
