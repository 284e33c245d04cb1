#include "understudy/core/plain_text.h"

#include <gtest/gtest.h>

namespace understudy {
namespace {

struct Row {
  const char* name;
  std::string_view value;
  std::string_view one_line, lines;
};

const Row kRows[] = {
    {"plain", "Ada, 27 °C: 水", "Ada, 27 °C: 水", "Ada, 27 °C: 水"},
    {"lines", "a\tb\r\nc", R"(a\x09b\x0d\x0ac)", "a\tb\r\nc"},
    {"escape", "\x1b[2J", R"(\x1b[2J)", R"(\x1b[2J)"},
    {"delete", "a\x7f", R"(a\x7f)", R"(a\x7f)"},
    {"c1",
     "\xc2\x9b"
     "2J",
     R"(\xc2\x9b2J)", R"(\xc2\x9b2J)"},
    {"lone_continuation",
     "a\x9b"
     "b",
     R"(a\x9bb)", R"(a\x9bb)"},
    {"cut_short", "a\xe6\xb0", R"(a\xe6\xb0)", R"(a\xe6\xb0)"},
    {"overlong", "\xc0\x9b", R"(\xc0\x9b)", R"(\xc0\x9b)"},
    {"empty", "", "", ""},
};

class PlainText : public testing::TestWithParam<Row> {};

TEST_P(PlainText, IsFitForATerminal) {
  EXPECT_EQ(printable(GetParam().value), GetParam().one_line);
  EXPECT_EQ(printable(GetParam().value, Lines::kAllowed), GetParam().lines);
}

TEST_P(PlainText, StaysAsItIsOncePrintable) {
  EXPECT_EQ(printable(printable(GetParam().value)), GetParam().one_line);
}

INSTANTIATE_TEST_SUITE_P(Rows, PlainText, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(PlainTextTest, ControlCharactersAreFoundAlsoBehindBytesThatAreNoUtf8) {
  EXPECT_FALSE(has_control_character("Ada 水"));
  EXPECT_TRUE(has_control_character("\xff\x1b"));
  EXPECT_TRUE(has_control_character("\xc2\x85"));
  EXPECT_TRUE(has_control_character("a\nb"));
  EXPECT_FALSE(has_control_character("a\nb", Lines::kAllowed));
}

TEST(PlainTextTest, HtmlHasNoMarkupOfTheValues) {
  EXPECT_EQ(html_text("<a href=\"x\">'&\x1b"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\\x1b");
}

}  // namespace
}  // namespace understudy
