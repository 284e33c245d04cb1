#include "understudy/stages/faces_import.h"

#include <set>

#include "understudy/core/item_error.h"
#include "understudy/dataset/folders.h"
#include "understudy/provenance/consent.h"
#include "understudy/stages/align_people.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/faces.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr const char* kLandmarker = "dlib68";
constexpr const char* kEmbedder = "understudy";

void check_options(const ImportOptions& options) {
  face::crop_families().at(options.crop);
  if (options.size < face::kMinCropSize || options.size > face::kMaxCropSize)
    throw Error(ErrorCode::kUsage, text("crops of ", options.size, " pixels were asked for"),
                text("choose ", face::kMinCropSize, " to ", face::kMaxCropSize));
  if (!options.source.empty() && dataset::source_id(options.source + ".x") != options.source)
    throw Error(ErrorCode::kUsage, text("'", options.source, "' cannot name a source"),
                "use letters, digits, '-', '_' and '.'");
}

dataset::SourceRecord source_of(const ImportOptions& options, const std::vector<IncomingFace>& faces,
                                std::size_t frames) {
  dataset::SourceRecord out;
  const fs::path named = options.folder.has_filename() ? options.folder : options.folder.parent_path();
  out.id = options.source.empty() ? dataset::source_id(named) : options.source;
  out.path = fs::absolute(options.folder).lexically_normal().string();
  out.sha256 = digest_of(faces);
  out.first_frame = faces.front().frame;
  out.last_frame = faces.back().frame;
  out.frame_count = static_cast<std::int64_t>(frames);
  out.width = faces.front().peer.plate_width;
  out.height = faces.front().peer.plate_height;
  return out;
}

dataset::Dataset make_dataset(const ImportOptions& options, const dataset::SourceRecord& source, Run& run) {
  const provenance::ConsentFile consent =
      ConsentGate(options.consents, run.report).check_record(options.consent);
  run.report.add_input(options.consent, consent.sha256);
  const dataset::DatasetInfo info{consent.consent.subject, provenance::role_name(consent.consent.role),
                                  provenance::to_json(provenance::summarise(consent))};
  const auto dataset = dataset::Dataset::create(options.output, info, consent.bytes);
  carry_signature(options.consent, dataset.consent_file());
  dataset.add_source(source);
  return dataset;
}

class Import {
 public:
  Import(const ImportOptions& options, const std::vector<IncomingFace>& faces, dataset::SourceRecord source,
         Run& run)
      : options_(options), faces_(faces), source_(std::move(source)), run_(run) {
    for (const IncomingFace& face : faces) by_frame_[face.frame].push_back(&face);
    if (!faces.front().peer.picture_from_frame)
      landmarker_ = vision::landmarkers().at(kLandmarker)({options.model_dir});
  }

  /// False when told to stop.
  bool work(const dataset::Dataset& dataset) {
    find_person(dataset);
    const fs::path folder = dataset.stage_folder("align", source_.id);
    std::vector<std::int64_t> frames;
    for (const auto& [frame, faces] : by_frame_) frames.push_back(frame);
    const dataset::PendingWork work = dataset::pending_work(folder, frames, shard_options(), false, {});
    for (const auto& failure : work.old_failures) run_.report.add_failure(source_.id, failure.why);
    run_.progress.start("import", static_cast<std::int64_t>(frames.size() - work.done_before));
    for (const std::vector<std::int64_t>& group : work.groups)
      if (!write(folder, group)) return false;
    run_.progress.finish();
    return true;
  }

  std::int64_t imported() const { return imported_; }

 private:
  Json shard_options() const {
    // The landmarker is what convert looks at swapped crops with: these landmarks came along.
    return {{"landmarker", kLandmarker},   {"crop", options_.crop},      {"size", options_.size},
            {"imported", options_.format}, {"embedder", rule_.embedder}, {"files", source_.sha256}};
  }

