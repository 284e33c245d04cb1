#include "understudy/vision/detector.h"
#include "understudy/vision/detector/makers.h"

namespace understudy::vision {

const Table<DetectorFactory>& detectors() {
  static const Table<DetectorFactory> table{
      "detector",
      {{"dlib", "HOG templates for frontal and half-turned faces; needs no file", make_dlib_detector},
       {"understudy", "our own network, trained on rendered people; needs no further file",
        make_own_detector},
       {"yunet", "neural network, also for turned and small faces; needs files in --model-dir",
        make_yunet_detector}}};
  return table;
}

}  // namespace understudy::vision
