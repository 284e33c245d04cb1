#include "understudy/dataset/condition.h"

#include <random>

#include "understudy/core/error.h"
#include "unit/core/scratch.h"
#include "unit/dataset/sample.h"

namespace understudy::dataset {
namespace {

using testing::HasSubstr;

bool holds(const std::string& words) {
  return Condition::parse(words).holds(aligned_record(7, 2));  // yaw 12.5, pitch -3.25, sharpness 321.5
}

std::string refusal(const std::string& words) {
  try {
    Condition::parse(words);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kUsage);
    EXPECT_THAT(e.hint(), HasSubstr("^"));
    return e.message();
  }
  ADD_FAILURE() << words << " was understood";
  return {};
}

TEST(Condition, IsTrueOrFalseOfAFace) {
  const std::pair<const char*, bool> rows[] = {{"sharpness>80 and abs(yaw_deg)<40", true},
                                               {"sharpness > 400", false},
                                               {"not sharpness > 400", true},
                                               {"frame == 7 and face == 2", true},
                                               {"frame != 7 or face != 2", false},
                                               {"yaw_deg >= 12.5 and yaw_deg <= 12.5", true},
                                               {"1 + 2 * 3 == 7", true},
                                               {"(1 + 2) * 3 == 9", true},
                                               {"8 / 4 / 2 == 1", true},
                                               {"8 - 4 - 2 == 2", true},
                                               {"-yaw_deg < -12", true},
                                               {"- - 2 == 2", true},
                                               {"+2 == 2", true},
                                               {"min(3, 1, 2) == 1 and max(3, 1, 2) == 3", true},
                                               {"min(width, height) == 100", true},
                                               {"size_px > 109 and size_px < 110", true},
                                               {"frame == 1 or frame == 7 and face == 2", true},
                                               {"(frame == 1 or frame == 7) and face == 3", false},
                                               {"not (frame == 7) or not not frame == 7", true},
                                               {"1e3 == 1000 and .5 == 0.5", true},
                                               {"score>.8", true},
                                               {"pitch_deg<0", true}};
  for (const auto& [words, truth] : rows) EXPECT_EQ(holds(words), truth) << words;
}

TEST(Condition, EveryFieldCanBeAsked) {
  for (const FaceNumber& number : face_numbers())
    EXPECT_NO_THROW(holds(std::string(number.name) + " > 0")) << number.name;
}

TEST(Condition, WhatCannotBeUnderstoodIsShownWithACaret) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "the condition ends"},
      {"sharpness >", "column 12"},
      {"sharpness > > 80", "column 13.*not '>'"},
      {"sharpnes > 80", "no field 'sharpnes'.*sharpness"},
      {"sharpness", "a comparison was expected"},
      {"sharpness > 80 and yaw_deg", "column 20, a comparison was expected"},
      {"yaw_deg and sharpness > 80", "column 1, a comparison was expected"},
      {"(yaw_deg > 3) + 4 > 3", "column 1, a number was expected"},
      {"4 + (yaw_deg > 3) > 3", "column 5, a number was expected"},
      {"abs(yaw_deg > 3) > 3", "column 5, a number was expected"},
      {"1 < yaw_deg < 3", "column 13, join two comparisons with and"},
      {"yaw_deg = 3", "column 9, write =="},
      {"!yaw_deg > 3", "column 1, write not"},
      {"yaw_deg > 3)", "column 12, '\\)' was not expected"},
      {"(yaw_deg > 3", "a '\\)' is missing"},
      {"abs yaw_deg > 3", "'\\(' was expected after abs"},
      {"abs(1, 2) > 3", "a '\\)' is missing"},
      {"min() > 3", "not '\\)'"},
      {"yaw_deg > 1e999", "no number"},
      {"yaw_deg > \x01 3", "no meaning"},
      {"yaw_deg > 3 frame", "'frame' was not expected"},
      {"system(1) > 3", "no field 'system'"}};
  for (const auto& [words, why] : rows) EXPECT_THAT(refusal(words), testing::ContainsRegex(why)) << words;
  try {
    Condition::parse("sharpness > > 80");
  } catch (const Error& e) {
    EXPECT_EQ(e.hint(), "sharpness > > 80\n              ^");
  }
  EXPECT_THAT(refusal(std::string(1000, '(')), HasSubstr("deep"));
  EXPECT_THAT(refusal(std::string(1000, '-') + "1 > 0"), HasSubstr("deep"));
  EXPECT_THAT(refusal(std::string(20'000, ' ')), HasSubstr("longer"));
}

TEST(Condition, AFieldThatARecordLacksDoesNotPassSilently) {
  EXPECT_THROW(Condition::parse("yaw_deg < 40").holds(extracted_record(1)), Error);
  EXPECT_THROW(Condition::parse("not yaw_deg < 40").holds(extracted_record(1)), Error);
  EXPECT_THROW(Condition::parse("1 / (frame - 1) < 40").holds(extracted_record(1)), Error);
}

TEST(Condition, AnyWordsAreUnderstoodOrRefused) {
  const std::string parts[] = {"yaw_deg", "frame", "1",   "2.5", "(",  ")",  "+",   "-",
                               "*",       "/",     "<",   "<=",  "==", "!=", "and", "or",
                               "not",     "abs",   "min", ",",   "=",  "?",  " "};
  std::mt19937 random(5);
  int understood = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string words;
    for (std::size_t n = random() % 12; n > 0; --n) words += parts[random() % std::size(parts)] + " ";
    try {
      Condition::parse(words).holds(aligned_record(1));
      ++understood;
    } catch (const Error&) {
      continue;
    }
  }
  EXPECT_GT(understood, 5);
}

}  // namespace
}  // namespace understudy::dataset
