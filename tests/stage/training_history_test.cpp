#include "understudy/stages/training_history.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <opencv2/core.hpp>

#include "understudy/dataset/png.h"
#include "understudy/stages/training_chart.h"
#include "unit/core/scratch.h"

namespace understudy::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

cv::Mat picture(int width = 60, int height = 20, int grey = 90) {
  return cv::Mat(height, width, CV_8UC3, cv::Scalar(grey, 120, 200));
}

void add_preview(TrainingHistory& history, std::int64_t iteration, const cv::Mat& shown = picture()) {
  history.add_preview(iteration, shown, dataset::encode_png(shown, {}));
}

void add_steps(LossLog& log, std::int64_t first, std::int64_t last) {
  for (std::int64_t i = first; i <= last; ++i)
    log.add({{"iteration", i},
             {"likeness_loss", 10.0 / static_cast<double>(i)},
             {"performer_loss", 1},
             {"learning_rate", 1e-3},
             {"gradient_norm", 2},
             {"seconds", 0.5}});
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
  return found;
}

/// A tag, from `<` to `>`. Pictures in attributes are longer than std::regex has stack for.
struct Tag {
  std::string name;
  bool closes = false, is_empty = false;
};

/// Absent unless `text` begins with a tag whose attributes are quoted; what is behind it is left.
std::optional<Tag> take_tag(std::string_view& text) {
  constexpr std::string_view kType = "<!DOCTYPE html>";
  if (text.starts_with(kType)) return text.remove_prefix(kType.size()), Tag{"!DOCTYPE", false, true};
  const auto take = [&](char c) { return text.starts_with(c) ? (text.remove_prefix(1), true) : false; };
  const auto take_word = [&] {
    std::size_t end = 0;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '-'))
      ++end;
    const std::string word(text.substr(0, end));
    text.remove_prefix(end);
    return word;
  };
  Tag tag;
  take('<');
  tag.closes = take('/');
  tag.name = take_word();
  if (tag.name.empty()) return std::nullopt;
  while (take(' ')) {
    if (take_word().empty() || !take('=')) continue;
    const std::size_t end = take('"') ? text.find_first_of("\"<>") : std::string_view::npos;
    if (end == std::string_view::npos || text[end] != '"') return std::nullopt;
    text.remove_prefix(end + 1);
  }
  tag.is_empty = take('/');
  return take('>') ? std::optional(tag) : std::nullopt;
}

/// Every tag of the page is closed in its turn; attributes are quoted.
void expect_well_formed(std::string_view page) {
  static const std::vector<std::string> kVoid = {"meta", "img"};
  std::vector<std::string> open;
  for (;;) {
    const bool in_style = !open.empty() && open.back() == "style";
    const std::size_t at = in_style ? page.find("</style>") : page.find('<');
    if (at == std::string_view::npos) break;
    page.remove_prefix(at);
    const std::string shown(page.substr(0, 80));
    const auto tag = take_tag(page);
    ASSERT_TRUE(tag) << "something that looks like a tag and is none: " << shown;
    if (tag->is_empty || std::ranges::find(kVoid, tag->name) != kVoid.end()) continue;
    if (!tag->closes) {
      open.push_back(tag->name);
      continue;
    }
    ASSERT_FALSE(open.empty()) << "</" << tag->name << "> closes nothing";
    EXPECT_EQ(open.back(), tag->name);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty()) << open.back() << " stays open";
}

