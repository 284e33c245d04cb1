#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/core/table.h"

namespace understudy::model {

/// Sizes of the network; network.h draws it. All sizes in pixels are powers of two times what the layers
/// need.
struct NetworkConfig {
  std::int64_t input_px = 0;                     ///< side of the picture the encoder sees
  std::int64_t output_px = 0;                    ///< side of the likeness decoder's picture
  std::vector<std::int64_t> encoder_channels;    ///< one 5x5 convolution of stride 2 each
  std::int64_t code_size = 0;                    ///< the bottleneck
  std::int64_t inter_channels = 0;               ///< channels of the map that the bottleneck unfolds into
  std::vector<std::int64_t> likeness_channels;   ///< one doubling each; one more doubling makes the picture
  std::vector<std::int64_t> performer_channels;  ///< the same for the performer; may have fewer doublings
  bool residual = true;                          ///< a residual block after each doubling

  bool operator==(const NetworkConfig&) const = default;
};

/// How a batch is disturbed; see augment.h. Ranges are half-widths of uniform draws unless they say
/// otherwise.
struct AugmentConfig {
  double rotation_deg = 0;
  double scale = 0;               ///< relative
  double shift = 0;               ///< of the network's side
  double flip = 0;                ///< probability
  double input_rotation_deg = 0;  ///< these three move the input alone
  double input_scale = 0;
  double input_shift = 0;
  double warp = 0;            ///< standard deviation of the 5x5 warp grid, of the network's side
  double bend_min = 0;        ///< how far the input's features are bent towards the other person's places,
  double bend_max = 0;        ///< uniform between the two; 1 is all the way
  double mix = 0;             ///< the other person's share in the input, uniform from 0 to this
  double relight = 0;         ///< 0..1: gives the likeness the performer's light at the same pose
  double gain = 0;            ///< log of brightness, the same for all channels
  double channel_gain = 0;    ///< log of brightness, per channel
  double light_gradient = 0;  ///< log of brightness that varies smoothly over the picture

  bool operator==(const AugmentConfig&) const = default;
};

struct LossTerm {
  std::string name;  ///< of the table in losses.h
  double weight = 1;

  bool operator==(const LossTerm&) const = default;
};

struct TrainingConfig {
  std::int64_t batch = 0;       ///< faces of each side in a step
  std::int64_t iterations = 0;  ///< planned length when neither --iterations nor --minutes is given
  std::string optimizer;        ///< of the table in optimizer.h
  double learning_rate = 0;
  std::int64_t warmup = 0;  ///< iterations until the full rate
  double final_rate = 0;    ///< part of the rate left at the end of the cosine
  double beta1 = 0.9, beta2 = 0.999;
  double weight_decay = 0;
  double clip_norm = 0;         ///< global norm of the gradient; 0: no clipping
  double ema = 0;               ///< decay of the averaged weights that preview and convert use
  double no_warp_tail = 0;      ///< last part of the training, in which the input's disturbance fades out
  double outside_weight = 0;    ///< weight of the picture outside the dilated mask, 0..1
  double performer_weight = 1;  ///< of the performer's loss beside the likeness'
  bool fit_outline =
      false;  ///< brings the likeness' head to the size of the performer's, by the jaws' landmarks
  double yaw_balance = 0;  ///< 0: faces as they come; 1: every bin of yaw equally often
  std::vector<LossTerm> losses;
  AugmentConfig augment;

  bool operator==(const TrainingConfig&) const = default;
};

struct Preset {
  NetworkConfig network;
  TrainingConfig training;

  bool operator==(const Preset&) const = default;
};

/// To add one: a row in presets.cpp, a line in docs/; the tests walk the table.
const Table<Preset>& presets();

Json preset_to_json(const Preset& preset);
/// `where` names the source in messages. Throws Error kFormat when a field is missing, of another type or
/// makes no sense.
Preset preset_from_json(const Json& json, std::string_view where);
/// Throws Error kFormat with a sentence when the sizes do not fit each other or a value is out of range.
void check_preset(const Preset& preset, std::string_view where);

}  // namespace understudy::model
