#include <cmath>
#include <opencv2/core.hpp>
#include <sstream>

#include "given.h"
#include "understudy/vision/landmarker/shape_trees.h"

using namespace understudy;

/// Any bytes are refused, or are trees that fit a picture, from wherever they begin, without leaving it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream file(std::string(fuzz::text_of(data, size)));
  fuzz::takes([&] {
    const vision::ShapeTrees trees(file, "fuzz");
    const cv::Mat gray(16, 12, CV_8UC1, cv::Scalar(100));
    const auto fits = trees.fit(std::vector<vision::ShapeTrees::Start>{
        {gray, {2, 3, 8, 8}}, {gray, {-100, 0, 5, 5}}, {gray, {2, 3, 8, 8}}});
    for (std::size_t i = 0; i < fits[0].size(); ++i)
      if (std::isfinite(fits[0][i].x) && fits[0][i] != fits[2][i]) std::abort();
  });
  return 0;
}
