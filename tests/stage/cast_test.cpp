#include "understudy/stages/cast.h"

#include <gmock/gmock.h>

#include "stage/cast_sample.h"
#include "understudy/dataset/faces_in_use.h"
#include "understudy/stages/faces.h"
#include "understudy/stages/people.h"

namespace understudy::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CastTest : public testing::Test {
 protected:
  fs::path root() const { return sample_.root(); }

  /// "SOURCE LEFT RIGHT": who it is frame by frame, one letter a frame where it changes.
  std::vector<std::string> people() const {
    Report report;
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> names;
    for (const ListedFace& face : list_faces(dataset::Dataset::open(root()), report)) {
      std::vector<std::string>& of_track = names[{face.record.source, face.record.track}];
      if (of_track.empty() || of_track.back() != face.record.person) of_track.push_back(face.record.person);
    }
    std::vector<std::string> out;
    for (const auto& [track, in_turn] : names)
      out.push_back(text(track.first, " ", track.second, ": ", joined(in_turn)));
    return out;
  }

  void name(const std::string& person, const std::string& new_name) {
    QuietRun quiet;
    NamePersonOptions options;
    options.dataset = root();
    options.person = person;
    options.name = new_name;
    name_person(options, quiet.run);
  }
  void merge(std::vector<std::string> whom) {
    QuietRun quiet;
    MergePeopleOptions options;
    options.dataset = root();
    options.people = std::move(whom);
    merge_people(options, quiet.run);
  }
  void split(const std::string& person, std::vector<std::string> tracks, const std::string& frames,
             const std::string& new_name) {
    QuietRun quiet;
    SplitPersonOptions options;
    options.dataset = root();
    options.person = person;
    options.tracks = std::move(tracks);
    options.frames = frames;
    options.name = new_name;
    split_person(options, quiet.run);
  }
  /// What `work` is refused with: code and sentence with hint. The corrections stay as they were.
  template <class Work>
  std::string refusal(Work work) {
    const auto before = corrections();
    try {
      work();
    } catch (const Error& e) {
      EXPECT_EQ(corrections(), before);
      return text(static_cast<int>(e.code()), " ", e.message(), "; ", e.hint());
    }
    return "nothing was thrown";
  }
  std::string corrections() const {
    std::string out;
    for (const char* source : {"one", "two"})
      if (const fs::path file = root() / "overrides" / text(source, ".jsonl"); fs::exists(file))
        out += read_file(file);
    return out;
  }

  TwoSources sample_;
};

TEST_F(CastTest, ListsPeopleAndSaysWhereTwoAreTakenForOne) {
  QuietRun quiet;
  ListPeopleOptions options;
  options.dataset = root();
  EXPECT_EQ(list_people(options, quiet.run).result,
            "id\tname\ttracks\tfaces\tframes\tsources\n"
            "p1\t-\t3\t12\t8\tone, two\n"
            "p2\t-\t1\t4\t4\tone\n");
  options.json = true;
  const Json people = Json::parse(list_people(options, quiet.run).result);
  EXPECT_EQ(people[0]["frames_with_two"], Json({{"two", {0, 1, 2, 3}}}));
  EXPECT_EQ(people[1]["frames_with_two"], Json::object());
  EXPECT_EQ(people[1]["name"], nullptr);
  CheckFacesOptions check;
  check.dataset = root();
  const std::string problems = check_faces(check, quiet.run).result;
  EXPECT_THAT(problems, HasSubstr("'p1' has two faces or more in 4 frames of two (0-3; tracks left, right)"));
  EXPECT_THAT(problems, HasSubstr("understudy-cast split"));
}

TEST_F(CastTest, ANameIsWrittenOnceATrackAndHoldsAtOnce) {
  name("p1", "Ada");
  EXPECT_THAT(people(), ElementsAre("one left: Ada", "one right: p2", "two left: Ada", "two right: Ada"));
  EXPECT_EQ(std::ranges::count(corrections(), '\n'), 3);
  name("Ada", "Eve");
  EXPECT_THAT(people(), ElementsAre("one left: Eve", "one right: p2", "two left: Eve", "two right: Eve"));
  EXPECT_EQ(std::ranges::count(corrections(), '\n'), 3);
}

TEST_F(CastTest, SplitsTracksAndMergesPeople) {
  split("p1", {"right"}, "", "Bruno");
  EXPECT_THAT(people(), ElementsAre("one left: p1", "one right: p2", "two left: p1", "two right: Bruno"));
  merge({"Bruno", "p2"});
  EXPECT_THAT(people(), ElementsAre("one left: p1", "one right: Bruno", "two left: p1", "two right: Bruno"));
  merge({"p1", "Bruno"});
  EXPECT_THAT(people(), ElementsAre("one left: p1", "one right: p1", "two left: p1", "two right: p1"));
}

