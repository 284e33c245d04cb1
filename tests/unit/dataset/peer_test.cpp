#include <opencv2/imgcodecs.hpp>

#include "understudy/core/big_endian.h"
#include "understudy/dataset/peer/peer_face.h"
#include "understudy/dataset/peer/pickle.h"
#include "understudy/dataset/peer/python_literal.h"
#include "understudy/dataset/png.h"
#include "understudy/dataset/png_chunks.h"
#include "unit/core/scratch.h"
#include "unit/dataset/sample.h"

namespace understudy::dataset {
namespace {

using testing::HasSubstr;

/// What Python 3.11 with numpy 1.24 wrote.
std::string pickle_seed(const std::string& name) {
  return read_file(std::filesystem::path(PROJECT_ROOT) / "tests/fuzz/seeds/pickle" / name);
}

std::string refusal_of(const std::string& pickle) {
  try {
    read_pickle(pickle, "a.jpg");
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kFormat);
    EXPECT_THAT(e.message(), HasSubstr("a.jpg"));
    return e.message();
  }
  ADD_FAILURE() << "it was read";
  return {};
}

TEST(Pickle, ReadsPlainDataAndNumpyOfEachProtocol) {
  for (const char* name : {"protocol3", "protocol4"}) {
    const Json value = read_pickle(pickle_seed(name), name);
    EXPECT_EQ(value["face_type"], "whole_face");
    EXPECT_EQ(value["landmarks"].size(), 68u);
    EXPECT_EQ(value["landmarks"][1], Json::array({3.0, 4.5}));
    EXPECT_EQ(value["source_landmarks"], value["landmarks"]);
    EXPECT_EQ(value["same"], value["landmarks"]);
    EXPECT_EQ(value["image_to_face_mat"], Json({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}));
    EXPECT_EQ(value["big"], Json({1, 2}));
    EXPECT_EQ(value["source_rect"], Json({1, 2, -3, std::int64_t{1} << 40}));
    EXPECT_EQ(value["xseg_mask"], Json::binary({'a', 'b', 'c'}));
    EXPECT_EQ(value["s"], 0.5);
    EXPECT_EQ(value["t"], true);
    EXPECT_EQ(value["n"], nullptr);
    EXPECT_EQ(value["f"], -0.25);
    EXPECT_EQ(value["b"], Json::binary({0, 1}));
    EXPECT_EQ(value["u"], "gr\u00fc\u00df");
  }
  for (const char* name : {"protocol0", "protocol2"})
    EXPECT_EQ(read_pickle(pickle_seed(name), name),
              parse_json(R"({"a":[1,2,{"b":[3.5,null,true]}],"c":"x"})", name));
}

TEST(Pickle, ThatWouldRunCodeIsRefused) {
  EXPECT_THAT(refusal_of(pickle_seed("hostile")), HasSubstr("system"));
  EXPECT_THAT(refusal_of("cos\nsystem\n(S'true'\ntR."), HasSubstr("os.system"));
  EXPECT_THAT(refusal_of("\x80\x02"
                         "cbuiltins\neval\nX\x04" +
                         std::string(3, '\0') + "1+1 \x85R."),
              HasSubstr("eval"));
  EXPECT_THAT(refusal_of("\x80\x04\x8c\x02os\x8c\x06system\x93."), HasSubstr("os.system"));
  EXPECT_THAT(refusal_of("(i__main__\nX\n."), HasSubstr("none of plain data"));            // INST
  EXPECT_THAT(refusal_of("\x80\x02(cnumpy\ndtype\no."), HasSubstr("none of plain data"));  // OBJ
  EXPECT_THAT(refusal_of("\x80\x02"
                         "cnumpy\nload\nX" +
                         std::string(4, '\0') + "\x85R."),
              HasSubstr("numpy.load"));
  EXPECT_THAT(refusal_of("\x80\x02"
                         "cnumpy\ndtype\n}R."),
              HasSubstr("calls something"));
  EXPECT_THAT(refusal_of("\x80\x02}}b."), HasSubstr("sets up something"));
  EXPECT_THAT(refusal_of("Pperson\n."), HasSubstr("none of plain data"));  // PERSID
}

TEST(Pickle, OfHugeOrEndlessThingsIsRefused) {
  EXPECT_THAT(refusal_of(std::string(1000, ']') + std::string(999, 'a') + "."), HasSubstr("deeply"));
  EXPECT_THAT(
      refusal_of(std::string("\x80\x02]q", 4) + std::string(1, '\0') + "h" + std::string(1, '\0') + "a."),
      HasSubstr("deeply"));  // a list in itself
  std::string doubling = "(]q" + std::string(1, '\0');
  for (char level = 1; level < 40; ++level)
    doubling +=
        std::string("](h") + static_cast<char>(level - 1) + "h" + static_cast<char>(level - 1) + "eq" + level;
  EXPECT_THAT(refusal_of(doubling + "l."), HasSubstr("too many"));
  EXPECT_THAT(refusal_of("X\xff\xff\xff\xffshort"), HasSubstr("cut off"));
  EXPECT_THAT(refusal_of("\x80\x05N."), HasSubstr("newer protocol"));
  EXPECT_THAT(refusal_of("N"), HasSubstr("cut off"));
  EXPECT_THAT(refusal_of("."), HasSubstr("one value"));
  EXPECT_THAT(refusal_of("NN."), HasSubstr("one value"));
}

TEST(Pickle, DamagedAnywhereIsReadOrRefused) {
  const std::string whole = pickle_seed("protocol4");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
    for (const std::string& bytes : {damaged, whole.substr(0, i)}) {
      try {
        read_pickle(bytes, "damaged");
      } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::kFormat);
      }
    }
  }
}

