#include "understudy/stages/align_people.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "understudy/dataset/folders.h"
#include "understudy/dataset/seal.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr std::size_t kGoodFaces = 5;
constexpr float kLargeEnough = 160;  // pixels of the box's side: more tells no more
constexpr double kDecimals = 1e4;

double merit(const dataset::FaceRecord& record) {
  const float side = std::min({record.box.width, record.box.height, kLargeEnough});
  return record.score * side * (record.detector.ends_with("followed") ? 0.5 : 1);
}

Json identity_json(const face::Identity& identity) {
  Json out = Json::array();
  for (const float value : identity) out.push_back(std::round(value * kDecimals) / kDecimals);
  return out;
}

/// As it will be read again, so that nothing depends on whether it was.
face::Identity as_stored(const face::Identity& identity) {
  return identity_json(identity).get<face::Identity>();
}

PeopleRule rule_of_line(const Json& json, std::string_view where) {
  return {json_field<std::string>(json, "embedder", where), json_field<double>(json, "same_person", where)};
}

}  // namespace

PeopleRule people_rule_of(const dataset::Dataset& dataset) {
  const fs::path path = dataset::people_file(dataset.root());
  if (!fs::exists(path))
    throw Error(ErrorCode::kInput,
                text("whose faces ", dataset.root().string(), " holds was never looked at: there is no ",
                     path.string()),
                "run understudy-align on it");
  const std::string lines = read_file(path);
  const std::string where = text(path.string(), " line 1");
  return rule_of_line(parse_json(std::string_view(lines).substr(0, lines.find('\n')), where), where);
}

std::unique_ptr<vision::Embedder> embedder_of(const dataset::Dataset& dataset, const fs::path& model_dir) {
  const std::string wanted = people_rule_of(dataset).embedder;
  auto embedder = vision::embedders().at(wanted.substr(0, wanted.find(' ')))({model_dir});
  if (embedder->name() != wanted)
    throw Error(ErrorCode::kFormat,
                text("the faces of ", dataset.root().string(), " were told apart by '", wanted,
                     "', --model-dir holds '", embedder->name(), "'"),
                "give the folder with the network that understudy-align was given");
  return embedder;
}

PeopleOfTracks::PeopleOfTracks(const dataset::Dataset& dataset, const PeopleRule& rule, bool replace)
    : path_(dataset::people_file(dataset.root())), sources_(dataset.sources()), rule_(rule) {
  if (fs::exists(path_)) read(replace);
}

void PeopleOfTracks::read(bool replace) {
  std::istringstream lines(read_file(path_));
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string where = text(path_.string(), " line ", ++number);
    try {
      const Json json = parse_json(line, where);
      const PeopleRule rule = rule_of_line(json, where);
      if (rule.embedder != rule_.embedder || rule.same_person != rule_.same_person) {
        if (replace) return decided_.clear();
        throw Error(ErrorCode::kUsage,
                    text("the people of this dataset were told apart by the embedder '", rule.embedder,
                         "' from a likeness of ", rule.same_person, " on, now it is to be '", rule_.embedder,
                         "' from ", rule_.same_person, " on"),
                    "use the same, or align all frames anew with --replace");
      }
      Decided decided{json_field<std::string>(json, "extract", where),
                      json_field<std::string>(json, "person", where),
                      json_field<face::Identity>(json, "identity", where)};
      if (!decided_.empty() && !decided.identity.empty() && !decided_.begin()->second.identity.empty() &&
          decided.identity.size() != decided_.begin()->second.identity.size())
        throw Error(ErrorCode::kFormat, text(where, " has an identity of another length"));
      decided_.insert_or_assign(
          {json_field<std::string>(json, "source", where), json_field<std::string>(json, "track", where)},
          std::move(decided));
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kFormat) throw;
      throw Error(ErrorCode::kFormat, e.message(),
                  "remove the file: understudy-align makes it anew, and people may get other names");
    }
  }
}

const PeopleOfTracks::Decided* PeopleOfTracks::find(const TrackToKnow& track) const {
  const auto found = decided_.find({track.source, track.track});
  return found != decided_.end() && found->second.extract == track.extract ? &found->second : nullptr;
}