  /// Whoever gathered the faces says that they are of one person: they count as one track.
  void find_person(const dataset::Dataset& dataset) {
    if (fs::exists(dataset::people_file(dataset.root()))) {
      embedder_ = embedder_of(dataset, options_.model_dir);
      rule_ = people_rule_of(dataset);
    } else {
      embedder_ = vision::embedders().at(kEmbedder)({options_.model_dir});
      rule_ = {embedder_->name(), embedder_->same_person()};
    }
    std::vector<ExtractedFace> listed;
    for (const IncomingFace& face : faces_) listed.push_back(as_extracted(face, source_.id));
    std::vector<TrackToKnow> tracks{{source_.id, "", dataset::options_hash(shard_options()), {}}};
    for (const ExtractedFace& face : listed) tracks.front().faces.push_back(&face);
    PeopleOfTracks people(dataset, rule_, false);
    std::vector<face::Identity> identities(people.unknown(tracks).size());
    for (face::Identity& sum : identities) {
      for (const ExtractedFace* face : good_faces(tracks.front().faces)) {
        std::string told_later;
        if (const auto made = brought_in(faces_[static_cast<std::size_t>(face - listed.data())], told_later))
          face::add(*made->record.identity, sum);
      }
      sum = face::unit_length(std::move(sum));
    }
    people.decide({source_.id}, tracks, std::move(identities));
    person_ = people.person(source_.id, "");
  }

  /// Absent when the picture cannot be used.
  std::optional<AlignedFace> brought_in(const IncomingFace& face, std::string& why_not) const {
    try {
      return bring_in(face, source_.id, face::crop_families().at(options_.crop), options_.size,
                      landmarker_.get(), *embedder_);
    } catch (const Error& e) {
      if (!concerns_item(e)) throw;
      why_not = e.message();
      return std::nullopt;
    }
  }

  bool write(const fs::path& folder, const std::vector<std::int64_t>& group) {
    dataset::ShardInfo info;
    info.stage = "align";
    info.source = source_.id;
    info.frames = group;
    info.options = shard_options();
    dataset::ShardWriter writer(folder, std::move(info));
    for (const std::int64_t frame : group) {
      if (run_.cancel.stop_requested()) return false;
      for (const IncomingFace* face : by_frame_.at(frame)) add(writer, *face);
      run_.progress.advance();
    }
    writer.publish();
    return true;
  }

  void add(dataset::ShardWriter& writer, const IncomingFace& face) {
    std::string why_not;
    if (auto made = brought_in(face, why_not)) {
      made->record.person = person_;
      writer.add(std::move(made->record), made->picture, made->mask);
      ++imported_;
      return;
    }
    writer.add_failure(face.frame, why_not);
    run_.report.add_failure(face.path.string(), why_not);
  }

  const ImportOptions& options_;
  const std::vector<IncomingFace>& faces_;
  dataset::SourceRecord source_;
  Run& run_;
  std::map<std::int64_t, std::vector<const IncomingFace*>> by_frame_;
  std::unique_ptr<vision::Landmarker> landmarker_;
  std::unique_ptr<vision::Embedder> embedder_;
  PeopleRule rule_;
  std::string person_;
  std::int64_t imported_ = 0;
};

}  // namespace

Outcome import_faces(const ImportOptions& options, Run& run) {
  check_options(options);
  const PeerFormat& format = peer_formats().at(options.format);
  const std::vector<IncomingFace> faces = read_incoming(options.folder, format, run.report);
  std::set<std::int64_t> frames;
  for (const IncomingFace& face : faces) frames.insert(face.frame);
  const dataset::SourceRecord source = source_of(options, faces, frames.size());
  Import import(options, faces, source, run);
  const dataset::Dataset dataset = make_dataset(options, source, run);
  Outcome outcome;
  outcome.stopped = !import.work(dataset);
  if (outcome.stopped) return outcome;
  run.report.details["counts"] = {{"frames", frames.size()}, {"faces", import.imported()}};
  outcome.written.push_back(dataset.root());
  outcome.summary = text("imported ", import.imported(), " faces of ", frames.size(), " frames");
  return outcome;
}

}  // namespace understudy::stages
