#include "understudy/media/display_space.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>

#include "understudy/core/files.h"
#include "understudy/media/tagged_map.h"
#include "unit/media/clips.h"

namespace understudy::media {
namespace {

using testing::HasSubstr;

class DisplaySpaceTest : public MediaTest {};

PictureFormat float_format(int width, int height) {
  PictureFormat format = rgb_format(width, height, 16);
  format.sample = PictureFormat::Sample::kFloat;
  return format;
}

/// A float picture of one row with these colours, R, G, B.
Picture row_of(const std::vector<cv::Vec3f>& rgb) {
  Picture picture(float_format(static_cast<int>(rgb.size()), 1));
  for (std::size_t i = 0; i < rgb.size(); ++i)
    for (int p = 0; p < 3; ++p) picture.plane(p).at<float>(0, static_cast<int>(i)) = rgb[i][p];
  return picture;
}

cv::Rect whole(const Picture& picture) {
  return {0, 0, picture.format().width, picture.format().height};
}

/// R, G, B in display space.
cv::Vec3f shown(const DisplaySpace& space, const cv::Vec3f& rgb) {
  const cv::Vec3f bgr = space.bgr(row_of({rgb}), {0, 0, 1, 1}).at<cv::Vec3f>(0, 0);
  return {bgr[2], bgr[1], bgr[0]};
}

/// The picture after a way to display space and back.
Picture there_and_back(const DisplaySpace& space, const Picture& picture) {
  Picture out = picture.clone();
  space.blend_bgr(out, whole(out), space.bgr(picture, whole(picture)),
                  cv::Mat::ones(whole(out).size(), CV_32FC1));
  return out;
}

PictureFormat tagged(int transfer, int primaries) {
  PictureFormat format = rgb_format(4, 4, 10);
  format.transfer = transfer;
  format.primaries = primaries;
  return format;
}

TEST(ColorSpaces, GreysComeBackAndRise) {
  for (const auto& space : color_spaces()) {
    const DisplaySpace display = DisplaySpace::of(rgb_format(4, 4, 8), {space.name, {}});
    std::vector<cv::Vec3f> greys;
    for (int i = -4000; i <= 4000; ++i) greys.push_back(cv::Vec3f::all(static_cast<float>(i) / 3600));
    const bool unbounded = space.value.transfer == "linear";
    for (float x = 1.2F; unbounded && x < 70000; x *= 1.01F) greys.push_back(cv::Vec3f::all(x));
    const Picture codes = row_of(greys), back = there_and_back(display, codes);
    const cv::Mat colors = display.bgr(codes, whole(codes));
    for (int i = 0; i < colors.cols; ++i) {
      const float code = codes.plane(1).at<float>(0, i);
      for (int p = 0; p < 3; ++p)
        ASSERT_NEAR(back.plane(p).at<float>(0, i), code, 1e-4 * std::abs(code) + 1e-6) << space.name;
      if (i == 0) continue;
      const float before = colors.at<cv::Vec3f>(0, i - 1)[1], now = colors.at<cv::Vec3f>(0, i)[1];
      ASSERT_GE(now, before) << space.name << " at " << code;
    }
  }
}

TEST(ColorSpaces, ColoursComeBack) {
  cv::RNG random(7);
  for (const auto& space : color_spaces()) {
    const DisplaySpace display = DisplaySpace::of(rgb_format(4, 4, 8), {space.name, {}});
    const auto light = transfers().at(space.value.transfer).light_from_code;
    std::vector<cv::Vec3f> colors;
    for (int i = 0; i < 4000; ++i)
      colors.emplace_back(random.uniform(-0.1F, 1.1F), random.uniform(-0.1F, 1.1F),
                          random.uniform(-0.1F, 1.1F));
    const Picture codes = row_of(colors), back = there_and_back(display, codes);
    for (int i = 0; i < whole(codes).width; ++i) {
      double brightest = 0;
      for (int p = 0; p < 3; ++p)
        brightest = std::max(brightest, light(std::abs(codes.plane(p).at<float>(0, i))));
      for (int p = 0; p < 3; ++p) {
        const auto lit = [&](float code) { return std::copysign(light(std::abs(code)), code); };
        ASSERT_NEAR(lit(back.plane(p).at<float>(0, i)), lit(codes.plane(p).at<float>(0, i)), 1e-4 * brightest)
            << space.name << " " << colors[static_cast<std::size_t>(i)];
      }
    }
  }
}

TEST(ColorSpaces, WhiteIsWhiteAndHighlightsLieAbove) {
  for (const auto& space : color_spaces()) {
    const double white = transfers().at(space.value.transfer).code_from_light(1);
    const double code = space.value.transfer == "hlg" ? 0.75 : white;
    const DisplaySpace display = DisplaySpace::of(rgb_format(4, 4, 8), {space.name, {}});
    const cv::Vec3f at_white = shown(display, cv::Vec3f::all(static_cast<float>(code)));
    for (int p = 0; p < 3; ++p) EXPECT_NEAR(at_white[p], 1, 1e-3) << space.name;
    EXPECT_GT(shown(display, cv::Vec3f::all(static_cast<float>(code) * 1.2F))[1], 1.05) << space.name;
  }
}

struct KnownPoint {
  const char* space;
  cv::Vec3f code, display;
};

TEST(ColorSpaces, KnownPoints) {
  const std::vector<KnownPoint> points{
      {"pq", cv::Vec3f::all(0.5806889F), cv::Vec3f::all(1)},           // 203 nits
      {"pq", cv::Vec3f::all(0.5080784F), cv::Vec3f::all(0.7299F)},     // 100 nits
      {"pq", cv::Vec3f::all(1), cv::Vec3f::all(5.2915F)},              // 10000 nits
      {"hlg", cv::Vec3f::all(0.75F), cv::Vec3f::all(1)},               // 203 nits
      {"hlg", cv::Vec3f::all(1), cv::Vec3f::all(1.9951F)},             // 1000 nits
      {"hlg", cv::Vec3f::all(0.5F), cv::Vec3f::all(0.5368F)},          // 1/12 of scene light
      {"linear", cv::Vec3f::all(0.18F), cv::Vec3f::all(0.4613F)},      // mid-grey
      {"linear", {-0.18F, 0, 4}, {-0.4613F, 0, 1.8248F}},              //
      {"bt2020", {0.5F, 0.5F, 0.5F}, {0.5F, 0.5F, 0.5F}},              //
      {"linear-bt2020", {0.6274F, 0.0691F, 0.0164F}, {1, 0, 0}},       // BT.2087: BT.709's red
      {"aces2065-1", cv::Vec3f::all(0.18F), cv::Vec3f::all(0.4613F)},  //
      {"acescg", {0.6131F, 0.0702F, 0.0206F}, {1, 0, 0}},              // BT.709's red in AP1
  };
  for (const KnownPoint& point : points) {
    const cv::Vec3f found = shown(DisplaySpace::of(rgb_format(4, 4, 8), {point.space, {}}), point.code);
    for (int p = 0; p < 3; ++p)
      EXPECT_NEAR(found[p], point.display[p], 0.005) << point.space << " " << point.code;
  }
}

TEST(DisplaySpace, IsChosenByTags) {
  const auto record = [](int transfer, int primaries) {
    return DisplaySpace::of(tagged(transfer, primaries), {}).record();
  };
  for (const int transfer : {0, 1, 2, 4, 5, 6, 13, 14, 15})
    for (const int primaries : {1, 2, 5, 6}) EXPECT_TRUE(record(transfer, primaries).is_null()) << transfer;
  EXPECT_EQ(record(16, 9), DisplaySpace::of({}, {"pq", {}}).record());
  EXPECT_EQ(record(16, 2), DisplaySpace::of({}, {"pq", {}}).record());
  EXPECT_EQ(record(16, 12), DisplaySpace::of({}, {"pq-p3", {}}).record());
  EXPECT_EQ(record(18, 9), DisplaySpace::of({}, {"hlg", {}}).record());
  EXPECT_EQ(record(14, 9), DisplaySpace::of({}, {"bt2020", {}}).record());
  EXPECT_EQ(record(8, 2), DisplaySpace::of({}, {"linear", {}}).record());
  PictureFormat exr = tagged(8, 2);
  exr.chromaticities = {0.713F, 0.293F, 0.165F, 0.830F, 0.128F, 0.044F, 0.32168F, 0.33767F};
  const cv::Vec3f red{0.6131F, 0.0702F, 0.0206F};
  EXPECT_NEAR(shown(DisplaySpace::of(exr, {}), red)[0], 1, 0.005);
  EXPECT_TRUE(DisplaySpace::of(exr, {"bt709", {}}).is_as_coded()) << "the user's word counts before the tags";
}

/// A small picture file with an attribute of OpenImageIO.
void write_tagged(const std::string& path, const std::string& depth, const std::string& attribute) {
  ASSERT_EQ(
      std::system(text("oiiotool --create 8x8 3 -d ", depth, " --attrib", attribute, " -o ", path).c_str()),
      0);
}

TEST_F(DisplaySpaceTest, PictureFilesSayWhatTheyAre) {
  write_tagged(path("a.exr"), "half",
               ":type=float[8] chromaticities 0.713,0.293,0.165,0.83,0.128,0.044,0.32168,0.33767");
  write_tagged(path("b.exr"), "half", " shot a");
  write_tagged(path("log.dpx"), "uint10", " dpx:Transfer Logarithmic");
  write_tagged(path("density.dpx"), "uint10", " dpx:Transfer 'Printing density'");
  write_tagged(path("linear.dpx"), "uint10", " dpx:Transfer Linear");
  const auto space_of = [&](const char* name) {
    return DisplaySpace::of(open_source(path(name), 1)->info().format, {});
  };
  const cv::Vec3f red = shown(space_of("a.exr"), {0.6131F, 0.0702F, 0.0206F});
  EXPECT_NEAR(red[0], 1, 0.005);
  EXPECT_EQ(space_of("b.exr").record(), DisplaySpace::of({}, {"linear", {}}).record());
  EXPECT_THAT(error_of([&] { space_of("log.dpx"); }).message(), HasSubstr("Logarithmic"));
  EXPECT_THAT(error_of([&] { space_of("density.dpx"); }).message(), HasSubstr("Printing density"));
  EXPECT_TRUE(space_of("linear.dpx").is_as_coded()) << "writers say that of any video";
}

TEST(DisplaySpace, RefusesWhatItDoesNotKnow) {
  const Error cinema = error_of([] { DisplaySpace::of(tagged(17, 10), {}); });
  EXPECT_EQ(cinema.code(), ErrorCode::kFormat);
  EXPECT_THAT(cinema.message(), HasSubstr("17"));
  EXPECT_THAT(cinema.hint(), HasSubstr("--color-space"));
  EXPECT_EQ(error_of([] { DisplaySpace::of(tagged(1, 10), {}); }).code(), ErrorCode::kFormat);
  PictureFormat log = tagged(2, 2);
  log.foreign_transfer = "Logarithmic";
  EXPECT_THAT(error_of([&] { DisplaySpace::of(log, {}); }).message(), HasSubstr("Logarithmic"));
  const Error unknown = error_of([&] { DisplaySpace::of(log, {"cineon", {}}); });
  EXPECT_EQ(unknown.code(), ErrorCode::kUsage);
  EXPECT_THAT(unknown.hint(), HasSubstr("--ocio"));
  PictureFormat flat = tagged(8, 2);
  flat.chromaticities.emplace();
  EXPECT_THAT(error_of([&] { DisplaySpace::of(flat, {}); }).message(), HasSubstr("span no colours"));
}

TEST(DisplaySpace, AnEightBitViewIsTheRegionRounded) {
  for (const char* name : {"bt709", "hlg", "linear"}) {
    const DisplaySpace space = DisplaySpace::of({}, {name, {}});
    const Picture picture = noise_picture(rgb_format(37, 41, 10), 3);
    cv::Mat expected;
    space.bgr(picture, whole(picture)).convertTo(expected, CV_8U, 255);
    EXPECT_LE(cv::norm(space.bgr8(picture), expected, cv::NORM_INF), 1) << name;
  }
}

TEST(DisplaySpace, NothingOutsideTheMatteChanges) {
  for (const auto& word : color_spaces()) {
    const DisplaySpace space = DisplaySpace::of({}, {word.name, {}});
    const Picture plate = noise_picture(float_format(40, 30), 5);
    Picture merged = plate.clone();
    const cv::Rect roi(5, 5, 20, 20);
    cv::Mat matte = cv::Mat::zeros(roi.size(), CV_32FC1);
    matte(cv::Rect(4, 4, 8, 8)).setTo(0.5);
    space.blend_bgr(merged, roi, cv::Mat(roi.size(), CV_32FC3, cv::Scalar::all(0.5)), matte);
    for (int p = 0; p < 3; ++p) {
      cv::Mat changed = merged.plane(p) != plate.plane(p);
      changed(cv::Rect(9, 9, 8, 8)).setTo(0);
      EXPECT_EQ(cv::countNonZero(changed), 0) << word.name;
    }
    EXPECT_FALSE(same_samples(merged, plate)) << word.name;
  }
}

TEST(DisplaySpace, ARecordStandsForTheSame) {
  for (const auto& word : color_spaces()) {
    const DisplaySpace space = DisplaySpace::of({}, {word.name, {}});
    const DisplaySpace again = DisplaySpace::from_record(parse_json(json_text(space.record()), "record"), {});
    EXPECT_EQ(again.record(), space.record());
    EXPECT_EQ(shown(again, {0.2F, 0.4F, 0.9F}), shown(space, {0.2F, 0.4F, 0.9F})) << word.name;
  }
  for (const char* bad :
       {"{}", "7", R"({"transfer": "pq"})", R"({"transfer": "none", "primaries": [1,2,3,4,5,6,7,8]})",
        R"({"transfer": "pq", "primaries": [1, 2]})", R"({"ocio_space": 4})"})
    EXPECT_EQ(error_of([&] { DisplaySpace::from_record(parse_json(bad, "record"), {}); }).code(),
              ErrorCode::kFormat)
        << bad;
}

/// A configuration with a log space, and one that clips.
std::string ocio_config(const std::string& roles, double slope) {
  return text(
      "ocio_profile_version: 2\nroles:\n  default: ref\n  scene_linear: ref\n", roles,
      "displays:\n  d:\n    - !<View> {name: v, colorspace: ref}\n"
      "colorspaces:\n"
      "  - !<ColorSpace> {name: ref}\n"
      "  - !<ColorSpace> {name: data, isdata: true}\n"
      "  - !<ColorSpace>\n"
      "    name: camera log\n"
      "    to_scene_reference: !<LogAffineTransform> {base: 10, log_side_slope: ",
      slope,
      ", log_side_offset: 0.6, lin_side_offset: 0.01, direction: inverse}\n"
      "  - !<ColorSpace>\n"
      "    name: clipped\n"
      "    to_scene_reference: !<RangeTransform> {min_in_value: 0, min_out_value: 0, max_in_value: 0.5, "
      "max_out_value: 0.5}\n");
}

TEST_F(DisplaySpaceTest, OpenColorIoSpaces) {
  const std::string config = path("config.ocio");
  write_file(config, ocio_config("  aces_interchange: ref\n", 0.25));
  const DisplaySpace log = DisplaySpace::of(rgb_format(4, 4, 10), {"camera log", config});
  const double code = 0.25 * std::log10(0.18 + 0.01) + 0.6;
  const cv::Vec3f grey = shown(log, cv::Vec3f::all(static_cast<float>(code)));
  for (int p = 0; p < 3; ++p) EXPECT_NEAR(grey[p], 0.4613, 0.002);
  const Picture codes = row_of({{0.1F, 0.5F, 0.9F}, {0.3F, 0.2F, 1.0F}, {0.7F, 0.7F, 0.7F}});
  const Picture back = there_and_back(log, codes);
  for (int p = 0; p < 3; ++p) EXPECT_LT(cv::norm(back.plane(p), codes.plane(p), cv::NORM_INF), 2e-4);

  EXPECT_EQ(shown(DisplaySpace::from_record(log.record(), config), {0.1F, 0.5F, 0.9F}),
            shown(log, {0.1F, 0.5F, 0.9F}));
  EXPECT_THAT(error_of([&] { DisplaySpace::from_record(log.record(), {}); }).hint(), HasSubstr("--ocio"));
  write_file(config, ocio_config("  aces_interchange: ref\n", 0.26));
  const Error other = error_of([&] { DisplaySpace::from_record(log.record(), config); });
  EXPECT_EQ(other.code(), ErrorCode::kInput);
  EXPECT_THAT(other.message(), HasSubstr("its content is another"));
}

TEST_F(DisplaySpaceTest, TablesOfAConfigurationCountToo) {
  const auto write_table = [&](double middle) {
    write_file(path("curve.spi1d"),
               text("Version 1\nFrom 0.0 1.0\nLength 3\nComponents 1\n{\n0.0\n", middle, "\n1.0\n}\n"));
  };
  write_table(0.2);
  write_file(path("config.ocio"),
             text("ocio_profile_version: 2\nsearch_path: .\nroles: {default: ref, aces_interchange: ref}\n"
                  "displays:\n  d:\n    - !<View> {name: v, colorspace: ref}\ncolorspaces:\n"
                  "  - !<ColorSpace> {name: ref}\n  - !<ColorSpace>\n    name: curve\n"
                  "    to_scene_reference: !<FileTransform> {src: curve.spi1d, interpolation: linear}\n"));
  const DisplaySpace space = DisplaySpace::of({}, {"curve", path("config.ocio")});
  EXPECT_NEAR(shown(space, cv::Vec3f::all(0.5F))[1], 0.4845, 0.002) << "0.2 of light";
  EXPECT_EQ(DisplaySpace::from_record(space.record(), path("config.ocio")).record(), space.record());
  write_table(0.3);
  EXPECT_THAT(error_of([&] { DisplaySpace::from_record(space.record(), path("config.ocio")); }).message(),
              HasSubstr("its content is another"));
}

TEST_F(DisplaySpaceTest, OpenColorIoConfigurationsThatDoNotDo) {
  const std::string config = path("config.ocio");
  write_file(config, ocio_config("  aces_interchange: ref\n", 0.25));
  const auto refusal = [&](const std::string& name, const std::string& file) {
    return error_of([&] { DisplaySpace::of(rgb_format(4, 4, 10), {name, file}); });
  };
  EXPECT_EQ(refusal("camera log", path("none.ocio")).code(), ErrorCode::kInput);
  EXPECT_EQ(refusal("other log", config).code(), ErrorCode::kUsage);
  EXPECT_THAT(refusal("other log", config).hint(), HasSubstr("camera log"));
  EXPECT_THAT(refusal("data", config).message(), HasSubstr("for data"));
  EXPECT_EQ(refusal("clipped", config).code(), ErrorCode::kFormat);
  EXPECT_THAT(refusal("clipped", config).message(), HasSubstr("no way back"));
  write_file(config, ocio_config("", 0.25));
  EXPECT_THAT(refusal("camera log", config).message(), HasSubstr("aces_interchange"));
  write_file(config, "this is no configuration\n");
  EXPECT_EQ(refusal("camera log", config).code(), ErrorCode::kInput);
}

}  // namespace
}  // namespace understudy::media