std::vector<const TrackToKnow*> PeopleOfTracks::unknown(const std::vector<TrackToKnow>& tracks) const {
  std::vector<const TrackToKnow*> out;
  for (const TrackToKnow& track : tracks)
    if (!find(track)) out.push_back(&track);
  return out;
}

void PeopleOfTracks::decide(const std::set<std::string>& sources, const std::vector<TrackToKnow>& tracks,
                            std::vector<face::Identity> identities) {
  std::map<Key, Decided> now;
  std::vector<face::PersonTrack> all;
  std::size_t next = 0;
  for (const auto& [key, decided] : decided_) {
    const auto& [source, track] = key;
    if (sources.contains(source) || !std::ranges::binary_search(sources_, source)) continue;
    all.push_back({source, track, {}, decided.identity, decided.person});  // frames matter within a source
    now.emplace(key, decided);
  }
  for (const TrackToKnow& track : tracks) {
    const Decided* known = find(track);
    Decided decided = known ? *known : Decided{track.extract, "", as_stored(identities[next++])};
    std::set<std::int64_t> frames;
    for (const ExtractedFace* face : track.faces) frames.insert(face->record.frame);
    all.push_back(
        {track.source, track.track, {frames.begin(), frames.end()}, decided.identity, decided.person});
    now.emplace(Key(track.source, track.track), std::move(decided));
  }
  face::People people = face::join_people(all, rule_.same_person);
  for (std::size_t i = 0; i < all.size(); ++i)
    now.at({all[i].source, all[i].track}).person = people.of_track[i];
  uncertain_ = std::move(people.uncertain);
  const bool as_before = next == 0 && now.size() == decided_.size();
  decided_ = std::move(now);
  if (!as_before) write();
}

void PeopleOfTracks::write() const {
  std::string lines;
  for (const auto& [key, decided] : decided_) {
    lines += json_text(dataset::sealed({{"source", key.first},
                                        {"track", key.second},
                                        {"person", decided.person},
                                        {"extract", decided.extract},
                                        {"embedder", rule_.embedder},
                                        {"same_person", rule_.same_person},
                                        {"identity", identity_json(decided.identity)}})) +
             "\n";
  }
  make_folder(path_.parent_path());
  write_file(path_, lines);
}

std::string PeopleOfTracks::person(const std::string& source, const std::string& track) const {
  const auto found = decided_.find({source, track});
  return found == decided_.end() ? "" : found->second.person;
}

Json people_json(const std::vector<TrackToKnow>& tracks, const PeopleOfTracks& people) {
  struct Seen {
    Json tracks = Json::array();
    std::int64_t faces = 0;
    std::set<std::pair<std::string, std::int64_t>> frames;
  };
  std::map<std::string, Seen> seen;
  for (const TrackToKnow& track : tracks) {
    Seen& person = seen[people.person(track.source, track.track)];
    person.tracks.push_back({{"source", track.source}, {"track", track.track}});
    person.faces += static_cast<std::int64_t>(track.faces.size());
    for (const ExtractedFace* face : track.faces) person.frames.emplace(track.source, face->record.frame);
  }
  Json list = Json::array(), uncertain = Json::array();
  for (const auto& [name, person] : seen)
    list.push_back({{"person", name},
                    {"frames", person.frames.size()},
                    {"faces", person.faces},
                    {"tracks", person.tracks}});
  for (const face::UncertainPair& pair : people.uncertain())
    uncertain.push_back({{"one", pair.one},
                         {"other", pair.other},
                         {"likeness", std::round(pair.likeness * 1000) / 1000},
                         {"joined", pair.joined}});
  return {{"people", list}, {"uncertain", uncertain}};
}

std::vector<const ExtractedFace*> good_faces(const std::vector<const ExtractedFace*>& of_track) {
  const std::size_t parts = std::min(kGoodFaces, of_track.size());
  std::vector<const ExtractedFace*> out;
  for (std::size_t i = 0; i < parts; ++i)
    out.push_back(*std::max_element(
        of_track.begin() + i * of_track.size() / parts, of_track.begin() + (i + 1) * of_track.size() / parts,
        [](const ExtractedFace* a, const ExtractedFace* b) { return merit(a->record) < merit(b->record); }));
  return out;
}

}  // namespace understudy::stages
