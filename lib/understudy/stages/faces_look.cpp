#include "understudy/stages/faces_look.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/core/files.h"
#include "understudy/core/item_error.h"
#include "understudy/core/parallel.h"
#include "understudy/dataset/png.h"
#include "understudy/vision/workers.h"

namespace understudy::stages {
namespace {

constexpr int kSide = 32, kFrequencies = 10;

FaceLook look_of(const std::filesystem::path& path) {
  cv::Mat picture = dataset::decode_png(read_file(path), path.string()), luma, small, frequencies;
  if (picture.depth() == CV_16U) picture.convertTo(picture, CV_8U, 1.0 / 257);
  if (picture.channels() == 3)
    cv::cvtColor(picture, luma, cv::COLOR_BGR2GRAY);
  else
    luma = picture;
  cv::resize(luma, small, {kSide, kSide}, 0, 0, cv::INTER_AREA);
  FaceLook out;
  out.brightness = cv::mean(small(cv::Rect(kSide / 4, kSide / 4, kSide / 2, kSide / 2)))[0];
  small.convertTo(small, CV_32F);
  small -= cv::mean(small)[0];
  const double length = cv::norm(small);
  if (length > 0) small /= length;
  cv::dct(small, frequencies);
  std::size_t n = 0;
  for (int y = 0; y < kFrequencies; ++y)
    for (int x = 0; x < kFrequencies; ++x) out.numbers[n++] = frequencies.at<float>(y, x);
  return out;
}

}  // namespace

double distance(const FaceLook& a, const FaceLook& b) {
  constexpr std::size_t kLanes = 8;  // sums that the compiler may work out side by side
  std::array<float, kLanes> sums{};
  for (std::size_t i = 0; i < FaceLook::kNumbers; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float difference = a.numbers[i + lane] - b.numbers[i + lane];
      sums[lane] += difference * difference;
    }
  float sum = 0;
  for (const float one : sums) sum += one;
  return std::sqrt(sum);
}

FaceLook mean_look(const std::vector<const FaceLook*>& looks) {
  FaceLook out;
  for (std::size_t i = 0; i < FaceLook::kNumbers; ++i) {
    double sum = 0;
    for (const FaceLook* look : looks) sum += look->numbers[i];
    out.numbers[i] = static_cast<float>(sum / static_cast<double>(looks.size()));
  }
  return out;
}

std::vector<std::optional<FaceLook>> looks_of(const std::vector<ListedFace>& faces, Run& run) {
  const auto timer = run.report.step("read pictures");
  run.progress.start("read pictures", static_cast<std::int64_t>(faces.size()));
  const vision::ThreadsPerCall one_thread(1);
  std::vector<std::optional<FaceLook>> out(faces.size());
  std::vector<std::string> why(faces.size());
  parallel_for(static_cast<std::int64_t>(faces.size()), effective_threads(0), [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    try {
      out[at] = look_of(faces[at].picture());
    } catch (const Error& e) {
      if (!concerns_item(e)) throw;
      why[at] = e.message();
    }
    run.progress.advance();
  });
  run.progress.finish();
  for (std::size_t i = 0; i < faces.size(); ++i)
    if (!why[i].empty()) run.report.add_failure(faces[i].picture().string(), why[i]);
  return out;
}

}  // namespace understudy::stages
