#include "understudy/face/crop.h"

#include <algorithm>
#include <vector>

namespace understudy::face {
namespace {

constexpr int kFirst =
    17;  // the jaw is left out: it moves with speech and follows the contour when the head turns

// dlib's mean_face_shape for landmarks 17-67 in a unit square.
constexpr std::array<double, 51> kMeanX = {
    0.000213256, 0.0752622, 0.18113,  0.29077,  0.393397, 0.586856, 0.689483, 0.799124, 0.904991,
    0.98004,     0.490127,  0.490127, 0.490127, 0.490127, 0.36688,  0.426036, 0.490127, 0.554217,
    0.613373,    0.121737,  0.187122, 0.265825, 0.334606, 0.260918, 0.182743, 0.645647, 0.714428,
    0.793132,    0.858516,  0.79751,  0.719335, 0.254149, 0.340985, 0.428858, 0.490127, 0.551395,
    0.639268,    0.726104,  0.642159, 0.556721, 0.490127, 0.423532, 0.338094, 0.290379, 0.428096,
    0.490127,    0.552157,  0.689874, 0.553364, 0.490127, 0.42689};
constexpr std::array<double, 51> kMeanY = {
    0.106454, 0.038915, 0.0187482, 0.0344891, 0.0773906, 0.0773906, 0.0344891, 0.0187482, 0.038915,
    0.106454, 0.203352, 0.307009,  0.409805,  0.515625,  0.587326,  0.609345,  0.628106,  0.609345,
    0.587326, 0.216423, 0.178758,  0.179852,  0.231733,  0.245099,  0.244077,  0.231733,  0.179852,
    0.178758, 0.216423, 0.244077,  0.245099,  0.780233,  0.745405,  0.727388,  0.742578,  0.727388,
    0.745405, 0.780233, 0.864805,  0.902192,  0.909281,  0.902192,  0.864805,  0.784792,  0.778746,
    0.785343, 0.778746, 0.784792,  0.824182,  0.831803,  0.824182};
constexpr double kCentreX = 0.490127;   // the nose line
constexpr double kCentreY = 0.4640146;  // middle of the mean face's height
constexpr double kHeight = 0.8905328;

}  // namespace

const Table<CropFamily>& crop_families() {
  static const Table<CropFamily> table{"crop family",
                                       {{"face", "brows to chin, the most detail", {1.597, 0.0}},
                                        {"whole", "with the whole forehead", {2.131, 0.07}},
                                        {"head", "with hair and neck", {2.980, 0.18}}}};
  return table;
}

Affine aligned_from_frame(const Landmarks& landmarks, const CropFamily& family, int size) {
  const double pixels_per_unit = size / family.side;
  const double middle = (size - 1) / 2.0;
  std::vector<cv::Point2d> from, to;
  for (std::size_t i = 0; i < kMeanX.size(); ++i) {
    from.emplace_back(landmarks[kFirst + i]);
    to.emplace_back(middle + (kMeanX[i] - kCentreX) * pixels_per_unit,
                    middle + (kMeanY[i] - kCentreY + family.raise * kHeight) * pixels_per_unit);
  }
  return fit_similarity(from, to);
}

Affine crop_from_mean_face(const CropFamily& family, int size) {
  const double pixels_per_unit = size / family.side;
  const double middle = (size - 1) / 2.0;
  return {pixels_per_unit, 0, middle, 0, pixels_per_unit, middle + family.raise * kHeight * pixels_per_unit};
}

Affine context_from_frame(const Box& box, double margin, int size) {
  const double side = std::max(box.width, box.height) * (1 + 2 * margin);
  const double scale = size / std::max(side, 1e-6);
  const double middle = (size - 1) / 2.0;
  const cv::Point2d centre(box.x + box.width / 2, box.y + box.height / 2);
  return {scale, 0, middle - scale * centre.x, 0, scale, middle - scale * centre.y};
}

}  // namespace understudy::face
