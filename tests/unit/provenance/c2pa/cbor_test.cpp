#include "understudy/provenance/c2pa/cbor.h"

#include <cmath>
#include <limits>

#include "unit/provenance/sample.h"

namespace understudy::provenance::c2pa {
namespace {

std::string hex(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return out;
}

struct Example {
  Cbor item;
  const char* bytes;
};

// Of RFC 8949, appendix A.
const std::vector<Example>& examples() {
  static const std::vector<Example> all = {
      {0, "00"},
      {23, "17"},
      {24, "1818"},
      {1000, "1903e8"},
      {1000000, "1a000f4240"},
      {1000000000000, "1b000000e8d4a51000"},
      {-1, "20"},
      {-1000, "3903e7"},
      {std::numeric_limits<std::int64_t>::min(), "3b7fffffffffffffff"},
      {false, "f4"},
      {true, "f5"},
      {nullptr, "f6"},
      {1.1, "fb3ff199999999999a"},
      {Cbor::bytes("\x01\x02\x03\x04"), "4401020304"},
      {"", "60"},
      {"\xc3\xbc", "62c3bc"},
      {Cbor::tagged(0, "2013-03-21T20:04:00Z"), "c074323031332d30332d32315432303a30343a30305a"},
      {Cbor::Array{1, Cbor::Array{2, 3}, Cbor::Array{4, 5}}, "8301820203820405"},
      {Cbor::Map{{"a", 1}, {"b", Cbor::Array{2, 3}}}, "a26161016162820203"},
  };
  return all;
}

TEST(Cbor, ExamplesOfTheStandard) {
  for (const Example& example : examples()) {
    EXPECT_EQ(encode_cbor(example.item), hex(example.bytes)) << example.bytes;
    EXPECT_EQ(decode_cbor(hex(example.bytes), "x"), example.item) << example.bytes;
  }
}

TEST(Cbor, KeysAreSortedByTheirBytes) {
  const Cbor map = Cbor::Map{{"bb", 1}, {"a", 2}, {33, 3}, {-1, 4}, {1, 5}};
  EXPECT_EQ(encode_cbor(map), hex("a501051821032004616102626262"
                                  "01"));
}

TEST(Cbor, ReadsWhatOthersWrite) {
  EXPECT_EQ(decode_cbor(hex("1b0000000000000005"), "x"), Cbor(5));
  EXPECT_EQ(decode_cbor(hex("9f0102ff"), "x"), Cbor(Cbor::Array{1, 2}));
  EXPECT_EQ(decode_cbor(hex("bf616101ff"), "x"), Cbor(Cbor::Map{{"a", 1}}));
  EXPECT_EQ(decode_cbor(hex("7f61616162ff"), "x"), Cbor("ab"));
  EXPECT_EQ(decode_cbor(hex("f93c00"), "x"), Cbor(1.0));
  EXPECT_EQ(decode_cbor(hex("f90001"), "x"), Cbor(std::ldexp(1.0, -24)));
  EXPECT_EQ(decode_cbor(hex("fa47c35000"), "x"), Cbor(100000.0));
  EXPECT_EQ(decode_cbor(hex("f9fc00"), "x"), Cbor(-std::numeric_limits<double>::infinity()));
}

TEST(Cbor, RefusesWhatIsNone) {
  const std::pair<const char*, const char*> bad[] = {
      {"", "1 bytes are announced"},
      {"19ff", "bytes are announced"},
      {"0000", "1 bytes follow"},
      {"62c328", "not UTF-8"},
      {"63eda080", "not UTF-8"},
      {"62c080", "not UTF-8"},
      {"a2616101616102", "stands twice"},
      {"1b8000000000000000", "beyond 64 bits"},
      {"3bffffffffffffffff", "beyond 64 bits"},
      {"f7", "simple value"},
      {"f818", "simple value"},
      {"1c", "reserved"},
      {"ff", "means nothing"},
      {"df00ff", "means nothing"},
      {"7f4161ff", "another type"},
      {"5b7fffffffffffffff", "are announced"},
      {"9b7fffffffffffffff", "are announced"},
  };
  for (const auto& [bytes, why] : bad) {
    const Caught error = caught([&] { decode_cbor(hex(bytes), "the claim"); });
    EXPECT_EQ(error.code, 4) << bytes;
    EXPECT_TRUE(contains(error.message, why)) << bytes << ": " << error.message;
    EXPECT_TRUE(contains(error.message, "the claim")) << error.message;
  }
}

TEST(Cbor, DepthAndNumberOfItemsAreLimited) {
  const Caught deep = caught([] { decode_cbor(std::string(100000, '\x81'), "x"); });
  EXPECT_TRUE(contains(deep.message, "32 levels")) << deep.message;
  const std::string many = hex("9a00200000") + std::string(0x200000, '\0');
  const Caught long_list = caught([&] { decode_cbor(many, "x"); });
  EXPECT_TRUE(contains(long_list.message, "1000000 items")) << long_list.message;
}

TEST(Cbor, FieldsOfMaps) {
  Cbor map;
  map.set("name", "x");
  map.set(1, -7);
  EXPECT_EQ(cbor_field<std::string>(map, "name", "m"), "x");
  EXPECT_EQ(*map.find(1), Cbor(-7));
  EXPECT_EQ(map.find("absent"), nullptr);
  EXPECT_EQ(Cbor(1).find("name"), nullptr);
  EXPECT_TRUE(contains(caught([&] { cbor_field<bool>(map, "name", "m"); }).message, "another type"));
  EXPECT_TRUE(contains(caught([&] { cbor_field<bool>(map, "no", "m"); }).message, "'no' is missing"));
}

}  // namespace
}  // namespace understudy::provenance::c2pa
