#include "understudy/dataset/overrides.h"

#include "understudy/dataset/seal.h"
#include "unit/core/scratch.h"
#include "unit/dataset/sample.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Override correction_of(const FaceRecord& record) {
  Override out;
  out.source = record.source;
  out.frame = record.frame;
  out.face = record.face;
  out.box = record.box;
  return out;
}

Override whole_correction() {
  const FaceRecord record = aligned_record(37, 1);
  Override out = correction_of(record);
  out.skip = true;
  out.landmarks = record.landmarks;
  out.mask = "000037_1.mask.png";
  out.mask_sha256 = std::string(64, 'a');
  out.mask_from_frame = {0.5, 0.25, -3, -0.25, 0.5, 7};
  out.identity = "Ada";
  out.track_identity = "Ada";
  return out;
}

TEST(Overrides, AreTheSameAfterWritingAndReading) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  EXPECT_THAT(read_overrides(dataset, "plate"), IsEmpty());
  const Override written = whole_correction();
  write_overrides(dataset, "plate", std::vector{written});
  const auto again = read_overrides(dataset, "plate");
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(to_json(again.front()), to_json(written));
  EXPECT_THAT(read_overrides(dataset, "other"), IsEmpty());
  EXPECT_EQ(override_mask_path(dataset, written), folder.path() / "overrides/plate/000037_1.mask.png");
}

TEST(Overrides, OfSeveralLinesForOneFaceTheLastCounts) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  Override first = correction_of(extracted_record(1)), second = first;
  first.skip = true;
  second.identity = "Ada";
  write_overrides(dataset, "plate", std::vector{first});
  write_file(folder.path() / "overrides/zz.jsonl", json_text(to_json(second)) + "\n\n");
  const auto read = read_overrides(dataset, "plate");
  ASSERT_EQ(read.size(), 1u);
  EXPECT_FALSE(read.front().skip);
  EXPECT_EQ(read.front().identity, "Ada");
}

TEST(Overrides, ADamagedLineIsRefusedWithItsPlace) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  const Json whole = to_json(whole_correction());
  std::vector<std::string> lines = {"{", "[]", "5"};
  for (const char* key : {"source", "frame", "face", "box", "mask_sha256", "mask_from_frame"}) {
    Json lacking = whole;
    lacking.erase(key);
    lines.push_back(json_text(lacking));
  }
  for (const Json& bad : std::vector<Json>{{{"skip", "yes"}},
                                           {{"mask", "../../etc/passwd"}},
                                           {{"identity", ""}},
                                           {{"track_identity", "a\nb"}},
                                           {{"track_identity", std::string(201, 'a')}},
                                           {{"source", "a/b"}},
                                           {{"landmarks", {1, 2}}},
                                           {{"face", -1}},
                                           {{"skipp", true}}}) {
    Json changed = whole;
    changed.update(bad);
    lines.push_back(json_text(changed));
  }
  std::string written = json_text(sealed(whole));
  written.replace(written.find("\"frame\":"), 9, "\"frame\":1");
  lines.push_back(written);
  make_folder(folder.path() / "overrides");
  for (const std::string& line : lines) {
    write_file(folder.path() / "overrides/plate.jsonl", "\n" + line + "\n");
    try {
      read_overrides(dataset, "plate");
      ADD_FAILURE() << line;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kFormat);
      EXPECT_THAT(e.message(), HasSubstr("plate.jsonl line 2")) << line;
    }
  }
}

TEST(Overrides, ALineOfANewerProgramMayHaveOtherKeys) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  Json line = to_json(whole_correction());
  line["mood"] = "merry";
  make_folder(folder.path() / "overrides");
  write_file(folder.path() / "overrides/plate.jsonl", json_text(sealed(line)) + "\n");
  EXPECT_THAT(read_overrides(dataset, "plate"), SizeIs(1));
}

TEST(Overrides, AreFoundAgainByTheBoxWhenFacesAreNumberedAnew) {
  FaceRecord left = extracted_record(5, 0), right = extracted_record(5, 1);
  right.box.x += 500;
  const std::vector<Override> corrections = {correction_of(left), correction_of(right)};
  std::swap(left.face, right.face);
  right.box.x += 10;
  const std::vector<const FaceRecord*> records = {&left, &right};
  const MatchedOverrides matched = match_overrides(corrections, records);
  EXPECT_THAT(matched.unmatched, IsEmpty());
  ASSERT_EQ(matched.by_face.size(), 2u);
  EXPECT_EQ(matched.by_face.at({5, 1}).face, 0);
  EXPECT_EQ(matched.by_face.at({5, 0}).face, 1);
}

TEST(Overrides, WithoutSuchAFaceAreUnmatched) {
  const FaceRecord there = extracted_record(5);
  Override elsewhere = correction_of(there), later = elsewhere;
  elsewhere.box.x += 500;
  later.frame = 6;
  const std::vector<const FaceRecord*> records = {&there};
  const MatchedOverrides matched = match_overrides(std::vector{elsewhere, later}, records);
  EXPECT_EQ(matched.unmatched.size(), 2u);
  EXPECT_THAT(unmatched_sentence(later), HasSubstr("plate frame 6 face 0"));
}

}  // namespace
}  // namespace understudy::dataset
