#include <gmock/gmock.h>

#include <map>
#include <set>

#include "stage/faces_sample.h"
#include "understudy/dataset/png.h"

namespace understudy::stages {
namespace {

/// A line of crossing.truth.jsonl.
struct TrueFace {
  std::string person;
  int scene;
  face::Box box;
  double seen;  ///< part of the face that nothing hides
};

std::multimap<std::int64_t, TrueFace> true_faces() {
  std::multimap<std::int64_t, TrueFace> out;
  std::ifstream in(cast_file("crossing.truth.jsonl"));
  for (std::string line; std::getline(in, line);) {
    const Json json = Json::parse(line);
    const auto b = json.at("box").get<std::vector<float>>();
    out.emplace(json.at("frame").get<std::int64_t>(),
                TrueFace{json.at("person").get<std::string>(), json.at("scene").get<int>(),
                         face::Box(b[0], b[1], b[2] - b[0], b[3] - b[1]), json.at("seen").get<double>()});
  }
  return out;
}

/// Whose face a record shows: the one whose middle lies in it, of those that are seen best.
const TrueFace* truth_of(const dataset::FaceRecord& record,
                         const std::multimap<std::int64_t, TrueFace>& truth) {
  const TrueFace* best = nullptr;
  const auto [first, last] = truth.equal_range(record.frame);
  for (auto it = first; it != last; ++it) {
    const double overlap = face::intersection_over_union(record.box, it->second.box);
    if (overlap < 0.3 || it->second.seen < 0.3) continue;
    if (!best || overlap > face::intersection_over_union(record.box, best->box)) best = &it->second;
  }
  return best;
}

/// Two people cross before each other, the shot cuts to another camera, a hand passes before a face.
class Crossing : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    ExtractOptions options = extract_options(folder_->path(), "crossing", "0-83");
    options.min_face_px = 48;
    QuietRun quiet;
    extract(options, quiet.run);
    dataset_ = options.dataset;
    for (auto& [folder, record] : records_in(options.dataset / "extract/crossing"))
      records_.push_back(std::move(record));
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
    records_.clear();
  }

  static inline TemporaryFolder* folder_ = nullptr;
  static inline fs::path dataset_;
  static inline std::vector<dataset::FaceRecord> records_;
};

TEST_F(Crossing, EachPersonIsFoundInNearlyEveryFrameInWhichTheyAreSeen) {
  const auto truth = true_faces();
  std::map<std::pair<std::string, int>, int> seen, found;
  for (const auto& [frame, face] : truth) seen[{face.person, face.scene}] += face.seen > 0.9;
  for (const dataset::FaceRecord& record : records_)
    if (const TrueFace* face = truth_of(record, truth); face && face->seen > 0.9)
      ++found[{face->person, face->scene}];
  ASSERT_EQ(seen.size(), 4u);
  for (const auto& [whom, frames] : seen)
    EXPECT_GE(found[whom], 0.95 * frames) << whom.first << " in scene " << whom.second;
}

TEST_F(Crossing, NothingElseIsTakenForAFace) {
  const auto truth = true_faces();
  int others = 0;
  for (const dataset::FaceRecord& record : records_) {
    const auto [first, last] = truth.equal_range(record.frame);
    others += std::none_of(first, last, [&](const auto& entry) {
      return face::intersection_over_union(record.box, entry.second.box) > 0.2;
    });
  }
  EXPECT_EQ(others, 0);
}

TEST_F(Crossing, NoTrackMixesPeopleOrScenes) {
  const auto truth = true_faces();
  std::map<std::string, std::map<std::string, int>> people;
  std::map<std::string, std::set<int>> scenes;
  for (const dataset::FaceRecord& record : records_)
    if (const TrueFace* face = truth_of(record, truth)) {
      ++people[record.track][face->person];
      scenes[record.track].insert(face->scene);
    }
  for (const auto& [track, whom] : people) {
    EXPECT_EQ(whom.size(), 1u) << track << ": " << testing::PrintToString(whom);
    EXPECT_EQ(scenes[track].size(), 1u) << track;
  }
}

/// How much of bruno's face a mask shows while a hand passes before it, as part of what it shows else.
TEST_F(Crossing, SkinMasksLeaveTheHandOut) {
  AlignOptions options = align_options(dataset_);
  options.landmarker = "understudy";
  options.mask = "skin";
  QuietRun quiet;
  align(options, quiet.run);
  const auto truth = true_faces();
  double open = 0;
  int open_faces = 0;
  std::vector<std::pair<double, double>> covered;  // shown and truly seen
  for (const auto& [folder, record] : records_in(dataset_ / "align/crossing")) {
    const TrueFace* face = truth_of(record, truth);
    if (!face || face->person != "bruno" || face->scene != 1) continue;
    const cv::Mat mask = dataset::decode_png(read_file(folder / record.mask), record.mask);
    const double shown = cv::mean(mask)[0];
    if (face->seen > 0.99) {
      open += shown;
      ++open_faces;
    } else if (face->seen < 0.9) {
      covered.emplace_back(shown, face->seen);
    }
  }
  ASSERT_GE(covered.size(), 5u);
  for (const auto& [shown, seen] : covered) EXPECT_NEAR(shown / (open / open_faces), seen, 0.12);
}

}  // namespace
}  // namespace understudy::stages
