#include <opencv2/imgcodecs.hpp>

#include <set>

#include "stage/faces_sample.h"
#include "understudy/core/refused.h"
#include "understudy/dataset/overrides.h"
#include "understudy/stages/align_people.h"
#include "understudy/stages/consent.h"

namespace understudy::stages {
namespace {

/// A dataset with ada before and after a gap, whose tracks end there; bruno may come as a second source.
class PeopleTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    original_ = new TemporaryFolder;
    QuietRun quiet;
    extract(extract_options(original_->path(), "ada", "0-2,10-12"), quiet.run);
    ExtractOptions bruno = extract_options(original_->path(), "ada", "0-2");
    fs::copy(original_->path() / "ada", original_->path() / "alone", fs::copy_options::recursive);
    bruno.inputs = {cast_file("bruno.mp4")};
    extract(bruno, quiet.run);
  }
  static void TearDownTestSuite() {
    delete original_;
    original_ = nullptr;
  }

  fs::path copy(const std::string& of, const std::string& name) const {
    fs::copy(original_->path() / of, folder_.path() / name, fs::copy_options::recursive);
    return folder_.path() / name;
  }

  static Json align_it(const AlignOptions& options) {
    QuietRun quiet;
    align(options, quiet.run);
    EXPECT_EQ(quiet.report.failures(), 0u);
    return quiet.report.details["people"][0];
  }

  static std::set<std::string> people_in(const fs::path& dataset, const std::string& source) {
    std::set<std::string> out;
    for (const auto& [folder, record] : records_in(dataset / "align" / source)) out.insert(record.person);
    return out;
  }

  static std::vector<std::string> uuids(const fs::path& stage_folder) {
    std::vector<std::string> out;
    for (const dataset::Shard& shard : dataset::list_shards(stage_folder)) out.push_back(shard.info.uuid);
    return out;
  }

  using Names = std::set<std::string>;
  static inline TemporaryFolder* original_ = nullptr;
  TemporaryFolder folder_;
};

TEST_F(PeopleTest, AreJoinedOverCutsAndToldApartOverSources) {
  const fs::path dataset = copy("ada", "both");
  const Json people = align_it(align_options(dataset));
  EXPECT_EQ(people_in(dataset, "ada"), (Names{"ada-000000_0"}));
  EXPECT_EQ(people_in(dataset, "bruno"), (Names{"bruno-000000_0"}));
  ASSERT_EQ(people["people"].size(), 2u);
  EXPECT_EQ(people["people"][0]["person"], "ada-000000_0");
  EXPECT_EQ(people["people"][0]["faces"], 6);
  EXPECT_EQ(people["people"][0]["frames"], 6);
  EXPECT_EQ(people["people"][0]["tracks"].size(), 2u);
  for (const auto& [folder, record] : records_in(dataset / "align/ada")) {
    ASSERT_TRUE(record.identity);
    EXPECT_NEAR(face::likeness(*record.identity, *record.identity), 1, 0.02);
  }
}

TEST_F(PeopleTest, AreTheSameHoweverTheWorkIsSplit) {
  const fs::path whole = copy("ada", "whole"), parts = copy("ada", "parts");
  align_it(align_options(whole));
  AlignOptions options = align_options(parts);
  options.common.threads = 1;
  for (const char* frames : {"10-12", "2", "0-1"}) {
    options.common.frames.frames = FrameSet::parse(frames);
    options.datasets = {parts};
    QuietRun quiet;
    try {
      align(options, quiet.run);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kUsage);  // bruno has none of the frames 10 to 12
    }
  }
  options.common.frames.frames.reset();
  align_it(options);
  for (const char* source : {"ada", "bruno"})
    EXPECT_EQ(lines_of(whole / "align" / source), lines_of(parts / "align" / source));
  EXPECT_EQ(read_file(whole / "align/people.jsonl"), read_file(parts / "align/people.jsonl"));
}

TEST_F(PeopleTest, ASourceThatComesLaterRenamesNobody) {
  const fs::path dataset = folder_.path() / "ada";
  QuietRun quiet;
  ExtractOptions first = extract_options(folder_.path(), "ada", "10-12"), second = first;
  first.source = "later";
  extract(first, quiet.run);
  align_it(align_options(dataset));
  const auto before = uuids(dataset / "align/later");
  const Names known = people_in(dataset, "later");
  ASSERT_EQ(known.size(), 1u);
  ASSERT_TRUE(known.begin()->starts_with("later-"));
  second.source = "earlier";  // sorted before the one that is there
  second.common.frames.frames = FrameSet::parse("0-2");
  extract(second, quiet.run);
  align_it(align_options(dataset));
  EXPECT_EQ(people_in(dataset, "earlier"), known);
  EXPECT_EQ(uuids(dataset / "align/later"), before) << "nothing is made anew";
}

TEST_F(PeopleTest, ACorrectionWins) {
  const fs::path dataset = copy("alone", "named");
  align_it(align_options(dataset));
  dataset::Override correction;
  correction.source = "ada";
  correction.frame = 11;
  correction.box = records_in(dataset / "extract/ada")[4].second.box;
  correction.identity = "Ada Example";
  dataset::write_overrides(dataset::Dataset::open(dataset), "ada", std::vector{correction});
  align_it(align_options(dataset));
  for (const auto& [folder, record] : records_in(dataset / "align/ada"))
    EXPECT_EQ(record.person, record.frame == 11 ? "Ada Example" : "ada-000000_0") << record.frame;
}

