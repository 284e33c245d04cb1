#include "understudy/provenance/c2pa/jumbf.h"

#include "unit/provenance/sample.h"

namespace understudy::provenance::c2pa {
namespace {

const std::string& sample_store() {
  static const std::string bytes =
      superbox_bytes("c2pa", "c2pa", superbox_bytes("c2ma", "urn:c2pa:1", cbor_superbox("a", "\xf6")));
  return bytes;
}

TEST(Jumbf, BytesOfASuperbox) {
  const std::string expected(
      "\x00\x00\x00\x2djumb"
      "\x00\x00\x00\x1bjumd"
      "cbor\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71\x03x\0"
      "\x00\x00\x00\x0a"
      "cborhi",
      45);
  EXPECT_EQ(superbox_bytes("cbor", "x", box_bytes("cbor", "hi")), expected);
}

TEST(Jumbf, ParsesWhatItBuilt) {
  const Superbox store = parse_jumbf(sample_store(), "x");
  EXPECT_EQ(store.type, "c2pa");
  EXPECT_EQ(store.bytes, sample_store());
  ASSERT_EQ(store.children.size(), 1u);
  const Superbox* assertion = store.children[0].child("a");
  ASSERT_NE(assertion, nullptr);
  ASSERT_EQ(assertion->contents.size(), 1u);
  EXPECT_EQ(assertion->contents[0].type, "cbor");
  EXPECT_EQ(assertion->contents[0].payload, "\xf6");
  EXPECT_EQ(assertion->hashed().size() + 8, assertion->bytes.size());
  EXPECT_EQ(store.child("absent"), nullptr);
}

TEST(Jumbf, ASaltIsUnderstood) {
  std::string description("cbor\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71\x13x\0", 19);
  const auto with_private = [&](const std::string& box) {
    return box_bytes("jumb", box_bytes("jumd", description + box) + box_bytes("cbor", "\xf6"));
  };
  EXPECT_EQ(parse_jumbf(with_private(box_bytes("c2sh", std::string(16, 's'))), "x").label, "x");
  for (const std::string& bad : {std::string(), box_bytes("c2sh", "short"), box_bytes("free", ""),
                                 box_bytes("c2sh", std::string(16, 's')) + "more"})
    EXPECT_EQ(caught([&] { parse_jumbf(with_private(bad), "x"); }).code, 4) << bad;
}

TEST(Jumbf, NothingHides) {
  const std::string good = sample_store();
  const std::string free = box_bytes("free", "hidden");
  const std::string two = cbor_superbox("a", "\xf6") + cbor_superbox("a", "\xf6");
  const std::string described("c2ma\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71\x03x\0", 19);
  const std::pair<std::string, const char*> bad[] = {
      {"", "one box was expected"},
      {good + free, "one box was expected"},
      {good + "1234", "4 bytes are left"},
      {good.substr(0, good.size() - 1), "a box of"},
      {box_bytes("free", ""), "a superbox was expected"},
      {box_bytes("jumb", free), "without a description"},
      {superbox_bytes("c2ma", "m", cbor_superbox("a", "\xf6") + free), "both superboxes and content"},
      {superbox_bytes("c2ma", "m", two), "stands twice"},
      {superbox_bytes("c2ma", "", free), "a label that is empty"},
      {superbox_bytes("c2ma", "a b", free), "characters"},
      {superbox_bytes("c2ma", "a/b", free), "characters"},
      {box_bytes("jumb", box_bytes("jumd", described + "text")), "4 bytes behind a label"},
      {box_bytes("jumb", box_bytes("jumd", described) + box_bytes("jumd", described)), "second description"},
      {replaced(good, std::string("\x03") + "a", std::string("\x07") + "a"), "toggles"},
      {replaced(good, std::string("cbor\0\x11", 6), std::string("cbor\0\x12", 6)), "kind of type"},
      {std::string("\0\0\0\1jumb", 8) + good, "a box of 1 bytes"},
  };
  for (const auto& [bytes, why] : bad) {
    const Caught error = caught([&] { parse_jumbf(bytes, "the store"); });
    EXPECT_EQ(error.code, 4) << why;
    EXPECT_TRUE(contains(error.message, why)) << error.message << ", expected: " << why;
  }
}

TEST(Jumbf, DepthIsLimited) {
  std::string bytes = cbor_superbox("a", "\xf6");
  for (int i = 0; i < 20; ++i) bytes = superbox_bytes("c2ma", "a", bytes);
  EXPECT_TRUE(contains(caught([&] { parse_jumbf(bytes, "x"); }).message, "levels"));
}

}  // namespace
}  // namespace understudy::provenance::c2pa
