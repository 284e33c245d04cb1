#include "understudy/core/files.h"
#include "understudy/dataset/png.h"
#include "understudy/stages/aligned_faces.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/faces.h"
#include "understudy/stages/faces_list.h"
#include "understudy/stages/faces_peer.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

OutgoingFace outgoing(const dataset::Dataset& dataset, const ListedFace& listed) {
  const dataset::FaceRecord& record = listed.record;
  if (!record.landmarks || !record.aligned_from_frame)
    throw Error(ErrorCode::kFormat, text(listed.picture().string(), " has no landmarks"));
  OutgoingFace out;
  out.picture = dataset::decode_png(read_file(listed.picture()), listed.picture().string());
  if (out.picture.depth() == CV_16U) out.picture.convertTo(out.picture, CV_8U, 1.0 / 257);
  if (!record.mask.empty()) out.mask = read_file(listed.folder / record.mask);
  out.crop_family = crop_format(dataset::read_shard(listed.folder)).family;
  const std::string frame = record.source + "_" + frame_name(record.frame);
  out.name = text(frame, "_", record.face);
  out.number = record.face;
  const dataset::SourceRecord plate = dataset.source(record.source);
  out.face = {*record.landmarks, *record.aligned_from_frame, frame + ".png", {}, record.box, plate.width,
              plate.height};
  return out;
}

}  // namespace

Outcome export_faces(const ExportFacesOptions& options, Run& run) {
  const PeerFormat& format = peer_formats().at(options.format);
  need_new_folder(options.output);
  const dataset::Dataset dataset = ConsentGate(options.consents, run.report).open(options.dataset);
  const std::vector<ListedFace> faces = list_faces(dataset, run.report);
  AtomicFolder folder(options.output);
  run.progress.start("export", static_cast<std::int64_t>(faces.size()));
  std::int64_t written = 0;
  for (const ListedFace& listed : faces) {
    if (run.cancel.stop_requested()) return {.stopped = true};
    try {
      const OutgoingFace face = outgoing(dataset, listed);
      write_unpublished(folder.temporary() / (face.name + format.extensions.front()), format.write(face));
      ++written;
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kInput && e.code() != ErrorCode::kFormat) throw;
      run.report.add_failure(listed.picture().string(), e.message());
    }
    run.progress.advance();
  }
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
