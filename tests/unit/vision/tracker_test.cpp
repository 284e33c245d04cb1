#include "understudy/vision/tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <opencv2/imgproc.hpp>
#include <set>

#include "unit/vision/stills.h"

namespace understudy::vision {
namespace {

constexpr int kWidth = 480, kHeight = 300;

/// Sees what the test tells it to; by default nothing, so that the tracker is on its own.
class ScriptedDetector final : public Detector {
 public:
  std::vector<Detection> detect(const cv::Mat& bgr8, double min_score) override {
    ++calls;
    return script ? script(bgr8, min_score) : std::vector<Detection>{};
  }
  double sure_score() const override { return 0.5; }
  std::unique_ptr<Detector> twin() const override { return std::make_unique<ScriptedDetector>(*this); }

  std::function<std::vector<Detection>(const cv::Mat&, double)> script;
  int calls = 0;
};

/// A picture with coarse detail, the same for the same seed.
cv::Mat texture(cv::Size size, std::uint64_t seed) {
  cv::Mat out(size, CV_8UC3);
  cv::RNG random(seed);
  random.fill(out, cv::RNG::UNIFORM, 0, 256);
  cv::GaussianBlur(out, out, {}, 15);
  cv::normalize(out, out, 20, 235, cv::NORM_MINMAX);
  return out;
}

/// A head that moves over a background. Its box is the middle of what is drawn.
class Scene {
 public:
  explicit Scene(std::uint64_t seed = 1) : background_(texture({kWidth, kHeight}, seed)) {
    face_ = read_still("ada_0")(cv::Rect(70, 75, 110, 110));
  }

  static face::Box box_at(cv::Point2f centre) { return {centre.x - 45, centre.y - 45, 90, 90}; }

  cv::Mat draw(const std::vector<cv::Point2f>& centres) const {
    cv::Mat out = background_.clone();
    for (const cv::Point2f& centre : centres) {
      const cv::Rect place(cvRound(centre.x) - 55, cvRound(centre.y) - 55, 110, 110);
      const cv::Rect inside = place & cv::Rect({}, out.size());
      if (!inside.empty()) face_(inside - place.tl()).copyTo(out(inside));
    }
    return out;
  }

 private:
  cv::Mat background_, face_;
};

Detection at(cv::Point2f centre, double score = 0.9) {
  return {Scene::box_at(centre), score, std::nullopt};
}

TEST(Tracker, KeepsItsIdWhileTheFaceMoves) {
  const Scene scene;
  ScriptedDetector detector;
  Tracker tracker(detector, {});
  for (int i = 0; i < 20; ++i) {
    const cv::Point2f a(100.f + 6.f * static_cast<float>(i), 150), b(380, 140);
    const auto faces = tracker.next(37 + i, scene.draw({a, b}), {at(b), at(a, 0.8)});
    ASSERT_EQ(faces.size(), 2u);
    EXPECT_EQ(faces[0].track, "000037_0");
    EXPECT_EQ(faces[1].track, "000037_1");
    EXPECT_EQ(faces[0].detection.box, Scene::box_at(b));
    EXPECT_FALSE(faces[0].followed);
  }
  EXPECT_EQ(detector.calls, 0);
}

TEST(Tracker, FollowsWhereTheDetectorMisses) {
  const Scene scene;
  ScriptedDetector detector;
  Tracker tracker(detector, {});
  for (int i = 0; i < 24; ++i) {
    const cv::Point2f centre(120.f + 5.f * static_cast<float>(i), 150.f + 1.5f * static_cast<float>(i));
    const bool missed = i >= 4 && i < 18;
    const auto faces =
        tracker.next(i, scene.draw({centre}), missed ? std::vector<Detection>{} : std::vector{at(centre)});
    ASSERT_EQ(faces.size(), 1u) << i;
    EXPECT_EQ(faces[0].track, "000000_0");
    EXPECT_EQ(faces[0].followed, missed);
    EXPECT_GT(face::intersection_over_union(faces[0].detection.box, Scene::box_at(centre)), 0.7) << i;
  }
}

/// Ada's and bruno's faces; the one in front covers the other.
class TwoPeople {
 public:
  explicit TwoPeople(cv::Size size = {kWidth, kHeight}) : background_(texture(size, 3)) {
    faces_[0] = read_still("ada_0")(cv::Rect(70, 75, 110, 110));
    faces_[1] = read_still("bruno_46")(cv::Rect(41, 64, 110, 110));
  }

  cv::Mat draw(const std::array<cv::Point2f, 2>& centres, int in_front) const {
    cv::Mat out = background_.clone();
    for (const int person : {1 - in_front, in_front}) {
      const cv::Point2f c = centres[static_cast<std::size_t>(person)];
      faces_[static_cast<std::size_t>(person)].copyTo(
          out(cv::Rect(cvRound(c.x) - 55, cvRound(c.y) - 55, 110, 110)));
    }
    return out;
  }

