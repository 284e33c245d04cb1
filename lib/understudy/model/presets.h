#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/core/table.h"
#include "understudy/model/network_config.h"

namespace understudy::model {

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
  double saturation = 0;      ///< relative
  double hue_deg = 0;         ///< turn around the grey axis
  double blur = 0;            ///< probability that the input alone is blurred
  double blur_sigma = 0;      ///< of that blur, uniform from 0 to this, of the network's side
  /// Moves likenesses' codes towards the performer's in like poses, by 0 to this of the way, and gives the
  /// targets the light that the starting weights see in the move. Needs such weights and a frozen encoder.
  double code_shift = 0;
  double noise = 0;  ///< in the input alone, standard deviation, uniform from 0 to this

  bool operator==(const AugmentConfig&) const = default;
};

struct LossTerm {
  std::string name;  ///< of the table in losses.h
  double weight = 1;

  bool operator==(const LossTerm&) const = default;
};

struct TrainingConfig {
  std::int64_t batch = 0;       ///< faces of each person in a step
  std::int64_t accumulate = 1;  ///< batches whose gradients make one update
  std::int64_t iterations = 0;  ///< planned length when neither --iterations nor --minutes is given
  std::string optimizer;        ///< of the table in optimizer.h
  double learning_rate = 0;
  std::string schedule = "cosine";  ///< of the table in schedule.h
  std::int64_t warmup = 0;          ///< iterations until the full rate
  double final_rate = 0;            ///< part of the rate left at the end of the cosine
  double rate_dropout = 0;          ///< part of the weights that each step leaves out, by chance
  double beta1 = 0.9, beta2 = 0.999;
  double weight_decay = 0;
  double clip_norm = 0;         ///< global norm of the gradient; 0: no clipping
  double clip_percentile = 0;   ///< clips to this percentile (0..100) of the latest norms; 0: no
  double ema = 0;               ///< decay of the averaged weights that preview and convert use
  double no_warp_tail = 0;      ///< last part of the training, in which the input's disturbance fades out
  double outside_weight = 0;    ///< weight of the picture outside the dilated mask, 0..1
  double performer_weight = 1;  ///< of the performers' loss beside the likeness'; 0 leaves them out
  double morph_factor = 0.5;    ///< amp: part of the likeness' channels that come from its own inter
  double adversarial = 0;       ///< weight of the patch discriminator's verdict; 0: there is none
  double code_adversarial = 0;  ///< weight of the code discriminator's verdict; 0: there is none
  bool fit_outline =
      false;  ///< brings the likeness' head to the size of the performer's, by the jaws' landmarks
  /// The performers' faces are answered with the likeness' face of the same moment: for a base model, from
  /// sets in which both did the same. The performers' own decoders then learn nothing.
  bool paired = false;
  double pose_balance = 0;          ///< 0: faces as they come; 1: every bin of yaw and pitch equally often
  std::vector<std::string> freeze;  ///< weights whose names begin like one of these stay as they are
  std::vector<LossTerm> losses;     ///< by name
  AugmentConfig augment;

  bool operator==(const TrainingConfig&) const = default;
};

struct Preset {
  std::string summary;
  NetworkConfig network;
  TrainingConfig training;

  bool operator==(const Preset&) const = default;
};

/// To add one: presets/NAME.toml with every value and its name in presets.cpp, a line in docs/; the tests
/// walk the table.
const Table<Preset>& presets();

/// Every value.
Json training_to_json(const TrainingConfig& config);
Json preset_to_json(const Preset& preset);
Json network_to_json(const NetworkConfig& network);
/// `where` names the source in messages. A field `from` names a preset of the table whose values stand for
/// those that are not given. Throws Error kFormat when a field is missing, not known (with the nearest that
/// is), of another type or makes no sense.
Preset preset_from_json(const Json& json, std::string_view where);
/// The same for a network alone, of which every field must be given.
NetworkConfig network_from_json(const Json& json, std::string_view where);
/// The preset of that name, or in that TOML file when the name ends in .toml. Throws Error kUsage or kInput.
Preset find_preset(const std::string& name_or_file);
/// `training` with the fields of `changes` instead; the losses are replaced as a whole. Throws as above.
TrainingConfig changed_training(const TrainingConfig& training, const Json& changes, std::string_view where);
/// Throws Error kFormat with a sentence when the sizes do not fit each other or a value is out of range.
void check_preset(const Preset& preset, std::string_view where);

}  // namespace understudy::model
