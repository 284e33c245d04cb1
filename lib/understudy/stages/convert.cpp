#include "understudy/stages/convert.h"

#include <torch/types.h>

#include <algorithm>
#include <map>
#include <opencv2/core.hpp>
#include <set>

#include "understudy/core/item_error.h"
#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/png.h"
#include "understudy/model/checkpoint.h"
#include "understudy/model/converter.h"
#include "understudy/model/device.h"
#include "understudy/stages/aligned_faces.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/convert_memory.h"
#include "understudy/stages/model_signature.h"
#include "understudy/stages/person_choice.h"
#include "understudy/stages/registration.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// The faces of one source by frame, and the frames that align has done.
struct SourceFaces {
  std::map<std::int64_t, std::vector<std::pair<fs::path, dataset::FaceRecord>>>
      by_frame;  ///< with the picture's path
  std::vector<std::int64_t> frames;
  CropFormat format;
  /// Digests of what the crops of each frame were made with: aligned anew, they are converted anew.
  std::map<std::int64_t, std::string> align_options;

  /// A digest of which faces these frames have.
  std::string faces_of(const std::vector<std::int64_t>& of) const {
    std::string all;
    for (const std::int64_t frame : of)
      if (const auto found = by_frame.find(frame); found != by_frame.end())
        for (const auto& [path, record] : found->second) all += dataset::face_name(record) + "\n";
    return sha256(all);
  }
  /// Of these frames, each digest once.
  std::string align_options_of(const std::vector<std::int64_t>& of) const {
    std::set<std::string> out;
    for (const std::int64_t frame : of)
      if (const auto found = align_options.find(frame); found != align_options.end())
        out.insert(found->second);
    return joined(std::vector<std::string>(out.begin(), out.end()));
  }
};

SourceFaces read_source(const dataset::Dataset& dataset, const std::string& source,
                        const dataset::FacesInUse& in_use, const model::ModelHeader& header,
                        PersonChoice& choice, Report& report) {
  SourceFaces out;
  std::set<std::int64_t> frames;
  for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder("align", source))) {
    const CropFormat format = crop_format(shard);
    if (format.family != header.crop_family) {
      throw Error(ErrorCode::kFormat,
                  text(shard.folder.string(), " holds '", format.family,
                       "' crops, the model was trained on '", header.crop_family, "' crops"),
                  text("align the dataset with --crop ", header.crop_family, " --replace"));
    }
    out.format = format;
    const std::string made_with = dataset::options_hash(shard.info.options);
    for (const std::int64_t frame : shard.info.frames) out.align_options[frame] = made_with;
    frames.insert(shard.info.frames.begin(), shard.info.frames.end());
    std::vector<dataset::BadLine> bad;
    std::vector<dataset::FaceRecord> records = in_use.read(shard, bad);
    choice.keep(records);
    for (dataset::FaceRecord& record : records)
      out.by_frame[record.frame].emplace_back(shard.folder / record.image, std::move(record));
    for (const dataset::BadLine& line : bad) report.add_failure("faces.jsonl", line.why);
  }
  out.frames.assign(frames.begin(), frames.end());
  return out;
}

/// One face on its way through the network.
struct Item {
  dataset::FaceRecord record;
  cv::Mat picture;  ///< CV_32FC3, 0..1
};

cv::Mat read_face(const fs::path& path, int crop_px) {
  const cv::Mat stored = dataset::decode_png(dataset::read_shard_file(path), path.string());
  if (stored.channels() != 3 || stored.rows != crop_px || stored.cols != crop_px)
    throw Error(ErrorCode::kFormat,
                text(path.string(), " is ", stored.cols, "x", stored.rows, " with ", stored.channels(),
                     " channels, expected ", crop_px, "x", crop_px, " with 3"),
                "remove the dataset's align/ folder and run understudy-align again");
  cv::Mat picture;
  stored.convertTo(picture, CV_32F, stored.depth() == CV_16U ? 1.0 / 65535 : 1.0 / 255);
  return picture;
}

struct Job {
  const ConvertOptions& options;
  const model::Converter& converter;
  std::size_t batch;
  std::string digest;
  Json consents, datasets;  ///< the model's, which travel with every shard
  Run& run;
};

/// Sets the swapped face into the performer's picture, roughly as merge will. All CV_8U.
void set_in(cv::Mat& swapped, const cv::Mat& performer, const cv::Mat& mask) {
  for (int y = 0; y < swapped.rows; ++y) {
    auto* to = swapped.ptr<cv::Vec3b>(y);
    const auto* plate = performer.ptr<cv::Vec3b>(y);
    const auto* weight = mask.ptr<uchar>(y);
    for (int x = 0; x < swapped.cols; ++x)
      for (int c = 0; c < 3; ++c)
        to[x][c] = static_cast<uchar>((to[x][c] * weight[x] + plate[x][c] * (255 - weight[x]) + 127) / 255);
  }
}

