#pragma once

#include "understudy/vision/detector.h"

namespace understudy::vision {

/// dlib's five HOG templates for frontal and half-turned faces (Dalal & Triggs 2005; King 2015, max-margin
/// object detection). Square boxes from brows to chin. Needs no file.
std::unique_ptr<Detector> make_dlib_detector(const DetectorOptions& options);

/// YuNet (Wu, Peng, Yu 2023) in the two fixed sizes of libfacedetection.train, with five points a face.
std::unique_ptr<Detector> make_yunet_detector(const DetectorOptions& options);

/// Understudy's own network (scripts/faces/training), single-shot and anchor-free, with five points a face,
/// on copies of the picture in which faces are 24 to 160 pixels wide. Of what it isn't sure of, the face
/// network has the last word. Their files come with Understudy.
std::unique_ptr<Detector> make_own_detector(const DetectorOptions& options);

/// That detector before the face network's word.
std::unique_ptr<Detector> make_first_look(const DetectorOptions& options);

}  // namespace understudy::vision