TEST_F(PeopleTest, ShardsWithoutPeopleOrWithOthersAreMadeAnew) {
  const fs::path dataset = copy("alone", "old");
  align_it(align_options(dataset));
  const auto lines = lines_of(dataset / "align/ada");
  const dataset::Shard shard = dataset::list_shards(dataset / "align/ada").front();
  dataset::ShardInfo old = shard.info;  // as a program that knew no people wrote it
  old.options.erase("embedder");
  old.options.erase("people");
  write_json_file(shard.folder / "shard.json", dataset::shard_json(old));
  align_it(align_options(dataset));
  EXPECT_NE(uuids(dataset / "align/ada"), (std::vector{shard.info.uuid}));
  EXPECT_EQ(lines_of(dataset / "align/ada"), lines);
  const auto again = uuids(dataset / "align/ada");
  align_it(align_options(dataset));
  EXPECT_EQ(uuids(dataset / "align/ada"), again) << "a rerun does nothing twice";
}

TEST_F(PeopleTest, AnotherRuleOrADamagedFileIsRefused) {
  const fs::path dataset = copy("alone", "refused");
  AlignOptions options = align_options(dataset);
  align_it(options);
  options.same_person = 0.999;
  EXPECT_EQ(error_code([&] { align_it(options); }), 2);
  options.common.replace = true;
  EXPECT_EQ(align_it(options)["people"].size(), 2u) << "nobody is as like as that over a gap";
  options.same_person = 2;
  EXPECT_EQ(error_code([&] { align_it(options); }), 2);
  options.same_person = 0.999;
  options.embedder = "onnx";
  EXPECT_EQ(error_code([&] { align_it(options); }), 3);
  options.embedder = "nobody's";
  EXPECT_EQ(error_code([&] { align_it(options); }), 2);
  write_file(dataset / "align/people.jsonl", "{\"source\": 1}\n");
  EXPECT_EQ(error_code([&] { align_it(align_options(dataset)); }), 4);
}

/// A dataset of ada's or bruno's faces, and a picture of each from another moment.
class ReferenceTest : public PeopleTest {
 protected:
  fs::path picture_of(const std::string& clip) const {
    const fs::path path = folder_.path() / (clip + ".png");
    cv::imwrite(path.string(), read_frames(cast_file(clip + ".mp4"), 31).back().picture.bgr8());
    return path;
  }

  static std::string answer(const fs::path& dataset, const fs::path& picture) {
    QuietRun quiet;
    CheckConsentOptions options;
    options.paths = {dataset};
    if (!picture.empty()) options.references.files = {picture};
    const std::string out = check_consent(options, quiet.run).result;
    return text(out, quiet.report.failures(), " failures");
  }
};

TEST_F(ReferenceTest, AdasPictureFitsAdasFacesAndNotBrunos) {
  const fs::path ada = copy("alone", "ada"), bruno = folder_.path() / "bruno";
  QuietRun quiet;
  extract(extract_options(folder_.path(), "bruno", "0-2"), quiet.run);
  for (const fs::path& dataset : {ada, bruno}) {
    EXPECT_EQ(error_code([&] { answer(dataset, picture_of("ada")); }), 3) << "not aligned yet";
    align_it(align_options(dataset));
  }
  EXPECT_NE(answer(ada, {}).find("was not checked"), std::string::npos);
  EXPECT_NE(answer(ada, picture_of("ada")).find("all 6 faces are like the reference pictures"),
            std::string::npos);
  EXPECT_NE(answer(bruno, picture_of("bruno")).find("all 3 faces are like"), std::string::npos);
  try {
    answer(bruno, picture_of("ada"));
    FAIL() << "bruno's faces were taken for ada's";
  } catch (const Error& e) {
    ASSERT_TRUE(refused_of(e)) << e.message();
    EXPECT_EQ(refused_of(e)->reason, "consent_wrong_person");
    EXPECT_NE(e.message().find("3 of 3 faces"), std::string::npos) << e.message();
    EXPECT_NE(e.message().find("bruno frames 0-2"), std::string::npos) << e.message();
  }
}

TEST_F(ReferenceTest, APictureWithoutOneFaceIsRefused) {
  const fs::path dataset = copy("alone", "ada");
  align_it(align_options(dataset));
  const cv::Mat ada = read_frames(cast_file("ada.mp4"), 1).front().picture.bgr8();
  cv::Mat two;
  cv::hconcat(ada, ada, two);
  const fs::path crowd = folder_.path() / "two.png", empty = folder_.path() / "empty.png";
  cv::imwrite(crowd.string(), two);
  cv::imwrite(empty.string(), cv::Mat(200, 200, CV_8UC3, cv::Scalar::all(90)));
  EXPECT_EQ(error_code([&] { answer(dataset, crowd); }), 3);
  EXPECT_EQ(error_code([&] { answer(dataset, empty); }), 3);
  EXPECT_EQ(error_code([&] { answer(dataset, folder_.path() / "none.png"); }), 3);
}

}  // namespace
}  // namespace understudy::stages
