#include "draw.h"

#include <cmath>

namespace understudy::faces {

torch::Tensor Draw::log_uniform(double low, double high) const {
  return uniform(std::log(low), std::log(high)).exp_();
}

}  // namespace understudy::faces
