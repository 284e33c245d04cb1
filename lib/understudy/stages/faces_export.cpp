#include "understudy/core/files.h"
#include "understudy/core/item_error.h"
#include "understudy/dataset/png.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/crop_format.h"
#include "understudy/stages/faces.h"
#include "understudy/stages/faces_list.h"
#include "understudy/stages/faces_peer.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// What the faces of a shard have in common.
struct Origin {
  fs::path folder = {};  ///< of the shard
  std::string crop_family = {};
  dataset::SourceRecord plate = {};

  static Origin of(const dataset::Dataset& dataset, const ListedFace& listed) {
    return {listed.folder, crop_format(dataset::read_shard(listed.folder)).family,
            dataset.source(listed.record.source)};
  }
};

OutgoingFace outgoing(const Origin& origin, const ListedFace& listed) {
  const dataset::FaceRecord& record = listed.record;
  if (!record.landmarks || !record.aligned_from_frame)
    throw Error(ErrorCode::kFormat, text(listed.picture().string(), " has no landmarks"));
  OutgoingFace out;
  out.picture = dataset::decode_png(read_file(listed.picture()), listed.picture().string());
  if (out.picture.depth() == CV_16U) out.picture.convertTo(out.picture, CV_8U, 1.0 / 257);
  if (!record.mask.empty()) out.mask = read_file(listed.folder / record.mask);
  out.crop_family = origin.crop_family;
  const std::string frame = record.source + "_" + frame_name(record.frame);
  out.name = text(frame, "_", record.face);
  out.number = record.face;
  out.face = {*record.landmarks, *record.aligned_from_frame, frame + ".png",     {},
              record.box,        origin.plate.width,         origin.plate.height};
  return out;
}

}  // namespace

Outcome export_faces(const ExportFacesOptions& options, Run& run) {
  const PeerFormat& format = peer_formats().at(options.format);
  need_new_folder(options.output);
  const dataset::Dataset dataset = ConsentGate(options.consents, run.report).open(options.dataset);
  AtomicFolder folder(options.output);
  run.progress.start("export", published_faces(dataset));
  std::int64_t written = 0;
  Origin origin;
  each_face(dataset, run.report, {}, [&](const ListedFace& listed) {
    if (run.cancel.stop_requested()) return false;
    try {
      if (origin.folder != listed.folder) origin = Origin::of(dataset, listed);
      const OutgoingFace face = outgoing(origin, listed);
      write_unpublished(folder.temporary() / (face.name + format.extensions.front()), format.write(face));
      ++written;
    } catch (const Error& e) {
      if (!concerns_item(e)) throw;
      run.report.add_failure(listed.picture().string(), e.message());
    }
    run.progress.advance();
    return true;
  });
  if (run.cancel.stop_requested()) return {.stopped = true};
  run.progress.finish();
  carry_consent(dataset, folder.temporary());
  if (!folder.publish())
    throw Error(ErrorCode::kUsage, text(options.output.string(), " is there already"), "choose a new folder");
  Outcome outcome;
  outcome.written.push_back(options.output);
  outcome.summary = text("exported ", written, " faces for ", options.format);
  return outcome;
}

}  // namespace understudy::stages
