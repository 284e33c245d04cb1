#include "understudy/model/network_plan.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <variant>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/networks/blocks.h"

namespace understudy::model {
namespace {

void require(bool holds, const std::string& where, const std::string& sentence) {
  if (!holds) throw Error(ErrorCode::kFormat, text(where, ": ", sentence));
}

void check_range(const std::string& where, std::string_view name, std::int64_t value, std::int64_t least,
                 std::int64_t most) {
  require(value >= least && value <= most, where,
          text(name, " is ", value, ", from ", least, " to ", most, " was expected"));
}

void check_widths(const std::string& where, std::string_view name, const std::vector<std::int64_t>& widths) {
  check_range(where, text("the number of ", name), static_cast<std::int64_t>(widths.size()), 1, 8);
  for (std::int64_t width : widths) check_range(where, text("a width of ", name), width, 1, 4096);
}

void check_words(const NetworkConfig& n, const std::string& where) {
  try {
    architectures().at(n.architecture);
    for (const std::string& variant : n.variants) network_variants().at(variant);
  } catch (const Error& e) {
    require(false, where, text(e.message(), "; ", e.hint()));
  }
}

void check_names(const NetworkConfig& n, const std::string& where) {
  std::set<std::string> seen;
  for (const auto* names : {&n.likenesses, &n.performers}) {
    check_range(where, "the number of people of a side", static_cast<std::int64_t>(names->size()), 1, 64);
    for (const std::string& name : *names) {
      const bool plain = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
        return std::islower(c) || std::isdigit(c) || c == '-' || c == '_';
      });
      require(plain, where, text("the name '", name, "' may hold lower-case letters, digits, - and _ only"));
      require(seen.insert(name).second, where, text("the name '", name, "' comes twice"));
    }
  }
  require(n.architecture == "comb" || (n.likenesses.size() == 1 && n.performers.size() == 1), where,
          text("the architecture '", n.architecture, "' knows one likeness and one performer, not ",
               n.likenesses.size(), " and ", n.performers.size(), "; 'comb' knows more"));
}

}  // namespace

bool NetworkConfig::has(const std::string& variant) const {
  return std::ranges::find(variants, variant) != variants.end();
}

const Table<std::monostate>& network_variants() {
  static const Table<std::monostate> table(
      "variant", {{"pixel-norm", "the encoder's output is normalised: steadier training", {}},
                  {"double-resolution",
                   "the last doubling gives the picture itself: twice the size for the same work",
                   {}},
                  {"deep", "residual blocks in the encoder, and a map that is not doubled", {}},
                  {"flat-inter", "the map is not doubled before the decoders", {}},
                  {"plain", "no residual blocks in the decoders", {}}});
  return table;
}

void check_network_config(const NetworkConfig& n, const std::string& where) {
  check_words(n, where);
  check_range(where, "input_px", n.input_px, 8, 2048);
  check_range(where, "output_px", n.output_px, 16, 2048);
  check_widths(where, "encoder_channels", n.encoder_channels);
  check_widths(where, "decoder_channels", n.decoder_channels);
  if (!n.performer_channels.empty()) check_widths(where, "performer_channels", n.performer_channels);
  check_range(where, "code_size", n.code_size, 1, 8192);
  check_range(where, "inter_channels", n.inter_channels, 2, 4096);
  check_names(n, where);
  const auto halves = static_cast<int>(n.encoder_channels.size());
  require(n.input_px >> halves > 0 && n.input_px % (std::int64_t{1} << halves) == 0, where,
          text("input_px ", n.input_px, " cannot be halved ", halves, " times"));
  const std::int64_t map = map_px(n);
  require(map > 0 && n.output_px % map == 0 && ((n.output_px / map) & (n.output_px / map - 1)) == 0, where,
          text("output_px ", n.output_px, " cannot be halved as often as the decoder doubles"));
  if (n.performer_channels.empty()) return;
  require(n.performer_channels.size() <= n.decoder_channels.size(), where,
          "the performer's decoder has more doublings than the likeness'");
  require(n.output_px >> (n.decoder_channels.size() - n.performer_channels.size()) >= 11, where,
          "the performer's picture is below 11 pixels");
}

NetworkPlan network_plan(const NetworkConfig& config) {
  return architectures().at(config.architecture)(config);
}

bool same_codes(const NetworkConfig& a, const NetworkConfig& b) {
  const NetworkPlan plan = network_plan(a), other = network_plan(b);
  return plan.encoder == other.encoder && plan.inters == other.inters;
}

}  // namespace understudy::model
