#include "understudy/vision/landmarker/shape_trees.h"

#include <dlib/image_processing/shape_predictor.h>
#include <dlib/opencv/cv_image.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <opencv2/imgproc.hpp>

#include "unit/vision/stills.h"

namespace understudy::vision {
namespace {

namespace fs = std::filesystem;

/// dlib's own fit, whose points are whole pixels.
face::Landmarks fit_by_dlib(const dlib::shape_predictor& predictor, const ShapeTrees::Start& start) {
  const cv::Point last = start.box.br() - cv::Point(1, 1);
  const auto shape = predictor(dlib::cv_image<unsigned char>(start.gray),
                               dlib::rectangle(start.box.x, start.box.y, last.x, last.y));
  face::Landmarks out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const dlib::point p = shape.part(i);
    out[i] = {static_cast<float>(p.x()), static_cast<float>(p.y())};
  }
  return out;
}

TEST(ShapeTrees, FitTogetherWhatDlibFitsOneByOne) {
  const fs::path file = UNDERSTUDY_DLIB_LANDMARKS;
  dlib::shape_predictor predictor;
  dlib::deserialize(file.string()) >> predictor;
  const ShapeTrees trees(file);
  std::vector<cv::Mat> pictures;
  for (const char* still : {"ada_0", "bruno_46"}) {
    cv::Mat gray;
    cv::cvtColor(read_still(still), gray, cv::COLOR_BGR2GRAY);
    pictures.push_back(gray);
  }
  std::vector<ShapeTrees::Start> starts;
  for (const cv::Mat& picture : pictures)
    for (const cv::Rect& box :
         {cv::Rect(60, 60, 120, 120), cv::Rect(80, 70, 90, 95), cv::Rect(-20, -30, 150, 150),
          cv::Rect(picture.cols - 60, picture.rows - 60, 100, 100), cv::Rect(100, 100, 3, 3)})
      starts.push_back({picture, box});

  const std::vector<face::Landmarks> fits = trees.fit(starts);

  // A pixel that lies between two may be read as the other one: what follows from it is small.
  ASSERT_EQ(fits.size(), starts.size());
  for (std::size_t k = 0; k < fits.size(); ++k) {
    const face::Landmarks expected = fit_by_dlib(predictor, starts[k]);
    double sum = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const cv::Point2f off = fits[k][i] - expected[i];
      EXPECT_LT(std::max(std::abs(off.x), std::abs(off.y)), 2) << starts[k].box << " point " << i;
      sum += (std::abs(off.x) + std::abs(off.y)) / 2;
    }
    EXPECT_LT(sum / face::kLandmarkCount, 0.4) << starts[k].box;  // rounding alone: 0.25
  }
}

TEST(ShapeTrees, RefuseWhatIsNone) {
  const fs::path folder = fs::temp_directory_path() / temporary_name("understudy-trees-test");
  fs::create_directories(folder);
  const fs::path file = folder / "trees.dat";
  std::ifstream whole(UNDERSTUDY_DLIB_LANDMARKS, std::ios::binary);
  std::string beginning(100'000, '\0');
  whole.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  for (const std::string& content : {std::string(), std::string("no trees"), beginning}) {
    write_file(file, content);
    try {
      ShapeTrees trees(file);
      ADD_FAILURE() << content.size();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kFormat) << e.message();
      EXPECT_THAT(e.message(), testing::HasSubstr(file.string()));
    }
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace understudy::vision
