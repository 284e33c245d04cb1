#include <limits>

#include "understudy/core/json.h"
#include "understudy/core/seeds.h"
#include "understudy/core/sha256.h"
#include "understudy/core/table.h"
#include "unit/core/scratch.h"

namespace understudy {
namespace {

TEST(Error, KeepsItsParts) {
  const Error e(ErrorCode::kRefused, "what was found", "what to do");
  EXPECT_EQ(e.code(), ErrorCode::kRefused);
  EXPECT_STREQ(e.what(), "what was found");
  EXPECT_EQ(e.hint(), "what to do");
}

TEST(Text, WritesPartsOneAfterAnother) {
  EXPECT_EQ(text("frame ", 12, " of ", 3.5, '!'), "frame 12 of 3.5!");
  EXPECT_EQ(fixed(2.0 / 3, 3), "0.667");
  EXPECT_EQ(fixed(1e9, 1), "1000000000.0");
  const std::vector<std::string> parts = {"a", "b", "c"};
  EXPECT_EQ(joined(parts), "a, b, c");
  EXPECT_EQ(joined(std::vector<std::string>{}), "");
  EXPECT_EQ(joined(parts, "|"), "a|b|c");
}

TEST(Table, FindsByNameAndRefusesWithTheListOfNames) {
  const Table<int> table{"mode", {{"one", "the first", 1}, {"two", "the second", 2}}};
  EXPECT_EQ(table.at("two"), 2);
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(joined(table.names()), "one, two");
  expect_error(ErrorCode::kUsage, "unknown mode 'three' | choose one of: one, two",
               [&] { table.at("three"); });
  expect_error(ErrorCode::kUsage, "unknown mode ''", [&] { table.at(""); });
}

TEST(Json, FieldsAreStrict) {
  const Json json = parse_json(
      R"({"int": 7, "big": 3000000000, "negative": -1, "real": 1.5, "text": "x", "flag": true, "null": null})",
      "here");
  EXPECT_EQ(json_field<int>(json, "int", "here"), 7);
  EXPECT_EQ(json_field<double>(json, "int", "here"), 7.0);
  EXPECT_EQ(json_field<std::int64_t>(json, "big", "here"), 3'000'000'000);
  EXPECT_EQ(json_field<std::string>(json, "text", "here"), "x");
  EXPECT_TRUE(json_field<bool>(json, "flag", "here"));
  expect_error(ErrorCode::kFormat, "here: the field 'none' is missing",
               [&] { json_field<int>(json, "none", "here"); });
  expect_error(ErrorCode::kFormat, "the field 'big' is of another type",
               [&] { json_field<int>(json, "big", "here"); });
  expect_error(ErrorCode::kFormat, "found 1.5", [&] { json_field<int>(json, "real", "here"); });
  expect_error(ErrorCode::kFormat, "found true", [&] { json_field<int>(json, "flag", "here"); });
  expect_error(ErrorCode::kFormat, "found -1", [&] { json_field<std::uint64_t>(json, "negative", "here"); });
  expect_error(ErrorCode::kFormat, "found null", [&] { json_field<double>(json, "null", "here"); });
  expect_error(ErrorCode::kFormat, "'text'", [&] { json_field<bool>(json, "text", "here"); });
  expect_error(ErrorCode::kFormat, "'int'", [&] { json_field<std::string>(json, "int", "here"); });
  expect_error(ErrorCode::kFormat, "missing", [&] { json_field<int>(Json::array(), "int", "here"); });
  expect_error(ErrorCode::kFormat, "finite", [&] { json_as<float>(Json(1e300)); });
}

TEST(Json, ListsAreAsStrictAsWhatTheyHold) {
  EXPECT_EQ(json_as<std::vector<int>>({1, -2}), (std::vector{1, -2}));
  EXPECT_EQ(json_as<std::vector<std::vector<double>>>({{1, 2.5}, Json::array()}),
            (std::vector<std::vector<double>>{{1, 2.5}, {}}));
  for (const Json& bent : {Json({1, 2.5}), Json({1e99}), Json({true}), Json({3'000'000'000}), Json({"1"})})
    expect_error(ErrorCode::kFormat, "a whole number", [&] { json_as<std::vector<int>>(bent); });
  expect_error(ErrorCode::kFormat, "finite", [&] { json_as<std::vector<float>>({1e300}); });
  expect_error(ErrorCode::kFormat, "a list", [&] { json_as<std::vector<int>>({{"a", 1}}); });
}

TEST(Json, FieldsMayBeLeftOut) {
  const Json json = {{"names", {"a"}}, {"count", "many"}};
  EXPECT_EQ(json_field_or<int>(json, "none", 7, "here"), 7);
  EXPECT_EQ(json_field_or<std::vector<std::string>>(json, "names", {}, "here"),
            std::vector<std::string>{"a"});
  expect_error(ErrorCode::kFormat, "here: the field 'count' is of another type",
               [&] { json_field_or<int>(json, "count", 7, "here"); });
  expect_error(ErrorCode::kFormat, "here", [&] { json_field_or<int>(Json({1}), "count", 7, "here"); });
}

TEST(Json, RefusesWhatIsNotJsonAndWhatIsTooDeep) {
  expect_error(ErrorCode::kFormat, "file.json is not valid JSON",
               [] { parse_json("{\"a\": ", "file.json"); });
  expect_error(ErrorCode::kFormat, "not valid JSON", [] { parse_json("", "x"); });
  expect_error(ErrorCode::kFormat, "not valid JSON", [] { parse_json("1e999", "x"); });
  expect_error(ErrorCode::kFormat, "not valid JSON", [] { parse_json("\"\xff\"", "x"); });
  expect_error(ErrorCode::kFormat, "nested too deeply", [] { parse_json(std::string(1'000'000, '['), "x"); });
  EXPECT_NO_THROW(parse_json(std::string(64, '[') + std::string(64, ']'), "x"));
  EXPECT_NO_THROW(parse_json('"' + std::string(1000, '[') + "\\\"[" + '"', "x"));
}

TEST(Json, IsWrittenInOrderAndNeverThrows) {
  EXPECT_EQ(json_text({{"z", 1}, {"a", 2}}), R"({"z":1,"a":2})");
  EXPECT_EQ(json_text("bad \xff byte"), "\"bad \xef\xbf\xbd byte\"");
  const ScratchFolder folder;
  write_json_file(folder.path() / "a.json", {{"z", 1}, {"a", {1, 2}}});
  EXPECT_EQ(json_text(read_json_file(folder.path() / "a.json")), R"({"z":1,"a":[1,2]})");
  expect_error(ErrorCode::kInput, "none.json", [&] { read_json_file(folder.path() / "none.json"); });
}

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string million(1'000'000, 'a');
  EXPECT_EQ(sha256(million), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  const ScratchFolder folder;
  const std::string large(3'500'001, 'x');  // more than one block of the reader
  write_file(folder.path() / "large", large);
  write_file(folder.path() / "empty", "");
  EXPECT_EQ(sha256_file(folder.path() / "large"), sha256(large));
  EXPECT_EQ(sha256_file(folder.path() / "empty"), sha256(""));
  expect_error(ErrorCode::kInput, "No such file", [&] { sha256_file(folder.path() / "none"); });
  expect_error(ErrorCode::kInput, folder.path().string(), [&] { sha256_file(folder.path()); });
}

// Published files depend on these values: a change of them changes results and needs a new format version.
TEST(Seeds, StayTheSame) {
  EXPECT_EQ(mix_bits(0), 0xe220a8397b1dcdafULL);  // SplitMix64's first output from the seed 0
  EXPECT_EQ(mix_bits(1234567), 0x599ed017fb08fc85ULL);
  EXPECT_EQ(item_seed(0, "plate", 1001, 0), 0xe1ba3f80ab19c519ULL);
  EXPECT_EQ(item_seed(7, "", -1, 3), 0xbb470989401d4834ULL);
}

TEST(Seeds, DifferInEveryPart) {
  const std::vector<std::uint64_t> seeds = {item_seed(1, "a", 1, 1), item_seed(2, "a", 1, 1),
                                            item_seed(1, "b", 1, 1), item_seed(1, "a", 2, 1),
                                            item_seed(1, "a", 1, 2), item_seed(1, "aa", 1, 1)};
  for (std::size_t i = 0; i < seeds.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(seeds[i], seeds[j]) << i << " " << j;
}

}  // namespace
}  // namespace understudy