/// Where the swapped faces belong, into their records.
void register_faces(Registration& registration, const std::vector<cv::Mat>& swapped16,
                    const std::vector<cv::Mat>& masks, std::vector<Item>& items, Report& report) {
  const auto timer = report.step("registration");
  std::vector<DrawnFace> faces(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    swapped16[i].convertTo(faces[i].swapped, CV_8U, 1.0 / 257);
    items[i].picture.convertTo(faces[i].performer, CV_8U, 255);
    set_in(faces[i].swapped, faces[i].performer, masks[i]);
    faces[i].record = &items[i].record;
  }
  const std::vector<std::optional<face::Affine>> places = registration.place(faces);
  for (std::size_t i = 0; i < items.size(); ++i) items[i].record.registration = places[i];
}

void convert_batch(const Job& job, std::vector<Item>& items, std::optional<Registration>& registration,
                   dataset::ShardWriter& writer) {
  if (items.empty()) return;
  Report& report = job.run.report;
  std::vector<torch::Tensor> faces;
  for (const Item& item : items)
    faces.push_back(
        torch::from_blob(item.picture.data, {item.picture.rows, item.picture.cols, 3}, torch::kFloat32));
  model::Swapped swapped;
  {
    const auto timer = report.step("network");
    swapped = job.converter.convert(torch::stack(faces));
  }
  const torch::Tensor images =
      (swapped.image_nhwc.clamp(0, 1) * 65535).round().to(torch::kInt32).contiguous();
  const torch::Tensor masks = (swapped.mask_nhw.clamp(0, 1) * 255).round().to(torch::kUInt8).contiguous();
  std::vector<cv::Mat> swapped16(items.size()), masks8(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto n = static_cast<std::int64_t>(i);
    const cv::Size size = items[i].picture.size();
    cv::Mat(size, CV_32SC3, images[n].data_ptr()).convertTo(swapped16[i], CV_16U);
    masks8[i] = cv::Mat(size, CV_8UC1, masks[n].data_ptr());
  }
  if (registration) register_faces(*registration, swapped16, masks8, items, report);
  const auto timer = report.step("write");
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].record.model = job.digest;
    writer.add(std::move(items[i].record), swapped16[i], masks8[i]);
  }
  items.clear();
}

/// Converts one shard's frames. False when told to stop: nothing is published then.
bool convert_group(const Job& job, const SourceFaces& faces, const fs::path& stage_folder,
                   std::optional<Registration>& registration, dataset::ShardInfo info) {
  const std::vector<std::int64_t> frames = info.frames;
  dataset::ShardWriter writer(stage_folder, std::move(info));
  std::vector<Item> items;
  for (std::int64_t frame : frames) {
    if (job.run.cancel.stop_requested()) return false;
    const auto found = faces.by_frame.find(frame);
    if (found != faces.by_frame.end()) {
      for (const auto& [path, record] : found->second) {
        try {
          Item item{record, read_face(path, faces.format.size)};
          // A batch holds pictures of one size.
          const bool other_size = !items.empty() && items.front().picture.size() != item.picture.size();
          if (other_size || items.size() >= job.batch) convert_batch(job, items, registration, writer);
          items.push_back(std::move(item));
        } catch (const Error& e) {
          if (!concerns_item(e)) throw;
          writer.add_failure(frame, e.message());
          job.run.report.add_failure(text("frame ", frame), e.message());
        }
      }
    }
    job.run.progress.advance();
  }
  convert_batch(job, items, registration, writer);
  writer.publish();
  return true;
}

/// Threads that look for landmarks: no more than there are faces at once.
int lookers(const ConvertOptions& options) {
  return std::min(effective_threads(options.common.threads), options.batch);
}

std::optional<Registration> registration_for(const Job& job, const SourceFaces& faces) {
  std::string why_not;
  auto registration = Registration::make(job.converter.header(), job.converter.likeness(), faces.format,
                                         lookers(job.options), why_not);
  if (!registration) log_warning(text("swapped faces stay where they are drawn: ", why_not));
  return registration;
}

/// What a shard of these frames is made with.
Json settings_of(const Job& job, const SourceFaces& faces, const std::vector<std::int64_t>& frames) {
  Json settings = {{"model", job.digest},
                   {"consents", job.consents},
                   {"datasets", job.datasets},
                   {"align", faces.align_options_of(frames)}};
  if (job.converter.header().preset.network.likenesses.size() > 1)
    settings["likeness"] = job.converter.likeness();
  if (!job.options.person.empty()) {
    settings["person"] = job.options.person;
    settings["faces"] = faces.faces_of(frames);
  }
  if (job.options.morph) settings["morph"] = *job.options.morph;
  if (job.options.as_drawn) settings["as_drawn"] = true;
  return settings;
}

