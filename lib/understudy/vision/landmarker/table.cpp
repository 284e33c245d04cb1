#include "understudy/vision/landmarker.h"
#include "understudy/vision/landmarker/makers.h"

namespace understudy::vision {

const Table<LandmarkerFactory>& landmarkers() {
  static const Table<LandmarkerFactory> table{
      "landmarker",
      {{"dlib68",
        "regression trees on 68 points, with our network where a head is turned; needs libdlib-data",
        make_dlib68_landmarker},
       {"facemesh", "neural mesh, steadier on turned heads; needs a file in --model-dir",
        make_facemesh_landmarker},
       {"understudy", "our own network, up to profiles and behind occluders; comes with Understudy",
        make_understudy_landmarker}}};
  return table;
}

}  // namespace understudy::vision
