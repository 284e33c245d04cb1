#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "understudy/face/identity.h"

namespace understudy::face {

/// A face through a shot, as people are made of.
struct PersonTrack {
  std::string source, track;
  std::vector<std::int64_t> frames;  ///< of the source, ascending; empty: shares none with another
  Identity identity;                 ///< of its good faces; empty: not known, it stays alone
  std::string person;                ///< who it is known to be; empty: not known yet
};

/// Two people who may be one, or who were made one with little to spare.
struct UncertainPair {
  std::string one, other;  ///< the people; where they were joined, the tracks, as person_named_by() says
  double likeness = 0;
  bool joined = false;
};

struct People {
  std::vector<std::string> of_track;     ///< the person of each track, in the order given
  std::vector<UncertainPair> uncertain;  ///< the likest first
};

/// The likeness may be that much above or below the limit and still be called uncertain.
constexpr double kUncertainLikeness = 0.08;

/// The name of the person whose first track this is: "SOURCE-TRACK", "SOURCE" where all of it is one track.
std::string person_named_by(const std::string& source, const std::string& track);

/// Joins tracks into people: the two likest groups first (cosine of their mean directions), as long as that
/// is `same_person` at least. Tracks that share a frame of a source are never one person, nor are those that
/// are known to be different ones. A group with a known person is that person, another is named by its first
/// track in the order given. A function of its arguments alone.
People join_people(std::span<const PersonTrack> tracks, double same_person);

}  // namespace understudy::face