/// The dataset's sources that have aligned frames, by name.
std::map<std::string, SourceFaces> read_sources(const Job& job, const dataset::Dataset& dataset) {
  const dataset::FacesInUse in_use(dataset);
  PersonChoice choice(job.options.person);
  std::map<std::string, SourceFaces> out;
  for (const std::string& source : dataset.sources()) {
    SourceFaces faces = read_source(dataset, source, in_use, job.converter.header(), choice, job.run.report);
    if (!faces.frames.empty()) out.emplace(source, std::move(faces));
  }
  if (out.empty())
    throw Error(ErrorCode::kInput, text("the dataset ", dataset.root().string(), " has no aligned faces"),
                "run understudy-align on it first");
  choice.check(dataset);
  return out;
}

/// True when told to stop.
bool convert_dataset(const Job& job, const dataset::Dataset& dataset, ChunkCheck& chunk_check,
                     std::int64_t& frames_done) {
  const std::string stage = "convert/" + job.options.name;
  for (const auto& [source, faces] : read_sources(job, dataset)) {
    chunk_check.add(faces.frames);
    const fs::path folder = dataset.stage_folder(stage, source);
    const dataset::WorkRules rules{
        [&](const std::vector<std::int64_t>& frames) { return settings_of(job, faces, frames); },
        [&](const auto&, const auto&) { return job.options.common.replace; }};
    const dataset::PendingWork work =
        dataset::pending_work(folder, job.options.common.frames.apply(faces.frames), rules,
                              job.options.common.dry_run ? fs::path() : dataset.trash() / stage / source);
    for (const auto& failure : work.old_failures)
      job.run.report.add_failure(text("frame ", failure.frame), failure.why);
    std::int64_t todo = 0;
    for (const auto& group : work.groups) todo += static_cast<std::int64_t>(group.size());
    log_info(text(source, ": ", todo, " frames to convert, ", work.done_before, " done before"));
    if (job.options.common.dry_run) continue;
    job.run.progress.start("convert", todo);
    std::optional<Registration> registration;
    if (!job.options.as_drawn && todo > 0) registration = registration_for(job, faces);
    for (const auto& group : work.groups) {
      dataset::ShardInfo info;
      info.stage = stage;
      info.source = source;
      info.frames = group;
      info.options = settings_of(job, faces, group);
      if (!convert_group(job, faces, folder, registration, std::move(info))) return true;
      frames_done += static_cast<std::int64_t>(group.size());
    }
    job.run.progress.finish();
  }
  return false;
}

std::size_t batch_that_fits(const ConvertOptions& options, const model::Converter& converter,
                            Report& report) {
  const torch::Device device = model::device_from_name(options.common.device);
  const auto type = model::working_type(model::Precision::kAuto, device);
  const MemoryNeed need =
      convert_memory(converter.header().preset.network, options.batch, type == torch::kBFloat16 ? 2 : 4,
                     device.is_cuda(), lookers(options));
  return static_cast<std::size_t>(fit_memory(need, options.common.memory, report));
}

/// A name that is one folder.
void check_name(const std::string& name) {
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
    throw Error(ErrorCode::kUsage, text("--name '", name, "' cannot be a folder's name"));
}

}  // namespace

Outcome convert(const ConvertOptions& options, Run& run) {
  check_name(options.name);
  const ConsentGate gate(options.consents, run.report);
  require_good_model_signature(options.model);
  gate.check_lineage(model::read_model_header(options.model).lineage, options.model.string(),
                     text("the model ", options.model.string()));
  std::vector<dataset::Dataset> datasets;
  for (const fs::path& root : options.datasets)
    datasets.push_back(gate.open(root, provenance::Role::kPerformer));
  const model::Converter converter(options.model, options.common.device,
                                   effective_threads(options.common.threads), model::Precision::kAuto,
                                   {options.likeness, options.morph});
  if (!converter.note().empty()) log_warning(converter.note());
  // The checkpoint that is used may be another than the one whose header was read.
  const Json& lineage = converter.header().lineage;
  gate.check_lineage(lineage, options.model.string(), text("the model ", options.model.string()));

  const Job job{options,
                converter,
                batch_that_fits(options, converter, run.report),
                sha256_file(converter.file()),
                lineage.value("consents", Json::array()),
                lineage.value("datasets", Json::array()),
                run};
  run.report.add_input(converter.file(), job.digest);
  Outcome outcome;
  ChunkCheck chunk_check(options.common.frames);
  std::int64_t frames_done = 0;
  for (const dataset::Dataset& dataset : datasets) {
    outcome.stopped = convert_dataset(job, dataset, chunk_check, frames_done);
    if (outcome.stopped) break;
    outcome.written.push_back(dataset.root());
  }
  if (!outcome.stopped) chunk_check.finish();
  run.report.details["frames"] = frames_done;
  outcome.summary = text("converted ", frames_done, " frames into convert/", options.name);
  return outcome;
}

}  // namespace understudy::stages
