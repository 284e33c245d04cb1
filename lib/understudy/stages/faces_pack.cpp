#include <algorithm>
#include <cstdio>

#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/core/tar.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/faces.h"
#include "understudy/stages/faces_list.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr std::size_t kShardFaces = 1000;

std::string shard_name(std::size_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "faces-%06zu.tar", number);
  return name;
}

std::string read_checked(const fs::path& path, const std::string& digest) {
  std::string bytes = read_file(path);
  if (!digest.empty() && sha256(bytes) != digest)
    throw Error(ErrorCode::kFormat, text(path.string(), " was changed since it was made"),
                "run understudy-faces check on the dataset");
  return bytes;
}

/// The files of one sample. Its name has no dot: what follows the first one is the kind of file.
std::string sample(const ListedFace& face, const Json& subject) {
  const dataset::FaceRecord& record = face.record;
  const std::string key = record.source + "/" + dataset::face_name(record);
  std::string out = tar_file(key + ".png", read_checked(face.picture(), record.sha256));
  if (!record.mask.empty())
    out += tar_file(key + ".mask.png", read_checked(face.folder / record.mask, record.mask_sha256));
  Json json = dataset::to_json(record);
  json.update(subject);
  return out + tar_file(key + ".json", json_text(json) + "\n");
}

/// Archives in `folder`, each written when it is full.
class Packing {
 public:
  Packing(fs::path folder, Json subject) : folder_(std::move(folder)), subject_(std::move(subject)) {}

  void add(const ListedFace& face) {
    archive_ += sample(face, subject_);
    if (++faces_ % kShardFaces == 0) write();
  }

  void finish() {
    if (!archive_.empty()) write();
  }

  std::size_t faces() const { return faces_; }
  std::size_t archives() const { return archives_; }

 private:
  void write() {
    archive_ += tar_end();
    write_unpublished(folder_ / shard_name(archives_++), archive_);
    archive_.clear();
  }

  fs::path folder_;
  Json subject_;
  std::string archive_;
  std::size_t faces_ = 0, archives_ = 0;
};

}  // namespace

Outcome pack_faces(const PackOptions& options, Run& run) {
  need_new_folder(options.output);
  const dataset::Dataset dataset = ConsentGate(options.consents, run.report).open(options.dataset);
  const Json subject = {{"subject", dataset.info().subject},
                        {"role", dataset.info().role},
                        {"consent", dataset.info().consent.value("id", Json())}};
  AtomicFolder folder(options.output);
  run.progress.start("pack", published_faces(dataset));
  Packing packing(folder.temporary(), subject);
  each_face(dataset, run.report, {}, [&](const ListedFace& face) {
    if (run.cancel.stop_requested()) return false;
    packing.add(face);
    run.progress.advance();
    return true;
  });
  if (run.cancel.stop_requested()) return {.stopped = true};
  packing.finish();
  run.progress.finish();
  carry_consent(dataset, folder.temporary());
  if (!folder.publish())
    throw Error(ErrorCode::kUsage, text(options.output.string(), " is there already"), "choose a new folder");
  Outcome outcome;
  outcome.written.push_back(options.output);
  outcome.summary = text("packed ", packing.faces(), " faces into ", packing.archives(),
                         packing.archives() == 1 ? " archive" : " archives");
  return outcome;
}

}  // namespace understudy::stages
