#include <array>
#include <ctime>
#include <iostream>
#include <opencv2/imgproc.hpp>

#include "report.h"
#include "understudy/core/text.h"
#include "understudy/vision/face_network.h"
#include "understudy/vision/landmarker.h"

namespace understudy::faces {
namespace {

constexpr std::array<double, 6> kYaws = {0, 15, 30, 45, 60, 91};
constexpr int kFirstInner = 17;

/// Sums of a number, by the yaw of the face.
class ByYaw {
 public:
  void add(double yaw_deg, double value) {
    for (std::size_t i = 0; i + 1 < kYaws.size(); ++i)
      if (std::abs(yaw_deg) >= kYaws[i] && std::abs(yaw_deg) < kYaws[i + 1]) {
        sums_[i] += value;
        counts_[i] += 1;
      }
  }
  std::string cells(int digits, double factor) const {
    std::string out;
    for (std::size_t i = 0; i < sums_.size(); ++i)
      out += counts_[i] > 0 ? text(" ", fixed(factor * sums_[i] / counts_[i], digits), " |")
                            : std::string(" – |");
    return out;
  }

 private:
  std::array<double, kYaws.size() - 1> sums_{}, counts_{};
};

std::string yaw_heads() {
  std::string out;
  for (std::size_t i = 0; i + 1 < kYaws.size(); ++i)
    out += text(" yaw ", kYaws[i], " to ", kYaws[i + 1], " |");
  return out;
}

double inner_error(const face::Landmarks& found, const face::Landmarks& truth) {
  double sum = 0;
  for (std::size_t i = kFirstInner; i < truth.size(); ++i) sum += cv::norm(found[i] - truth[i]);
  return sum / static_cast<double>(truth.size() - kFirstInner) / eye_distance(truth);
}

bool is_usable(const std::string& landmarker, const Settings& settings) {
  return landmarker != "facemesh" || !settings.model_dir.empty();
}

double angle_between(double a_deg, double b_deg) {
  return std::abs(std::remainder(a_deg - b_deg, 360));
}

struct Counts {
  double both = 0, found = 0, truth = 0;
  double f1() const { return found + truth > 0 ? 2 * both / (found + truth) : 1; }
};

void count(const cv::Mat& found, const cv::Mat& truth, Counts& sum) {
  sum.both += cv::countNonZero(found & truth);
  sum.found += cv::countNonZero(found);
  sum.truth += cv::countNonZero(truth);
}

cv::Mat edge_of(const cv::Mat& mask) {
  cv::Mat inner;
  cv::erode(mask, inner, {});
  return mask & ~inner;
}

/// Precision and recall of the edges, each pixel right within `reach`.
double boundary_f1(const cv::Mat& found, const cv::Mat& truth, int reach) {
  const cv::Mat a = edge_of(found), b = edge_of(truth);
  const cv::Mat round = cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * reach + 1, 2 * reach + 1});
  cv::Mat near_a, near_b;
  cv::dilate(a, near_a, round);
  cv::dilate(b, near_b, round);
  const double precision = cv::countNonZero(a & near_b) / std::max(1.0, 1.0 * cv::countNonZero(a));
  const double share = cv::countNonZero(b & near_a) / std::max(1.0, 1.0 * cv::countNonZero(b));
  return 2 * precision * share / std::max(1e-9, precision + share);
}

}  // namespace

void measure_landmarkers(const TestSet& set, const Settings& settings) {
  std::cout << "| landmarker | CPU ms a face |" << yaw_heads() << "\n|---|---|---|---|---|---|---|\n";
  for (const auto& entry : vision::landmarkers()) {
    if (!is_usable(entry.name, settings)) continue;
    const auto landmarker = entry.value({settings.model_dir});
    ByYaw errors;
    double seconds = 0;
    for (std::size_t n = 0; n < settings.faces; ++n) {
      const FaceScene scene = set.face(n);
      const double start = static_cast<double>(std::clock());
      const auto found = landmarker->detect(scene.picture, missed_box(scene.landmarks, n));
      seconds += (static_cast<double>(std::clock()) - start) / CLOCKS_PER_SEC;
      errors.add(scene.pose.yaw_deg, inner_error(found.landmarks, scene.landmarks));
    }
    std::cout << "| `" << entry.name << "` | "
              << fixed(1000 * seconds / static_cast<double>(settings.faces), 1) << " |"
              << errors.cells(2, 100) << std::endl;
  }
}

void measure_face_network(const TestSet& set, const Settings& settings) {
  vision::FaceNetwork network(settings.model_dir, vision::FaceNetwork::Classes::kAsked);
  ByYaw yaw, pitch, roll, f1, edges;
  Counts all;
  for (std::size_t n = 0; n < settings.faces; ++n) {
    const FaceScene scene = set.face(n);
    const face::Box box = missed_box(scene.landmarks, n);
    const face::Affine view = vision::face_view(box, 0);
    const vision::FaceLook look = network.look(scene.picture, view);
    const double at = scene.pose.yaw_deg;
    yaw.add(at, angle_between(look.pose.yaw_deg, at));
    pitch.add(at, angle_between(look.pose.pitch_deg, scene.pose.pitch_deg));
    roll.add(at, angle_between(look.pose.roll_deg, scene.pose.roll_deg));
    cv::Mat seen(vision::FaceNetwork::kSide, vision::FaceNetwork::kSide, CV_8U, cv::Scalar(255)), in_picture;
    cv::warpAffine(seen, in_picture, cv::Mat(view), scene.mask.size(),
                   cv::INTER_NEAREST | cv::WARP_INVERSE_MAP);
    const cv::Mat found = vision::face_mask(look, view, scene.mask.size()) > 0.5,
                  truth = scene.mask & in_picture;
    Counts one;
    count(found, truth, one);
    count(found, truth, all);
    f1.add(at, one.f1());
    edges.add(at, boundary_f1(found, truth, std::max(1, cvRound(0.02 * box.width))));
  }
  std::cout << "| of the face network |" << yaw_heads() << "\n|---|---|---|---|---|---|\n";
  std::cout << "| yaw, mean error in degrees |" << yaw.cells(1, 1) << '\n';
  std::cout << "| pitch |" << pitch.cells(1, 1) << '\n';
  std::cout << "| roll |" << roll.cells(1, 1) << '\n';
  std::cout << "| mask, mean F1 |" << f1.cells(3, 1) << '\n';
  std::cout << "| mask, boundary F1 within 2 % of the box |" << edges.cells(3, 1) << '\n';
  std::cout << "\nF1 of all pixels together: " << fixed(all.f1(), 3) << std::endl;
}

void measure_clips(const std::filesystem::path& folder, const Settings& settings) {
  std::cout << "| landmarker | `ada` | `bruno` |\n|---|---|---|\n";
  for (const auto& entry : vision::landmarkers()) {
    if (!is_usable(entry.name, settings)) continue;
    const auto landmarker = entry.value({settings.model_dir});
    std::cout << "| `" << entry.name << "` |";
    for (const std::string clip : {"ada", "bruno"}) {
      double sum = 0, frames = 0;
      for_each_frame(folder, clip, [&](const cv::Mat& picture, const face::Landmarks& landmarks) {
        sum += inner_error(landmarker->detect(picture, usual_box(landmarks)).landmarks, landmarks);
        ++frames;
      });
      std::cout << ' ' << fixed(100 * sum / frames, 2) << " |";
    }
    std::cout << std::endl;
  }
}

}  // namespace understudy::faces
