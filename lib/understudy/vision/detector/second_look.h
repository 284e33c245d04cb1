#pragma once

#include <memory>
#include <opencv2/core/mat.hpp>

#include "understudy/vision/detector.h"
#include "understudy/vision/face_network.h"

namespace understudy::vision {

/// From this score on, what the first look says counts.
constexpr double kBeyondDoubt = 0.75;
/// Below it is nothing that a second look would make a face of.
constexpr double kWorthALook = 0.3;

/// What the face network says of what was found.
struct SeenAgain {
  /// How far off it expects landmarks 17 to 67 to be on average, in sides of the box: 0.01 to 0.05 in faces,
  /// 0.06 and more in other things.
  double error;
  face::Box place;  ///< around the landmarks: where it sees the face
};

/// `found` has points.
SeenAgain look_again(FaceNetwork& network, const cv::Mat& bgr8, const Detection& found);

/// How likely it is a face, 0 to 1, of the first look's score and that error.
double chance_of_face(double score, double error);

/// A detector whose unsure finds the face network looks at again: it expects large errors of landmarks that
/// are not there. Their new score is kBeyondDoubt times how likely they are faces; where it sees the face of
/// a better one, they are none. `first` gives points.
std::unique_ptr<Detector> with_second_look(std::unique_ptr<Detector> first, FaceNetwork network);

}  // namespace understudy::vision
