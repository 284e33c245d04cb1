#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "understudy/stages/loss_log.h"

namespace understudy::stages {

/// A number of each line of the log, and how it is drawn.
struct Curve {
  std::string name;
  std::string color;  ///< as CSS has it
  double LossLine::*number = nullptr;
};

/// An SVG picture of curves over the iterations: what the numbers span, pale, and their running mean;
/// logarithmic where `logarithmic` and all are above 0. Troubles are red lines, stages dashed ones with their
/// names, both with their words as tooltips. Empty when there is nothing to draw.
std::string svg_chart(const std::string& title, const LossLog& log, const std::vector<Curve>& curves,
                      bool logarithmic);

}  // namespace understudy::stages
