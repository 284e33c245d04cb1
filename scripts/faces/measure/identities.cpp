#include <algorithm>
#include <ctime>
#include <iostream>
#include <map>
#include <numeric>

#include "report.h"
#include "understudy/core/text.h"
#include "understudy/vision/embedder.h"
#include "understudy/vision/landmarker.h"

namespace understudy::faces {
namespace {

constexpr const char* kLandmarker = "understudy";
constexpr double kMostYaw = 60;
constexpr std::size_t kInGroup = 4;
constexpr double kFalseRate = 0.01;

struct Person {
  std::string name;
  face::Identity identity;
};

/// Likenesses of pairs: of one person, and of two.
struct Pairs {
  std::vector<double> same, other;
};

void sort(Pairs& pairs) {
  std::ranges::sort(pairs.same);
  std::ranges::sort(pairs.other);
}

Pairs pairs_of(const std::vector<Person>& all) {
  Pairs out;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = i + 1; j < all.size(); ++j)
      (all[i].name == all[j].name ? out.same : out.other)
          .push_back(face::likeness(all[i].identity, all[j].identity));
  sort(out);
  return out;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(std::max<std::size_t>(1, values.size()));
}

/// The share of `sorted` that is at least `limit`.
double share_from(const std::vector<double>& sorted, double limit) {
  return static_cast<double>(sorted.end() - std::ranges::lower_bound(sorted, limit)) /
         static_cast<double>(std::max<std::size_t>(1, sorted.size()));
}

/// Where as many pairs of one person are missed as pairs of two are taken.
double equal_error(const Pairs& pairs) {
  for (const double limit : pairs.other)
    if (const double missed = 1 - share_from(pairs.same, limit); missed >= share_from(pairs.other, limit))
      return missed;
  return 0;
}

void write_row(const std::string& what, const Pairs& pairs) {
  const auto few = static_cast<std::size_t>(kFalseRate * static_cast<double>(pairs.other.size()));
  const double limit = pairs.other[pairs.other.size() - 1 - few];
  const double most = pairs.same[pairs.same.size() / 20];
  std::cout << "| " << what << " | " << pairs.same.size() << " / " << pairs.other.size() << " | "
            << fixed(mean(pairs.same), 2) << " / " << fixed(mean(pairs.other), 2) << " | "
            << fixed(100 * share_from(pairs.same, limit), 1) << " % | " << fixed(limit, 2) << " | "
            << fixed(100 * equal_error(pairs), 1) << " % | " << fixed(most, 2) << " | "
            << fixed(100 * share_from(pairs.other, most), 1) << " % |" << std::endl;
}

void write_limit(const std::string& what, const Pairs& pairs, double limit) {
  std::cout << "\n"
            << what << " from " << fixed(limit, 2) << " on: " << fixed(100 * share_from(pairs.same, limit), 1)
            << " % of one person, " << fixed(100 * share_from(pairs.other, limit), 1) << " % of two";
}

/// The mean directions of kInGroup faces of a person each.
std::vector<Person> groups_of(const std::vector<Person>& faces) {
  std::map<std::string, std::vector<const face::Identity*>> by_person;
  for (const Person& face : faces) by_person[face.name].push_back(&face.identity);
  std::vector<Person> out;
  for (const auto& [name, theirs] : by_person)
    for (std::size_t first = 0; first + kInGroup <= theirs.size(); first += kInGroup) {
      face::Identity sum(theirs[first]->size());
      for (std::size_t i = first; i < first + kInGroup; ++i)
        std::ranges::transform(*theirs[i], sum, sum.begin(), std::plus());
      out.push_back({name, face::unit_length(std::move(sum))});
    }
  return out;
}

/// A picture against a track: each first group with the faces behind it.
Pairs faces_with_groups(const std::vector<Person>& faces) {
  std::map<std::string, std::vector<Person>> by_person;
  for (const Person& face : faces) by_person[face.name].push_back(face);
  Pairs out;
  for (const auto& [name, theirs] : by_person) {
    if (theirs.size() < kInGroup) continue;
    const Person group = groups_of({theirs.begin(), theirs.begin() + kInGroup}).front();
    for (const auto& [other, those] : by_person)
      for (std::size_t i = kInGroup; i < those.size(); ++i)
        (name == other ? out.same : out.other).push_back(face::likeness(group.identity, those[i].identity));
  }
  sort(out);
  return out;
}

std::vector<Person> embedded_set(const TestSet& set, vision::Embedder& embedder, const Settings& settings,
                                 double most_yaw, double& seconds) {
  const auto landmarker = vision::landmarkers().at(kLandmarker)({settings.model_dir});
  std::vector<Person> out;
  for (std::size_t n = 0; n < set.size(); ++n) {
    const FaceScene scene = set.face(n);
    if (std::abs(scene.pose.yaw_deg) > most_yaw) continue;
    const auto found = landmarker->detect(scene.picture, missed_box(scene.landmarks, n));
    const double start = static_cast<double>(std::clock());
    out.push_back({scene.person, embedder.embed(scene.picture, found.landmarks)});
    seconds += (static_cast<double>(std::clock()) - start) / CLOCKS_PER_SEC;
  }
  return out;
}

}  // namespace

void measure_embedders(const TestSet& set, const std::filesystem::path& folder, const Settings& settings) {
  for (const auto& entry : vision::embedders()) {
    if (entry.name == "onnx" && !std::filesystem::exists(settings.model_dir / "identity.onnx")) continue;
    const auto embedder = entry.value({settings.model_dir});
    double seconds = 0;
    const std::vector<Person> faces = embedded_set(set, *embedder, settings, kMostYaw, seconds);
    std::cout
        << "`" << entry.name << "`: " << fixed(1000 * seconds / static_cast<double>(faces.size()), 1)
        << " ms a face\n\n| pairs of | same / other | mean likeness | taken at 1 % false | from | equal "
           "error | 95 % are taken from | others taken then |\n|---|---|---|---|---|---|---|---|\n";
    write_row("single faces", pairs_of(faces));
    write_row(text("a face and a mean of ", kInGroup), faces_with_groups(faces));
    write_row(text("means of ", kInGroup, " faces"), pairs_of(groups_of(faces)));
    write_limit("means", pairs_of(groups_of(faces)), embedder->same_person());
    write_limit("a face and a mean", faces_with_groups(faces), embedder->other_person());
    std::map<std::string, std::vector<Person>> clips;
    for (const std::string clip : {"ada", "bruno"}) {
      const auto landmarker = vision::landmarkers().at(kLandmarker)({settings.model_dir});
      for_each_frame(folder, clip, [&](const cv::Mat& picture, const face::Landmarks& landmarks) {
        const auto found = landmarker->detect(picture, usual_box(landmarks));
        clips[clip].push_back({clip, embedder->embed(picture, found.landmarks)});
      });
      const Pairs within = pairs_of(clips[clip]);
      std::cout << "\n"
                << clip << " with herself or himself: " << fixed(mean(within.same), 3) << ", least "
                << fixed(within.same.front(), 3);
    }
    std::vector<Person> both = clips["ada"];
    both.insert(both.end(), clips["bruno"].begin(), clips["bruno"].end());
    const Pairs pairs = pairs_of(both);
    std::cout << "\nada with bruno: " << fixed(mean(pairs.other), 3) << ", most "
              << fixed(pairs.other.back(), 3) << std::endl;
  }
}

}  // namespace understudy::faces