TEST(PythonLiteral, ReadsWhatFaceswapAndJsonWrite) {
  const Json value = read_python_literal(
      "{'a': [1, -2.5, (3, 4), ()], \"b\": {'c': True, 'd': None, 'e': 'it\\'s \\xdf \\u00fc \\n'}, 'f': "
      "b'\\x00x'}",
      "t");
  EXPECT_EQ(value["a"], Json({1, -2.5, {3, 4}, Json::array()}));
  EXPECT_EQ(value["b"]["c"], true);
  EXPECT_EQ(value["b"]["d"], nullptr);
  EXPECT_EQ(value["f"], Json::binary({0, 'x'}));
  EXPECT_EQ(read_python_literal("{\"a\": [true, null, 1e3]}", "t"),
            parse_json("{\"a\": [true, null, 1e3]}", "t"));
  const Json written = {{"a", {1, 2.5, nullptr, true, "x\"'\\"}}, {"b", Json::object()}};
  EXPECT_EQ(read_python_literal(python_literal(written), "t"), written);
}

TEST(PythonLiteral, RefusesEverythingElse) {
  for (const std::string words : {"",           "{",
                                  "{'a'",       "{'a': }",
                                  "{1: 2}",     "[1 2]",
                                  "'open",      "'\\q'",
                                  "'\\xg0'",    "__import__('os')",
                                  "f()",        "1 + 1",
                                  "array([1])", "inf",
                                  "nan",        "1e999",
                                  "[1], 2",     "{'a': 1 'b': 2}",
                                  "b",          "\\",
                                  "'\\"})
    EXPECT_THROW(read_python_literal(words, "t"), Error) << words;
  EXPECT_THROW(read_python_literal(std::string(100, '['), "t"), Error);
}

PeerFace sample_face() {
  PeerFace out;
  out.landmarks = *aligned_record(3).landmarks;
  out.picture_from_frame = face::Affine{0.5, 0.25, -3, -0.25, 0.5, 7};
  out.plate = "plate_000003.png";
  out.box = face::Box(10, 20, 100, 120);
  out.plate_width = 640;
  out.plate_height = 360;
  return out;
}

std::string sample_jpeg() {
  std::vector<uchar> bytes;
  cv::imencode(".jpg", drawn_picture(64, CV_8UC3), bytes);
  return {bytes.begin(), bytes.end()};
}

TEST(PeerFaces, ComeBackFromDeepFaceLabsJpeg) {
  PeerFace sample = sample_face();
  sample.mask = "not looked into here";
  const std::string jpeg = with_deepfacelab(sample_jpeg(), sample, "whole_face",
                                            face::transform(*sample.picture_from_frame, sample.landmarks));
  const auto again = read_deepfacelab(jpeg, "a.jpg");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->landmarks, sample.landmarks);
  EXPECT_EQ(*again->picture_from_frame, *sample.picture_from_frame);
  EXPECT_EQ(again->plate, sample.plate);
  EXPECT_EQ(again->mask, sample.mask);
  EXPECT_EQ(*again->box, *sample.box);
  EXPECT_FALSE(read_deepfacelab(sample_jpeg(), "a.jpg"));
  for (std::size_t length = 0; length < 600; ++length) {
    try {
      read_deepfacelab(jpeg.substr(0, length), "a.jpg");
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kFormat);
    }
  }
}

TEST(PeerFaces, ComeBackFromFaceswapsPng) {
  const PeerFace sample = sample_face();
  const std::string png = encode_png(drawn_picture(64, CV_8UC3), "");
  const std::string with_text = with_faceswap(png, sample, "plate_000003_0.png", 0);
  EXPECT_NO_THROW(decode_png(with_text, "a.png"));
  const auto again = read_faceswap(with_text, "a.png");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->landmarks, sample.landmarks);
  EXPECT_EQ(again->plate, sample.plate);
  EXPECT_EQ(*again->box, *sample.box);
  EXPECT_EQ(again->plate_width, 640);
  EXPECT_EQ(again->plate_height, 360);
  EXPECT_FALSE(read_faceswap(png, "a.png"));
  const std::string damaged = std::string(png).insert(
      kPngHeadBytes,
      png_chunk("iTXt", std::string("faceswap\0\0\0\0\0", 13) + "{'alignments': os.system('true')}"));
  EXPECT_THROW(read_faceswap(damaged, "a.png"), Error);
}

TEST(PeerFaces, WhoseNumbersMakeNoSenseAreRefused) {
  const std::string seeds = std::string(PROJECT_ROOT) + "/tests/fuzz/seeds/peer/";
  const auto in_png = [&](const std::string& words) {
    return encode_png(drawn_picture(64, CV_8UC3), "")
        .insert(kPngHeadBytes, png_chunk("tEXt", std::string("faceswap\0", 9) + words));
  };
  const auto size_is_a_table = read_faceswap(in_png(read_file(seeds + "size_is_a_table.txt")), "a.png");
  EXPECT_EQ(size_is_a_table.value().plate_width, 0) << "the format does not tell";
  EXPECT_THROW(read_faceswap(in_png(read_file(seeds + "negative_size.txt")), "a.png"), Error);

  const std::string pickle = read_file(seeds + "not_finite.pickle");
  const std::string jpeg =
      "\xff\xd8\xff\xef" + big_endian(pickle.size() + 2, 2) + pickle + std::string("\xff\xda\0\0", 4);
  EXPECT_THROW(read_deepfacelab(jpeg, "a.jpg"), Error);
}

}  // namespace
}  // namespace understudy::dataset
