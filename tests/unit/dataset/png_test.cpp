#include "understudy/dataset/png.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "understudy/dataset/png_chunks.h"
#include "unit/core/scratch.h"
#include "unit/dataset/sample.h"

namespace understudy::dataset {
namespace {

bool same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

const std::string kRecord = R"({"source":"plate","text":"Gr\u00fc\u00dfe"})";

TEST(Png, RoundTripsPixelsAndRecord) {
  for (const int type : {CV_8UC1, CV_8UC3, CV_16UC1, CV_16UC3}) {
    for (const int side : {1, 2, 37, 200}) {
      const cv::Mat picture = drawn_picture(side, type);
      const std::string bytes = encode_png(picture, kRecord);
      EXPECT_TRUE(same(decode_png(bytes, "x"), picture)) << type << " " << side;
      EXPECT_EQ(png_record(bytes, "x"), kRecord);
      EXPECT_EQ(encode_png(picture, kRecord), bytes) << "the same picture gives the same bytes";
      const std::string bare = encode_png(picture, "");
      EXPECT_TRUE(same(decode_png(bare, "x"), picture));
      EXPECT_EQ(png_record(bare, "x"), std::nullopt);
    }
  }
}

TEST(Png, KeepsNonSquareAndNonContinuousPictures) {
  const cv::Mat part = drawn_picture(40, CV_8UC3)(cv::Rect(3, 5, 20, 7));
  EXPECT_TRUE(same(decode_png(encode_png(part, kRecord), "x"), part));
}

TEST(Png, RefusesToEncodeOtherPictures) {
  for (const int type : {CV_8UC2, CV_8UC4, CV_32FC3, CV_8SC1, CV_16SC1})
    expect_error(ErrorCode::kBug, "was asked for", [&] { encode_png(cv::Mat::zeros(4, 4, type), ""); });
  expect_error(ErrorCode::kBug, "was asked for", [] { encode_png(cv::Mat(), ""); });
}

TEST(Png, EveryTruncationIsRefused) {
  const std::string bytes = encode_png(drawn_picture(9, CV_8UC3), kRecord);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::string_view cut(bytes.data(), length);
    expect_error(ErrorCode::kFormat,
                 "cut.png is not a usable PNG picture: ", [&] { decode_png(cut, "cut.png"); });
    expect_error(ErrorCode::kFormat,
                 "cut.png is not a usable PNG picture: ", [&] { png_record(cut, "cut.png"); });
  }
}

TEST(Png, EveryFlippedBitIsNoticed) {
  const std::string bytes = encode_png(drawn_picture(5, CV_16UC1), "{}");
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string damaged = bytes;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << i % 8));
    expect_error(ErrorCode::kFormat, "not a usable PNG", [&] { decode_png(damaged, "x"); });
  }
}

/// A PNG of the given header and compressed bytes, with right checksums.
std::string crafted(std::uint32_t width, std::uint32_t height, char depth, char color,
                    std::string_view compressed) {
  std::string header;
  for (const std::uint32_t side : {width, height})
    for (int shift = 24; shift >= 0; shift -= 8) header += static_cast<char>(side >> shift & 255);
  header += {depth, color, 0, 0, 0};
  return text(kPngSignature, png_chunk("IHDR", header), png_chunk("IDAT", compressed), png_chunk("IEND", ""));
}

TEST(Png, HugeClaimsAreRefusedBeforeAnythingIsAllocated) {
  expect_error(ErrorCode::kFormat, "at most 16384",
               [] { decode_png(crafted(0xffffffff, 0xffffffff, 8, 2, "x"), "x"); });
  expect_error(ErrorCode::kFormat, "at most 16384", [] { decode_png(crafted(16385, 1, 8, 2, "x"), "x"); });
  expect_error(ErrorCode::kFormat, "cannot hold them",
               [] { decode_png(crafted(16384, 16384, 16, 2, "tiny"), "x"); });
  expect_error(ErrorCode::kFormat, "at most 16384", [] { decode_png(crafted(0, 5, 8, 2, "x"), "x"); });
  expect_error(ErrorCode::kFormat, "header is damaged", [] { decode_png(crafted(5, 5, 8, 7, "x"), "x"); });
  expect_error(ErrorCode::kFormat, "header is damaged", [] { decode_png(crafted(5, 5, 0, 2, "x"), "x"); });
}

TEST(Png, RightChecksumsDoNotHideWrongContent) {
  for (const char* compressed : {"", "x", "\x78\x9c", "\x78\x9c\x03\x00\x00\x00\x00\x01"})
    expect_error(ErrorCode::kFormat, "not a usable PNG",
                 [&] { decode_png(crafted(5, 5, 8, 2, compressed), "x"); });
  expect_error(ErrorCode::kFormat, "not a usable PNG", [] { decode_png(crafted(5, 5, 3, 2, "x"), "x"); });
  expect_error(ErrorCode::kFormat, "header is damaged",
               [] { decode_png(text(kPngSignature, png_chunk("IDAT", "x"), png_chunk("IEND", "")), "x"); });
  expect_error(ErrorCode::kFormat, "behind its end",
               [] { decode_png(encode_png(drawn_picture(4, CV_8UC1), "") + "x", "x"); });
}

TEST(Png, ReadsWhatOtherProgramsWrite) {
  const cv::Mat picture = drawn_picture(31, CV_8UC3);
  std::vector<unsigned char> encoded;
  cv::imencode(".png", picture, encoded, {cv::IMWRITE_PNG_COMPRESSION, 9});
  const std::string bytes(encoded.begin(), encoded.end());
  EXPECT_TRUE(same(decode_png(bytes, "x"), picture));
  EXPECT_EQ(png_record(bytes, "x"), std::nullopt);
}

TEST(Png, IgnoresAnotherProgramsOrientation) {
  // An Exif block that asks for a quarter turn; the pixels are wanted as they are stored.
  const std::string exif("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 26);
  std::string bytes = encode_png(drawn_picture(20, CV_8UC3)(cv::Rect(0, 0, 20, 10)), "");
  bytes.insert(kPngHeadBytes, png_chunk("eXIf", exif));
  EXPECT_EQ(decode_png(bytes, "x").size(), cv::Size(20, 10));
}

TEST(Png, OtherTextsAreNotTheRecord) {
  std::string bytes = encode_png(drawn_picture(4, CV_8UC1), kRecord);
  bytes.insert(kPngHeadBytes, png_chunk("iTXt", std::string("Comment\0\0\0\0\0hello", 17)));
  bytes.insert(kPngHeadBytes, png_chunk("iTXt", std::string("understudy\0\1\0\0\0packed", 21)));
  EXPECT_EQ(png_record(bytes, "x"), kRecord);
}

}  // namespace
}  // namespace understudy::dataset
