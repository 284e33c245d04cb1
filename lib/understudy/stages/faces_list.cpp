#include "understudy/stages/faces_list.h"

#include <iomanip>

#include "understudy/core/files.h"
#include "understudy/core/run.h"
#include "understudy/stages/person_choice.h"

namespace fs = std::filesystem;

namespace understudy::stages {

void each_face(const dataset::Dataset& dataset, Report& report, const std::string& person,
               const std::function<bool(ListedFace)>& visit) {
  PersonChoice choice(person);
  std::size_t seen = 0;
  const dataset::FacesInUse in_use(dataset);
  for (const std::string& source : dataset.sources()) {
    for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder("align", source))) {
      std::vector<dataset::BadLine> bad;
      for (dataset::FaceRecord& record : in_use.read(shard, bad)) {
        ++seen;
        if (choice.takes(record) && !visit({shard.folder, std::move(record)})) return;
      }
      for (const dataset::BadLine& line : bad) report.add_failure(shard.folder.string(), line.why);
    }
  }
  if (seen == 0)
    throw Error(ErrorCode::kInput, text("the dataset ", dataset.root().string(), " has no aligned faces"),
                "run understudy-align on it first");
  choice.check(dataset);
}

ListedFace to_be_kept(ListedFace face) {
  dataset::FaceRecord& record = face.record;
  record.landmarks.reset();
  record.landmark_confidence.reset();
  record.identity.reset();
  for (std::string* digest : {&record.sha256, &record.mask_sha256}) std::string().swap(*digest);
  return face;
}

std::vector<ListedFace> list_faces(const dataset::Dataset& dataset, Report& report,
                                   const std::string& person) {
  std::vector<ListedFace> out;
  out.reserve(static_cast<std::size_t>(published_faces(dataset)));  // growing would hold them twice
  each_face(dataset, report, person, [&](ListedFace face) {
    out.push_back(to_be_kept(std::move(face)));
    return true;
  });
  return out;
}

std::int64_t published_faces(const dataset::Dataset& dataset) {
  std::int64_t out = 0;
  for (const std::string& source : dataset.sources())
    for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder("align", source)))
      out += shard.info.faces;
  return out;
}

std::string face_lines(const std::vector<FaceLine>& lines, const char* name, bool json) {
  if (!json) {
    std::string out;
    for (const FaceLine& line : lines)
      out += text(line.face->picture().string(), "\t",
                  line.value.is_string() ? line.value.get<std::string>() : json_text(line.value), "\n");
    return out;
  }
  Json list = Json::array();
  for (const FaceLine& line : lines)
    list.push_back({{"source", line.face->record.source},
                    {"frame", line.face->record.frame},
                    {"face", line.face->record.face},
                    {"path", line.face->picture().string()},
                    {name, line.value}});
  return json_text(list, 2) + "\n";
}

void need_new_folder(const fs::path& folder) {
  if (fs::exists(folder) && (!fs::is_directory(folder) || !fs::is_empty(folder)))
    throw Error(ErrorCode::kUsage, text(folder.string(), " is there already"), "choose a new folder");
}

void link_faces(const std::vector<FaceLine>& lines, const fs::path& folder) {
  need_new_folder(folder);
  AtomicFolder links(folder);
  std::size_t number = 0;
  for (const FaceLine& line : lines) {
    const dataset::FaceRecord& record = line.face->record;
    const std::string name = text(std::setfill('0'), std::setw(6), number++, "_", record.source, "_",
                                  dataset::face_name(record), ".png");
    fs::create_symlink(fs::absolute(line.face->picture()), links.temporary() / name);
  }
  if (!links.publish())
    throw Error(ErrorCode::kUsage, text(folder.string(), " is there already"), "choose a new folder");
}

}  // namespace understudy::stages
