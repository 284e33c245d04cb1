// The work of extract and align written plainly with OpenCV and dlib, for comparing: every frame is looked
// at, one fit a face, one thread but for what the libraries start themselves.
//
//   understudy_plain_faces haar|dlib|yunet CLIP FOLDER [MODEL_DIR]     prints how many faces it wrote

#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_processing/shape_predictor.h>
#include <dlib/opencv/cv_image.h>

#include <filesystem>
#include <functional>
#include <iostream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <opencv2/videoio.hpp>

#include "understudy/core/error.h"
#include "understudy/face/crop.h"
#include "understudy/vision/detector.h"

namespace {

using namespace understudy;
using Detect = std::function<std::vector<cv::Rect>(const cv::Mat& bgr, const cv::Mat& gray)>;

constexpr const char* kCascade = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml";
constexpr const char* kLandmarks = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat";

Detect detector_of(const std::string& name, const std::filesystem::path& model_dir) {
  if (name == "haar") {
    auto cascade = std::make_shared<cv::CascadeClassifier>(kCascade);
    if (cascade->empty())
      throw Error(ErrorCode::kInput, text(kCascade, " is missing"), "install opencv-data");
    return [cascade](const cv::Mat&, const cv::Mat& gray) {
      std::vector<cv::Rect> found;
      cascade->detectMultiScale(gray, found, 1.1, 5, 0, {80, 80});
      return found;
    };
  }
  if (name == "dlib") {
    return [hog = dlib::get_frontal_face_detector()](const cv::Mat&, const cv::Mat& gray) mutable {
      std::vector<cv::Rect> found;
      for (const auto& box : hog(dlib::cv_image<unsigned char>(gray)))
        found.emplace_back(static_cast<int>(box.left()), static_cast<int>(box.top()),
                           static_cast<int>(box.width()), static_cast<int>(box.height()));
      return found;
    };
  }
  // OpenCV 4.6 reads older YuNets only: ours is a thin layer over cv::dnn.
  std::shared_ptr<vision::Detector> yunet = vision::detectors().at(name)({80, model_dir});
  return [yunet](const cv::Mat& bgr, const cv::Mat&) {
    std::vector<cv::Rect> found;
    for (const auto& face : yunet->detect(bgr, yunet->sure_score())) found.emplace_back(face.box);
    return found;
  };
}

int write_faces(const Detect& detect, const std::string& clip, const std::filesystem::path& folder) {
  dlib::shape_predictor landmarks;
  dlib::deserialize(kLandmarks) >> landmarks;
  cv::VideoCapture video(clip);
  if (!video.isOpened()) throw Error(ErrorCode::kInput, text("cannot read ", clip));
  int faces = 0;
  cv::Mat frame, gray, crop;
  while (video.read(frame)) {
    cv::cvtColor(frame, gray, cv::COLOR_BGR2GRAY);
    for (const cv::Rect& box : detect(frame, gray)) {
      const auto found = landmarks(dlib::cv_image<unsigned char>(gray),
                                   dlib::rectangle(box.x, box.y, box.br().x - 1, box.br().y - 1));
      face::Landmarks points;
      for (int i = 0; i < face::kLandmarkCount; ++i)
        points[i] = {static_cast<float>(found.part(i).x()), static_cast<float>(found.part(i).y())};
      const auto map = face::aligned_from_frame(points, face::crop_families().at("whole"), 256);
      cv::warpAffine(frame, crop, map, {256, 256}, cv::INTER_CUBIC);
      cv::imwrite((folder / (std::to_string(faces++) + ".png")).string(), crop);
    }
  }
  return faces;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) throw Error(ErrorCode::kUsage, "expected: haar|dlib|yunet CLIP FOLDER [MODEL_DIR]");
  std::filesystem::create_directories(argv[3]);
  std::cout << write_faces(detector_of(argv[1], argc > 4 ? argv[4] : ""), argv[2], argv[3]) << "\n";
} catch (const std::exception& e) {
  std::cerr << "understudy_plain_faces: " << e.what() << "\n";
  return 1;
}
