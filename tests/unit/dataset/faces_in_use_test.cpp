#include "understudy/dataset/faces_in_use.h"

#include "unit/core/scratch.h"
#include "unit/dataset/sample.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A source whose left face is of track "left", its right one of "right".
class TwoPeople {
 public:
  TwoPeople() : dataset_(Dataset::create(folder_.path(), dataset_info(), kConsentText)) {
    dataset_.add_source(source_record());
  }

  static FaceRecord face(std::int64_t frame, bool right, const std::string& person) {
    FaceRecord out = aligned_record(frame, right ? 1 : 0);
    if (right) out.box.x += 400;
    out.track = right ? "right" : "left";
    out.person = person;
    return out;
  }

  /// A shard of these frames, with what align found of the person on either side.
  void publish(const std::string& stage, const std::vector<std::int64_t>& frames,
               const std::string& left = {}, const std::string& right = {}) const {
    ShardWriter writer(dataset_.stage_folder(stage, "plate"), shard_info(stage, frames));
    for (const std::int64_t frame : frames)
      for (const bool is_right : {false, true})
        writer.add(face(frame, is_right, is_right ? right : left), drawn_picture(16, CV_16UC3), {});
    writer.publish();
  }

  void correct(const std::vector<Override>& corrections) const {
    write_overrides(dataset_, "plate", corrections);
  }
  static Override correction(std::int64_t frame, bool right, const std::string& track_identity) {
    const FaceRecord record = face(frame, right, {});
    Override out;
    out.source = record.source;
    out.frame = frame;
    out.face = record.face;
    out.box = record.box;
    out.track_identity = track_identity;
    return out;
  }

  /// "FRAME_FACE id" of each face in use.
  std::vector<std::string> people(const std::string& stage = "align") const {
    const FacesInUse in_use(dataset_);
    std::vector<std::string> out;
    std::vector<BadLine> bad;
    for (const Shard& shard : list_shards(dataset_.stage_folder(stage, "plate")))
      for (const FaceRecord& record : in_use.read(shard, bad))
        out.push_back(text(record.frame, "_", record.face, " ", person_id(record)));
    EXPECT_THAT(bad, IsEmpty());
    return out;
  }

  fs::path shard(const char* name) const { return dataset_.stage_folder("align", "plate") / name; }

 private:
  ScratchFolder folder_;
  Dataset dataset_;
};

TEST(FacesInUse, WithoutCorrectionsAreAsAlignFoundThem) {
  const TwoPeople sample;
  sample.publish("align", {1}, "p1", "");
  EXPECT_THAT(sample.people(), ElementsAre("1_0 p1", "1_1 plate:right"));
}

TEST(FacesInUse, SkippedFacesAreNotAmongThemAndNoOthersLack) {
  const TwoPeople sample;
  sample.publish("align", {1, 2});
  Override skip = TwoPeople::correction(1, true, "");
  skip.skip = true;
  Override named = TwoPeople::correction(2, false, "");
  named.identity = "Ada";
  sample.correct({skip, named});
  EXPECT_THAT(sample.people(), ElementsAre("1_0 plate:left", "2_0 Ada", "2_1 plate:right"));
}

TEST(FacesInUse, ATracksNameHoldsInAllShardsAndStages) {
  const TwoPeople sample;
  sample.publish("align", {1, 2});
  sample.publish("align", {101});
  sample.publish("convert/swap", {101});
  sample.correct({TwoPeople::correction(2, false, "Ada")});
  EXPECT_THAT(sample.people(), ElementsAre("1_0 Ada", "1_1 plate:right", "2_0 Ada", "2_1 plate:right",
                                           "101_0 Ada", "101_1 plate:right"));
  EXPECT_THAT(sample.people("convert/swap"), ElementsAre("101_0 Ada", "101_1 plate:right"));
}

TEST(FacesInUse, ATrackMayHaveANewNameFromAFaceOn) {
  const TwoPeople sample;
  sample.publish("align", {1, 2, 3, 4});
  Override one = TwoPeople::correction(4, true, "");
  one.identity = "Carla";
  sample.correct({TwoPeople::correction(1, false, "Ada"), TwoPeople::correction(3, false, "Bruno"),
                  TwoPeople::correction(2, true, "Bruno"), one});
  EXPECT_THAT(sample.people(), ElementsAre("1_0 Ada", "1_1 Bruno", "2_0 Ada", "2_1 Bruno", "3_0 Bruno",
                                           "3_1 Bruno", "4_0 Bruno", "4_1 Carla"));
}

TEST(FacesInUse, ANamedFaceThatWasRemovedStillNamesItsTrack) {
  const TwoPeople sample;
  sample.publish("align", {1, 2});
  sample.correct({TwoPeople::correction(1, false, "Ada")});
  fs::remove(sample.shard("000001-000002") / "000001_0.png");
  EXPECT_THAT(sample.people(), ElementsAre("1_1 plate:right", "2_0 Ada", "2_1 plate:right"));
}

TEST(FacesInUse, TheNameOfAPersonsTrackIsThatOfTheOthers) {
  const TwoPeople sample;
  sample.publish("align", {1}, "p1", "p1");
  sample.correct({TwoPeople::correction(1, false, "Ada")});
  EXPECT_THAT(sample.people(), ElementsAre("1_0 Ada", "1_1 Ada"));
}

TEST(FacesInUse, TwoNamesOfAPersonAreNoNameOfTheOtherTracks) {
  const TwoPeople sample;
  sample.publish("align", {1, 2}, "p1", "p1");
  sample.correct({TwoPeople::correction(1, false, "Ada"), TwoPeople::correction(2, false, "Bruno")});
  EXPECT_THAT(sample.people(), ElementsAre("1_0 Ada", "1_1 p1", "2_0 Bruno", "2_1 p1"));
}

TEST(FacesInUse, NamesStayWithTheirFacesWhenTracksAreFoundAnew) {
  const TwoPeople sample;
  sample.publish("align", {1, 2});
  // Written when each track went from one person to the other between the frames.
  sample.correct({TwoPeople::correction(1, false, "Ada"), TwoPeople::correction(2, true, "Bruno"),
                  TwoPeople::correction(1, true, "Bruno"), TwoPeople::correction(2, false, "Ada")});
  EXPECT_THAT(sample.people(), ElementsAre("1_0 Ada", "1_1 Bruno", "2_0 Ada", "2_1 Bruno"));
}

}  // namespace
}  // namespace understudy::dataset