TEST(TrainingHistory, PageHoldsCurvesMarksSettingsAndPreviews) {
  const ScratchFolder folder;
  LossLog log(folder.path(), 0);
  log.add({{"iteration", 0}, {"stage", "warp"}});
  add_steps(log, 1, 900);
  log.add({{"iteration", 901}, {"trouble", "the loss is no number"}, {"seconds", 0.1}});
  add_steps(log, 902, 1000);
  TrainingHistory history(folder.path() / "history", 1000, "actor",
                          {{"preset", "sketch"}, {"training", {{"batch", 8}, {"losses", {{"l1", 4.5}}}}}});
  add_preview(history, 500);
  const EncodedPicture small = history.add_preview(1000, picture(2000, 500), "a PNG");
  EXPECT_EQ(small.width, 768);
  EXPECT_EQ(small.height, 192);
  EXPECT_EQ(small.bytes.substr(0, 3), "\xff\xd8\xff") << "a JPEG";
  history.write_page(log);
  const std::string page = read_file(folder.path() / "history" / "index.html");
  expect_well_formed(page);
  EXPECT_EQ(count(page, "<svg "), 3u);
  EXPECT_EQ(count(page, "<polyline "), 4u);
  EXPECT_EQ(count(page, "class=\"stage\""), 3u);
  EXPECT_EQ(count(page, "class=\"trouble\""), 3u);
  EXPECT_THAT(page, HasSubstr("<li>iteration 901: the loss is no number</li>"));
  EXPECT_THAT(page, HasSubstr("<tr><td>training.losses.l1</td><td>4.5</td></tr>"));
  EXPECT_LT(page.find("iteration 500</figcaption>"), page.find("iteration 1000</figcaption>"));
  EXPECT_EQ(count(page, "src=\"data:image/jpeg;base64,/9j/"), 2u);
  EXPECT_THAT(page, Not(HasSubstr("http"))) << "it needs nothing from elsewhere";
  EXPECT_EQ(count(page, "src="), 2u);
}

TEST(TrainingHistory, NoWordIsTakenForMarkup) {
  const ScratchFolder folder;
  const std::string evil = "<script>alert(\"1\" & '2')</script>";
  LossLog log(folder.path(), 0);
  log.add({{"iteration", 0}, {"stage", evil}});
  add_steps(log, 1, 3);
  log.add({{"iteration", 4}, {"trouble", evil}, {"seconds", 1}});
  TrainingHistory history(folder.path() / "history", 4, evil, {{"preset", evil}, {evil, {{evil, 1}}}});
  history.write_page(log);
  const std::string page = read_file(folder.path() / "history" / "index.html");
  expect_well_formed(page);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_GE(count(page, "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"), 8u);
}

TEST(TrainingHistory, IsWrittenWithoutAnyStepOrNumber) {
  const ScratchFolder folder;
  LossLog log(folder.path(), 0);
  TrainingHistory history(folder.path() / "history", 0, "new", Json::object());
  history.write_page(log);
  expect_well_formed(read_file(folder.path() / "history" / "index.html"));
  log.add({{"iteration", 1},
           {"likeness_loss", 0},
           {"performer_loss", 0}});  // no rate, no norm, nothing for a logarithm
  history.write_page(log);
  const std::string page = read_file(folder.path() / "history" / "index.html");
  expect_well_formed(page);
  EXPECT_EQ(count(page, "<polyline "), 2u);
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr("inf")));
}

TEST(TrainingHistory, GoesOnWithWhatIsThereAndDropsLostWork) {
  const ScratchFolder folder;
  const fs::path place = folder.path() / "history";
  {
    TrainingHistory history(place, 0, "a", Json::object());
    for (std::int64_t i : {10, 20, 30}) add_preview(history, i);
  }
  write_file(place / "preview-000000020.png", "damaged");
  write_file(place / "preview-x.png", "not ours");
  TrainingHistory history(place, 25, "a", Json::object());
  EXPECT_FALSE(fs::exists(place / "preview-000000030.png"));
  EXPECT_TRUE(fs::exists(place / "preview-x.png"));
  add_preview(history, 30);
  LossLog log(folder.path(), 0);
  history.write_page(log);
  const std::string page = read_file(place / "index.html");
  expect_well_formed(page);
  EXPECT_EQ(count(page, "<figure>"), 3u);
  EXPECT_EQ(count(page, "base64,/9j/"), 2u) << "the damaged one has no picture";
}