 private:
  cv::Mat background_;
  std::array<cv::Mat, 2> faces_;
};

/// Which of the two each track was on, in the frames in which the detector saw it.
using TracksOnPeople = std::map<std::string, std::set<int>>;

void note(const std::vector<TrackedFace>& faces, const std::array<cv::Point2f, 2>& centres,
          TracksOnPeople& tracks) {
  for (const TrackedFace& face : faces) {
    if (face.followed) continue;
    const cv::Point2f middle = (face.detection.box.tl() + face.detection.box.br()) / 2;
    tracks[face.track].insert(cv::norm(middle - centres[0]) < cv::norm(middle - centres[1]) ? 0 : 1);
  }
}

TEST(Tracker, PeopleWhoCrossDoNotSwapTracks) {
  constexpr float kHidden = 50;  // pixels between the middles
  const TwoPeople people;
  for (const int in_front : {0, 1}) {
    ScriptedDetector detector;
    Tracker tracker(detector, {});
    TracksOnPeople tracks;
    for (int frame = 0; frame < 36; ++frame) {
      const float way = 8.f * static_cast<float>(frame);
      const std::array<cv::Point2f, 2> centres = {cv::Point2f(100 + way, 140), {380 - way, 152}};
      std::vector<Detection> detections = {at(centres[static_cast<std::size_t>(in_front)])};
      if (std::abs(centres[0].x - centres[1].x) > kHidden)
        detections.push_back(at(centres[static_cast<std::size_t>(1 - in_front)]));
      note(tracker.next(frame, people.draw(centres, in_front), detections), centres, tracks);
    }
    for (const auto& [track, of] : tracks) EXPECT_EQ(of.size(), 1u) << track << ", in front: " << in_front;
    EXPECT_TRUE(tracks.contains("000000_0") && tracks.contains("000000_1"));
    EXPECT_LE(tracks.size(), 3u) << "whoever is hidden for long may begin anew";
  }
}

TEST(Tracker, NeighboursWhoLurchDoNotSwapTracks) {
  const TwoPeople people({1280, 720});
  for (const float lurch : {40.f, -40.f}) {
    ScriptedDetector detector;
    Tracker tracker(detector, {});
    TracksOnPeople tracks;
    for (int frame = 0; frame < 8; ++frame) {
      const float x = frame < 4 ? 500 : 500 + lurch;  // one comes to lie nearer to where the other was
      const std::array<cv::Point2f, 2> centres = {cv::Point2f(x, 150), {x + 60, 150}};
      note(tracker.next(frame, people.draw(centres, 0), {at(centres[0]), at(centres[1])}), centres, tracks);
    }
    EXPECT_EQ(tracks, (TracksOnPeople{{"000000_0", {0}}, {"000000_1", {1}}})) << lurch;
  }
}

TEST(Tracker, WhoIsHiddenIsNotSearchedForInTheFaceInFront) {
  const TwoPeople people;
  ScriptedDetector detector;
  detector.script = [](const cv::Mat& view, double) {
    const float side = static_cast<float>(view.cols) / 2.2f,
                start = (static_cast<float>(view.cols) - side) / 2;
    return std::vector<Detection>{{{start, start, side, side}, 0.4, std::nullopt}};
  };
  Tracker tracker(detector, {});
  tracker.next(0, people.draw({cv::Point2f(200, 150), {260, 150}}, 1), {at({200, 150}), at({260, 150})});
  const auto faces = tracker.next(1, people.draw({cv::Point2f(200, 150), {225, 150}}, 1), {at({225, 150})});
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_EQ(faces[0].track, "000000_1");
  EXPECT_EQ(faces[0].detection.box, Scene::box_at({225, 150}));
}

TEST(Tracker, SearchesAgainNearTheExpectedPlace) {
  const Scene scene;
  ScriptedDetector detector;
  // Sees the face only in a closer view, in whose middle it should be.
  detector.script = [](const cv::Mat& view, double min_score) {
    EXPECT_LT(min_score, 0.5);
    const float side = static_cast<float>(view.cols) / 2.2f,
                start = (static_cast<float>(view.cols) - side) / 2;
    return std::vector<Detection>{{{start, start, side, side}, 0.4, std::nullopt}};
  };
  Tracker tracker(detector, {});
  tracker.next(0, scene.draw({{120, 150}}), {at({120, 150})});
  const auto faces = tracker.next(1, scene.draw({{124, 150}}), {});
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_FALSE(faces[0].followed);
  EXPECT_DOUBLE_EQ(faces[0].detection.score, 0.4);
  EXPECT_GT(face::intersection_over_union(faces[0].detection.box, Scene::box_at({120, 150})), 0.9);
}

TEST(Tracker, LetsGoOfAFaceThatLeavesThePicture) {
  const Scene scene;
  ScriptedDetector detector;
  Tracker tracker(detector, {});
  int last_with_face = -1;
  for (int i = 0; i < 40; ++i) {
    const cv::Point2f centre(130.f - 8.f * static_cast<float>(i), 150);
    const auto faces =
        tracker.next(i, scene.draw({centre}), i < 3 ? std::vector{at(centre)} : std::vector<Detection>{});
    for (const TrackedFace& face : faces) {
      last_with_face = i;
      EXPECT_GT(face::intersection_over_union(face.detection.box, Scene::box_at(centre)), 0.4)
          << "drifted at " << i;
    }
  }
  EXPECT_GE(last_with_face, 8);
  EXPECT_LE(last_with_face, 19) << "its middle left the picture at 16";
}

TEST(Tracker, DoesNotStayOnTheBackground) {
  const Scene scene;
  ScriptedDetector detector;
  Tracker tracker(detector, {});
  for (int i = 0; i < 4; ++i) tracker.next(i, scene.draw({{200, 150}}), {at({200, 150})});
  for (int i = 4; i < 12; ++i) EXPECT_TRUE(tracker.next(i, scene.draw({}), {}).empty()) << i;
  // Soon enough it is the same face again, later it is not.
  EXPECT_EQ(tracker.next(12, scene.draw({{200, 150}}), {at({200, 150})})[0].track, "000012_0");
}

TEST(Tracker, ComesBackUnderItsIdAfterAShortGap) {
  const Scene scene;
  ScriptedDetector detector;
  Tracker tracker(detector, {});
  for (int i = 0; i < 4; ++i) tracker.next(i, scene.draw({{200, 150}}), {at({200, 150})});
  for (int i = 4; i < 7; ++i) tracker.next(i, scene.draw({}), {});
  const auto back = tracker.next(7, scene.draw({{205, 150}}), {at({205, 150})});
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].track, "000000_0");
}