TEST_F(CastTest, SplitsWithinATrack) {
  split("p2", {}, "1-2", "");
  EXPECT_THAT(people(),
              ElementsAre("one left: p1", "one right: p2, one:right, p2", "two left: p1", "two right: p1"));
  split("p1", {"two:right"}, "2-3", "Carla");
  EXPECT_THAT(people(), ElementsAre("one left: p1", "one right: p2, one:right, p2", "two left: p1",
                                    "two right: p1, Carla"));
  merge({"p2", "one:right"});
  EXPECT_THAT(people(), ElementsAre("one left: p1", "one right: p2", "two left: p1", "two right: p1, Carla"));
}

TEST_F(CastTest, AFacesOwnNameIsChangedWithItsPersons) {
  QuietRun quiet;
  EditOptions edit;
  edit.dataset = root();
  edit.source = "one";
  edit.frame = 2;
  edit.face = 1;
  edit.identity = "p1";
  edit_face(edit, quiet.run);
  EXPECT_THAT(people(), testing::Contains("one right: p2, p1, p2"));
  name("p1", "Ada");
  EXPECT_THAT(people(), testing::Contains("one right: p2, Ada, p2"));
  name("p2", "Bruno");
  EXPECT_THAT(people(), testing::Contains("one right: Bruno, Ada, Bruno"));
  edit.identity.clear();
  edit.clear = true;
  edit_face(edit, quiet.run);
  EXPECT_THAT(people(), testing::Contains("one right: Bruno"));
}

TEST_F(CastTest, ClearingAFaceLeavesTheNameOfItsTrack) {
  name("p2", "Bruno");
  QuietRun quiet;
  EditOptions edit;
  edit.dataset = root();
  edit.source = "one";
  edit.face = 1;
  edit.clear = true;
  EXPECT_THAT(refusal([&] { edit_face(edit, quiet.run); }), HasSubstr("no correction"));
  edit.clear = false;
  edit.skip = true;
  edit_face(edit, quiet.run);
  edit.skip = false;
  edit.clear = true;
  edit_face(edit, quiet.run);
  EXPECT_THAT(people(), testing::Contains("one right: Bruno"));
}

TEST_F(CastTest, RefusesWhatCannotBe) {
  EXPECT_THAT(refusal([&] { name("carl", "x"); }),
              testing::AllOf(HasSubstr("2 nobody"), HasSubstr("'carl'; it shows: p1, p2")));
  EXPECT_THAT(refusal([&] { name("p1", "p2"); }),
              testing::AllOf(HasSubstr("2 there is a 'p2' already"), HasSubstr("cast merge")));
  EXPECT_THAT(refusal([&] { name("p1", "a\tb"); }), HasSubstr("2 '' cannot be a person's name"));
  EXPECT_THAT(refusal([&] { name("p1", ""); }), HasSubstr("cannot be a person's name"));
  EXPECT_THAT(refusal([&] { merge({"p1", "p1"}); }), HasSubstr("2 'p1' is one person"));
  EXPECT_THAT(refusal([&] { split("p1", {}, "", ""); }), HasSubstr("2 what of 'p1' is another person"));
  EXPECT_THAT(refusal([&] { split("p1", {"middle"}, "", ""); }),
              HasSubstr("no track 'middle'; their tracks are: one:left, two:left, two:right"));
  EXPECT_THAT(refusal([&] { split("p1", {"left"}, "", ""); }), HasSubstr("'left' in several sources"));
  EXPECT_THAT(refusal([&] { split("p1", {}, "9", ""); }), HasSubstr("2 none of the 12 faces"));
  EXPECT_THAT(refusal([&] { split("p2", {"right"}, "", ""); }), HasSubstr("2 all of the 4 faces"));
  EXPECT_THAT(refusal([&] { split("p1", {}, "1:2", ""); }), HasSubstr("2 "));
  EXPECT_THAT(refusal([&] { split("p1", {"right"}, "", "p2"); }), HasSubstr("there is a 'p2' already"));
}

TEST_F(CastTest, AnOldCorrectionInTheWayIsNotLost) {
  dataset::Override gone;
  gone.source = "one";
  gone.face = 1;
  gone.box = {600, 300, 10, 10};
  gone.skip = true;
  dataset::write_overrides(dataset::Dataset::open(root()), "one", std::vector{gone});
  EXPECT_THAT(refusal([&] { name("p2", "Bruno"); }),
              testing::AllOf(HasSubstr("one frame 0 face 1, but there is no such face"),
                             HasSubstr("--face 1 --clear")));
}

TEST_F(CastTest, DrawsASheetOfEachPerson) {
  name("p2", "../Bruno");
  QuietRun quiet;
  ListPeopleOptions options;
  options.dataset = root();
  options.sheets = sample_.folder() / "sheets";
  list_people(options, quiet.run);
  EXPECT_TRUE(fs::exists(options.sheets / "p1.png"));
  EXPECT_TRUE(fs::exists(options.sheets / "%2E.%2FBruno.png"));
  EXPECT_EQ(error_code([&] { list_people(options, quiet.run); }), 2);
}

}  // namespace
}  // namespace understudy::stages
