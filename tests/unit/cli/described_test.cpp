#include "understudy/cli/described.h"

#include <gmock/gmock.h>

#include "understudy/cli/tool.h"

namespace understudy::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Table<int>& colors() {
  static const Table<int> table{"color", {{"red", "like blood: dark", 1}, {"sea-blue", "it's [deep]", 2}}};
  return table;
}

/// What an option of a program becomes.
class AnOption : public testing::Test {
 protected:
  DescribedOption first() const { return described(app).options.at(0); }
  CLI::App app{"Paints walls.", "understudy-paint"};
  std::string name;
  std::vector<std::string> names;
  int size = 7;
  bool flag = false;
};

TEST_F(AnOption, HasItsChoicesApart) {
  app.set_help_flag();
  add_choice(app, "-c,--color", name, colors(), "of the wall", ".toml");
  const DescribedOption option = first();
  EXPECT_THAT(option.names, ElementsAre("-c", "--color"));
  EXPECT_EQ(option.help, "of the wall");
  EXPECT_EQ(option.value, "NAME");
  EXPECT_EQ(option.extension, ".toml");
  EXPECT_THAT(option.choices,
              ElementsAre(AllOf(Field(&Choice::name, "red"), Field(&Choice::meaning, "like blood: dark")),
                          AllOf(Field(&Choice::name, "sea-blue"), Field(&Choice::meaning, "it's [deep]"))));
}

TEST_F(AnOption, HasItsRangeInWords) {
  app.set_help_flag();
  app.add_option("--size", size, "of the wall")->check(CLI::Range(1, 9))->capture_default_str();
  EXPECT_EQ(first().range, "from 1 to 9");
  EXPECT_EQ(first().value, "INT");
  EXPECT_EQ(first().standard, "7");
  app.remove_option(app.get_option("--size"));
  app.add_option("--size", size, "of the wall")->check(CLI::NonNegativeNumber);
  EXPECT_EQ(first().range, "0 or more");
}

TEST_F(AnOption, OffersWhatItsValueIsCalled) {
  app.set_help_flag();
  auto* option = app.add_option("--in", name, "help");
  const auto offer = [&](const char* value) {
    option->type_name(value);
    return first().offer;
  };
  EXPECT_EQ(offer("FILE"), Offer::kFiles);
  EXPECT_EQ(offer("DATASET"), Offer::kFolders);
  EXPECT_EQ(offer("NAME"), Offer::kNothing);
}

TEST_F(AnOption, IsAListOrHasCommas) {
  app.set_help_flag();
  auto* option = app.add_option("--in", names, "help");
  EXPECT_TRUE(first().repeated);
  option->delimiter(',');
  EXPECT_FALSE(first().repeated);
  EXPECT_TRUE(first().commas);
}

TEST_F(AnOption, NamesItsFriendsAndItsVariable) {
  app.set_help_flag();
  auto* one = app.add_option("--one", name, "help")->envname("ONE")->required();
  auto* two = app.add_flag("--two", flag, "help");
  one->needs(two);
  EXPECT_THAT(first().needs, ElementsAre("--two"));
  EXPECT_EQ(first().variable, "ONE");
  EXPECT_TRUE(first().required);
  EXPECT_THAT(described(app).options.at(1).value, IsEmpty());
}

TEST(Descriptions, AreShownAsTheyStand) {
  const Described program{"understudy-paint",
                          ".5 walls a day \\ 'quick'",
                          {{.names = {"--wall"}, .help = "'one' [or] two: $HOME `x`"}}};
  const std::string page = manual_page(program);
  EXPECT_THAT(page, HasSubstr("\n\\&.5 walls a day \\e 'quick'\n"));
  EXPECT_THAT(page, HasSubstr("\n.TP\n\\fB\\-\\-wall\\fR\n\\&'one' [or] two: $HOME `x`\n"));
  EXPECT_THAT(zsh_completion(program), HasSubstr(R"('(--wall)--wall['\''one'\'' \[or\] two\: $HOME `x`]')"));
}

TEST(Descriptions, SubcommandsOfTheFrontDoorAreProgramsOfTheirOwn) {
  const Described front{"understudy", "All of it.", {}, {}, {{"extract", "find faces"}}, true};
  EXPECT_THAT(manual_page(front),
              AllOf(HasSubstr(".SH PROGRAMS\n.TP\n\\fBextract\\fR\nfind faces\n"), Not(HasSubstr(".SS"))));
  EXPECT_THAT(bash_completion(front), HasSubstr("understudy-$name"));
}

}  // namespace
}  // namespace understudy::cli
