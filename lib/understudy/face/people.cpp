#include "understudy/face/people.h"

#include <algorithm>
#include <map>
#include <optional>

#include "understudy/core/text.h"

namespace understudy::face {
namespace {

bool share_a_frame(const PersonTrack& a, const PersonTrack& b) {
  if (a.source != b.source || a.frames.empty() || b.frames.empty() || a.frames.back() < b.frames.front() ||
      b.frames.back() < a.frames.front())
    return false;
  for (auto i = a.frames.begin(), j = b.frames.begin(); i != a.frames.end() && j != b.frames.end();) {
    if (*i == *j) return true;
    *i < *j ? ++i : ++j;
  }
  return false;
}

struct Group {
  std::vector<std::size_t> tracks;  // ascending
  Identity sum, direction;
  std::vector<bool> apart;  // from the group of that number
  std::string person;
  bool gone = false;
};

struct Partner {
  double likeness = -2;
  std::size_t other = 0;
};

class Joining {
 public:
  Joining(std::span<const PersonTrack> tracks, double same_person) : tracks_(tracks), limit_(same_person) {
    begin_groups();
    keep_apart();
    for (std::size_t g = 0; g < groups_.size(); ++g) best_.push_back(best_partner(g));
  }

  People result() {
    for (std::size_t g = likest(); best_[g].likeness >= limit_; g = likest()) join(g);
    People out;
    out.of_track.resize(tracks_.size());
    for (Group& group : groups_) {
      if (group.gone) continue;
      const PersonTrack& first = tracks_[group.tracks.front()];
      if (group.person.empty()) group.person = person_named_by(first.source, first.track);
      for (const std::size_t t : group.tracks) out.of_track[t] = group.person;
    }
    note_who_may_be_one();
    std::stable_sort(uncertain_.begin(), uncertain_.end(),
                     [](const auto& a, const auto& b) { return a.likeness > b.likeness; });
    out.uncertain = std::move(uncertain_);
    return out;
  }

 private:
  void begin_groups() {
    std::map<std::string, std::size_t> known;
    for (std::size_t t = 0; t < tracks_.size(); ++t) {
      const PersonTrack& track = tracks_[t];
      const auto found = track.person.empty() ? known.end() : known.find(track.person);
      if (found == known.end()) {
        if (!track.person.empty()) known.emplace(track.person, groups_.size());
        groups_.push_back({{t}, track.identity, track.identity, {}, track.person});
        continue;
      }
      groups_[found->second].tracks.push_back(t);
      add(track.identity, groups_[found->second]);
    }
  }

  static void add(const Identity& identity, Group& group) {
    if (identity.empty()) return;
    face::add(identity, group.sum);
    group.direction = unit_length(group.sum);
  }

  void keep_apart() {
    for (Group& group : groups_) group.apart.resize(groups_.size());
    for (std::size_t a = 0; a < groups_.size(); ++a)
      for (std::size_t b = a + 1; b < groups_.size(); ++b)
        groups_[a].apart[b] = groups_[b].apart[a] = must_be_apart(groups_[a], groups_[b]);
  }

  bool must_be_apart(const Group& a, const Group& b) const {
    if (a.direction.empty() || b.direction.empty()) return true;
    for (const std::size_t i : a.tracks)
      for (const std::size_t j : b.tracks)
        if (share_a_frame(tracks_[i], tracks_[j])) return true;
    return false;
  }

  bool may_join(std::size_t a, std::size_t b) const {
    const Group &one = groups_[a], &other = groups_[b];
    const bool both_known = !one.person.empty() && !other.person.empty();
    return !one.gone && !other.gone && !one.apart[b] && !both_known;
  }

  /// Among the groups of higher numbers.
  Partner best_partner(std::size_t g) const {
    Partner best;
    for (std::size_t other = g + 1; other < groups_.size(); ++other) {
      if (!may_join(g, other)) continue;
      const double like = likeness(groups_[g].direction, groups_[other].direction);
      if (like > best.likeness) best = {like, other};
    }
    return best;
  }

  /// The group that begins the likest pair.
  std::size_t likest() const {
    const auto found = std::max_element(best_.begin(), best_.end(), [](const Partner& a, const Partner& b) {
      return a.likeness < b.likeness;
    });
    return static_cast<std::size_t>(found - best_.begin());
  }

  std::string name_of_first(const Group& group) const {
    const PersonTrack& first = tracks_[group.tracks.front()];
    return person_named_by(first.source, first.track);
  }

  void join(std::size_t into) {
    const auto [like, from] = best_[into];
    Group &kept = groups_[into], &gone = groups_[from];
    if (like < limit_ + kUncertainLikeness)
      uncertain_.push_back({name_of_first(kept), name_of_first(gone), like, true});
    std::vector<std::size_t> all;
    std::ranges::merge(kept.tracks, gone.tracks, std::back_inserter(all));
    kept.tracks = std::move(all);
    if (kept.person.empty()) kept.person = gone.person;
    add(gone.sum, kept);
    for (std::size_t g = 0; g < groups_.size(); ++g)
      if (!groups_[g].gone) groups_[g].apart[into] = kept.apart[g] = kept.apart[g] || gone.apart[g];
    gone = {};
    gone.gone = true;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (g == into || g == from || best_[g].other == from || best_[g].other == into) {
        best_[g] = best_partner(g);
      } else if (g < into && may_join(g, into)) {
        const double now = likeness(groups_[g].direction, kept.direction);
        if (now > best_[g].likeness) best_[g] = {now, into};
      }
    }
  }

  void note_who_may_be_one() {
    for (std::size_t a = 0; a < groups_.size(); ++a)
      for (std::size_t b = a + 1; b < groups_.size(); ++b) {
        const Group &one = groups_[a], &other = groups_[b];
        if (one.gone || other.gone || one.apart[b]) continue;
        const double like = likeness(one.direction, other.direction);
        if (like >= limit_ - kUncertainLikeness)
          uncertain_.push_back({one.person, other.person, like, false});
      }
  }

  std::span<const PersonTrack> tracks_;
  double limit_;
  std::vector<Group> groups_;
  std::vector<Partner> best_;  // of each group
  std::vector<UncertainPair> uncertain_;
};

}  // namespace

std::string person_named_by(const std::string& source, const std::string& track) {
  return track.empty() ? source : text(source, "-", track);
}

People join_people(std::span<const PersonTrack> tracks, double same_person) {
  if (tracks.empty()) return {};
  return Joining(tracks, same_person).result();
}

}  // namespace understudy::face