TEST(Tracker, FollowsNoLongerThanALimit) {
  const Scene scene;
  ScriptedDetector detector;
  Tracker tracker(detector, {});
  tracker.next(0, scene.draw({{200, 150}}), {at({200, 150})});
  int followed = 0;
  for (int i = 1; i < 60; ++i)
    followed += static_cast<int>(tracker.next(i, scene.draw({{200, 150}}), {}).size());
  EXPECT_EQ(followed, 24);
}

TEST(Tracker, ACutEndsTracksEvenWhereTheNextFaceStandsInTheSamePlace) {
  const Scene before(1), after(2);
  ScriptedDetector detector;
  Tracker tracker(detector, {});
  tracker.next(0, before.draw({{200, 150}}), {at({200, 150})});
  EXPECT_EQ(tracker.next(1, before.draw({{202, 150}}), {at({202, 150})})[0].track, "000000_0");
  EXPECT_EQ(tracker.next(2, after.draw({{203, 150}}), {at({203, 150})})[0].track, "000002_0");
  EXPECT_TRUE(tracker.next(3, before.draw({{200, 150}}), {}).empty()) << "nothing is followed over a cut";
}

TEST(Tracker, AFlashIsNoCut) {
  const Scene scene;
  ScriptedDetector detector;
  Tracker tracker(detector, {});
  tracker.next(0, scene.draw({{200, 150}}), {at({200, 150})});
  cv::Mat bright;
  scene.draw({{200, 150}}).convertTo(bright, -1, 1.2, 40);
  EXPECT_EQ(tracker.next(1, bright, {at({200, 150})})[0].track, "000000_0");
}

TEST(Tracker, AGapInTheFrameNumbersEndsTracks) {
  const Scene scene;
  ScriptedDetector detector;
  Tracker tracker(detector, {});
  tracker.next(0, scene.draw({{200, 150}}), {at({200, 150})});
  EXPECT_EQ(tracker.next(5, scene.draw({{200, 150}}), {at({200, 150})})[0].track, "000000_0");
  EXPECT_EQ(tracker.next(15, scene.draw({{200, 150}}), {at({200, 150})})[0].track, "000015_0");
}

TEST(Tracker, AWeakDetectionContinuesButDoesNotBegin) {
  const Scene scene;
  ScriptedDetector detector;
  Tracker tracker(detector, {});
  EXPECT_TRUE(tracker.next(0, scene.draw({{200, 150}}), {at({200, 150}, 0.3)}).empty());
  EXPECT_EQ(tracker.next(1, scene.draw({{200, 150}}), {at({200, 150}, 0.6)}).size(), 1u);
  const auto faces = tracker.next(2, scene.draw({{204, 150}}), {at({204, 150}, 0.3)});
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_FALSE(faces[0].followed);
  EXPECT_EQ(faces[0].track, "000001_0");
}

TEST(Tracker, KeepsTheLargestFacesOnly) {
  const Scene scene;
  ScriptedDetector detector;
  Tracker tracker(detector, {80, 1});
  Detection large = at({350, 150}, 0.6);
  large.box = {280, 80, 140, 140};
  const auto faces = tracker.next(0, scene.draw({{120, 150}, {350, 150}}), {at({120, 150}), large});
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_EQ(faces[0].detection.box, large.box);
}

TEST(Tracker, TakesPicturesThatChangeTheirSize) {
  ScriptedDetector detector;
  Tracker tracker(detector, {});
  tracker.next(0, texture({300, 200}, 1), {at({100, 100})});
  EXPECT_TRUE(tracker.next(1, texture({20, 10}, 1), {}).empty());
  EXPECT_TRUE(tracker.next(2, cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(0)), {}).empty());
}

}  // namespace
}  // namespace understudy::vision
