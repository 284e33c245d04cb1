#pragma once

#include "understudy/vision/detector.h"

namespace understudy::vision {

/// dlib's five HOG templates for frontal and half-turned faces (Dalal & Triggs 2005; King 2015, max-margin
/// object detection). Square boxes from brows to chin. Needs no file.
std::unique_ptr<Detector> make_dlib_detector(const DetectorOptions& options);

/// YuNet (Wu, Peng, Yu 2023) in the two fixed sizes of libfacedetection.train, with five points a face.
std::unique_ptr<Detector> make_yunet_detector(const DetectorOptions& options);

}  // namespace understudy::vision