TEST(TrainingHistory, ThinsOldPreviewsEvenly) {
  std::vector<std::int64_t> kept;
  for (std::int64_t i = 1; i <= 2000; ++i) {
    kept.push_back(500 * i);
    for (std::int64_t surplus; (surplus = preview_to_remove(kept)) >= 0;)
      ASSERT_EQ(std::erase(kept, surplus), 1u);
    ASSERT_LE(kept.size(), 70u);
  }
  EXPECT_EQ(kept.size(), 70u);
  EXPECT_EQ(kept.front(), 500) << "the first stays";
  for (std::size_t i = 1; i <= 20; ++i)
    EXPECT_EQ(kept[kept.size() - i], 500 * (2001 - static_cast<std::int64_t>(i)));
  for (std::size_t i = 1; i + 20 <= kept.size(); ++i)
    EXPECT_LE(kept[i] - kept[i - 1], 3 * 500 * 2000 / 50) << "a gap behind " << kept[i - 1];
}

TEST(TrainingHistory, KeepsNoMorePreviewsOnDiskThanItSays) {
  const ScratchFolder folder;
  TrainingHistory history(folder.path(), 0, "a", Json::object());
  const cv::Mat tiny = picture(6, 2);
  for (std::int64_t i = 1; i <= 75; ++i) add_preview(history, i, tiny);
  EXPECT_EQ(names_in(folder.path()).size(), 70u);
  LossLog log(folder.path(), 0);
  history.write_page(log);
  EXPECT_EQ(count(read_file(folder.path() / "index.html"), "<figure>"), 24u);
}

TEST(TrainingHistory, ShowsTheFirstAndTheNewest) {
  EXPECT_THAT(previews_to_show({1, 2, 3}, 3), ElementsAre(1, 2, 3));
  EXPECT_THAT(previews_to_show({1, 2, 3, 4, 5}, 3), ElementsAre(1, 3, 5));
  EXPECT_TRUE(previews_to_show({}, 3).empty());
}

TEST(TrainingHistory, ALongTrainingGivesASmallPage) {
  const ScratchFolder folder;
  std::string lines;
  for (std::int64_t i = 1; i <= 50000; ++i)
    lines += text("{\"iteration\":", i, ",\"likeness_loss\":", 1.0 + 0.1 * static_cast<double>(i % 7),
                  ",\"performer_loss\":2,\"learning_rate\":0.1,\"gradient_norm\":3}\n");
  write_file(folder.path() / "log.jsonl", lines);
  const LossLog log(folder.path(), 50000);
  EXPECT_EQ(log.lines().size(), 50000u);
  const std::string chart = svg_chart("loss", log, {{"likeness", "#000", &LossLine::likeness_loss}}, true);
  EXPECT_LT(chart.size(), 40000u);
  EXPECT_THAT(chart, HasSubstr("iterations 125 to 50000"));
}

TEST(LossLog, KeepsMarksAndForgetsLostWork) {
  const ScratchFolder folder;
  {
    LossLog log(folder.path(), 0);
    log.add({{"iteration", 0}, {"stage", "warp"}});
    add_steps(log, 1, 3);
    log.add({{"iteration", 4}, {"trouble", "lost"}});
  }
  write_file(folder.path() / "log.jsonl", read_file(folder.path() / "log.jsonl") + "{\"iteration\": 2, half");
  const LossLog log(folder.path(), 2);
  EXPECT_EQ(log.lines().size(), 2u);
  EXPECT_TRUE(log.troubles().empty());
  ASSERT_EQ(log.stages().size(), 1u);
  EXPECT_EQ(log.stages()[0].words, "warp");
  EXPECT_EQ(count(read_file(folder.path() / "log.jsonl"), "\n"), 3u);
}

TEST(LossLog, RunningMeanLooksBackOverAFiftieth) {
  EXPECT_THAT(running_mean({4, 2}), ElementsAre(4, 2));
  std::vector<double> values(100, 1);
  values[50] = 3;
  const std::vector<double> means = running_mean(values);
  EXPECT_EQ(means[49], 1);
  EXPECT_EQ(means[50], 2);
  EXPECT_EQ(means[51], 2);
  EXPECT_EQ(means[52], 1);
}

}  // namespace
}  // namespace understudy::stages
