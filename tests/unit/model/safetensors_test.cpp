#include "understudy/model/safetensors.h"

#include <gmock/gmock.h>

#include <cstring>

#include "drawn_faces.h"
#include "understudy/core/files.h"

namespace understudy::model {
namespace {

using testing::HasSubstr;

std::string with_length(const std::string& header, const std::string& data = {}) {
  std::uint64_t n = header.size();
  std::string out(8, '\0');
  std::memcpy(out.data(), &n, 8);
  return out + header + data;
}

TEST(Safetensors, GivesBackWhatWasWritten) {
  const TempFolder folder;
  const auto path = folder.path() / "t.safetensors";
  const torch::Tensor strided = torch::arange(24, torch::kFloat32).view({2, 3, 4}).permute({2, 0, 1});
  const NamedTensors tensors = {{"strided", strided},
                                {"half", torch::arange(5).to(torch::kBFloat16)},
                                {"counts", torch::arange(7, torch::kInt64)},
                                {"empty", torch::empty({0, 3})},
                                {"scalar", torch::full({}, 4.5, torch::kFloat64)},
                                {"flags", torch::tensor({true, false})}};
  write_safetensors(path, tensors, {{"who", "a \"quoted\" name\n"}});
  const TensorFile file = read_safetensors(path);
  ASSERT_EQ(file.tensors.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    ASSERT_NE(file.find(name), nullptr) << name;
    EXPECT_EQ(file.find(name)->scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(file.find(name)->equal(tensor)) << name;
  }
  EXPECT_EQ(file.metadata.at("who"), "a \"quoted\" name\n");
  EXPECT_EQ(read_safetensors_metadata(path), file.metadata);
  EXPECT_EQ(file.find("nobody"), nullptr);
  EXPECT_EQ(read_safetensors(path, "f").tensors.size(), 1u);
}

TEST(Safetensors, ReadsAFileOfAnotherWriter) {
  const TempFolder folder;
  const auto path = folder.path() / "t.safetensors";
  const float values[] = {1.5f, -2.f};
  write_file(
      path,
      with_length(
          R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}  )",
          std::string(reinterpret_cast<const char*>(values), 8)));
  const TensorFile file = read_safetensors(path);
  EXPECT_EQ(file.find("a")->item<float>(), 1.5f);
  EXPECT_EQ(file.find("b")->item<float>(), -2.f);
}

TEST(Safetensors, RefusesEveryDamageWithASentence) {
  const std::string eight(8, 'x');
  const auto one = [](const std::string& fields) { return "{\"a\":{" + fields + "}}"; };
  struct Case {
    std::string content, says;
  };
  const Case cases[] = {
      {"", "it has 0 bytes"},
      {"abc", "it has 3 bytes"},
      {std::string(8, '\xff'), "claims 18446744073709551615 bytes, the file has 0"},
      {std::string("\x10\0\0\0\0\0\0\0{}", 10), "claims 16 bytes, the file has 2"},
      {with_length("not json"), "not JSON"},
      {with_length("[1]"), "not a JSON object"},
      {with_length(""), "not JSON"},
      {with_length(std::string(5000, '[')), "nested too deeply"},
      {with_length("{\"__metadata__\":3}"), "__metadata__ is not an object"},
      {with_length("{\"__metadata__\":{\"a\":3}}"), "'a' is not a string"},
      {with_length("{\"a\":3}"), "no dtype"},
      {with_length(one(R"("dtype":"F33","shape":[2],"data_offsets":[0,8])"), eight), "unknown type F33"},
      {with_length(one(R"("dtype":7,"shape":[2],"data_offsets":[0,8])"), eight), "unknown type 7"},
      {with_length(one(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"), eight), "not a whole number"},
      {with_length(one(R"("dtype":"F32","shape":[1.5],"data_offsets":[0,8])"), eight), "not a whole number"},
      {with_length(one(R"("dtype":"F32","shape":2,"data_offsets":[0,8])"), eight), "no shape"},
      {with_length(one(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"), eight), "take 12 bytes"},
      {with_length(one(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), eight), "from 8 to 0"},
      {with_length(one(R"("dtype":"F32","shape":[2],"data_offsets":[0])"), eight), "two were expected"},
      {with_length(one(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])"), eight),
       "too large"},
      {with_length(one(R"("dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8])"), eight),
       "too large"},
      {with_length(one(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4])"),
                   "four"),
       "17 dimensions"},
      {with_length(one(R"("dtype":"F32","shape":[250000000000],"data_offsets":[0,1000000000000])"), eight),
       "the file has 8"},
      {with_length(one(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), eight), "behind a gap"},
      {with_length(one(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"), eight),
       "take 4 bytes, the file has 8"},
      {with_length(
           R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
           eight),
       "inside another"},
      {with_length(
           R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
           eight),
       "'a' twice"},
  };
  const TempFolder folder;
  const auto path = folder.path() / "t.safetensors";
  for (const Case& c : cases) {
    write_file(path, c.content);
    const auto [code, message] = error_of([&] { read_safetensors(path); });
    EXPECT_EQ(code, static_cast<int>(ErrorCode::kFormat)) << c.says;
    EXPECT_THAT(message, HasSubstr(c.says));
    EXPECT_THAT(message, HasSubstr(path.string()));
  }
  EXPECT_EQ(error_of([&] { read_safetensors(folder.path() / "missing"); }).first,
            static_cast<int>(ErrorCode::kInput));
  EXPECT_EQ(error_of([&] { read_safetensors(folder.path()); }).first, static_cast<int>(ErrorCode::kInput));
}

TEST(Safetensors, NoticesEveryTruncationAndAFlippedBit) {
  const TempFolder folder;
  const auto path = folder.path() / "t.safetensors";
  write_safetensors(path, {{"a", torch::arange(9, torch::kFloat32)}}, {});
  const std::string whole = read_file(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file(path, whole.substr(0, size));
    ASSERT_EQ(error_of([&] { read_safetensors(path); }).first, static_cast<int>(ErrorCode::kFormat)) << size;
  }
  for (std::size_t place = whole.size() - 36; place < whole.size(); ++place) {
    std::string flipped = whole;
    flipped[place] = static_cast<char>(flipped[place] ^ 1);
    write_file(path, flipped);
    ASSERT_THAT(error_of([&] { read_safetensors(path); }).second, HasSubstr("checksum")) << place;
  }
}

TEST(Safetensors, LeavesNothingBehindWhenItCannotWrite) {
  const TempFolder folder;
  const auto path = folder.path() / "absent" / "t.safetensors";
  EXPECT_EQ(error_of([&] {
              write_safetensors(path, {{"a", torch::zeros({3})}}, {});
            }).first,
            static_cast<int>(ErrorCode::kResource));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Safetensors, NoticesEveryChangedByteOfAFileOfItsOwn) {
  const TempFolder folder;
  const auto path = folder.path() / "t.safetensors";
  write_safetensors(path,
                    {{"one", torch::arange(3, torch::kFloat32)}, {"two", torch::ones({2}, torch::kInt64)}},
                    {{"who", R"(a text with "header_checksum":"0123456789abcdef" in it)"}});
  EXPECT_EQ(read_safetensors(path).tensors.size(), 2u);
  const std::string whole = read_file(path);
  const std::size_t name = whole.find("header_checksum");
  for (std::size_t place = 0; place < whole.size(); ++place) {
    std::string changed = whole;
    changed[place] ^= 1;
    write_file(path, changed);
    // The name of the header's own sum may change: then nothing else has.
    const bool is_name = place >= name && place < name + std::strlen("header_checksum");
    EXPECT_EQ(error_of([&] { read_safetensors(path); }).first,
              is_name ? 0 : static_cast<int>(ErrorCode::kFormat))
        << "byte " << place;
  }
}

}  // namespace
}  // namespace understudy::model
