#include "understudy/stages/plan/jobs.h"

#include <algorithm>
#include <cmath>

#include "understudy/core/files.h"
#include "understudy/core/text.h"
#include "understudy/media/sink.h"
#include "understudy/model/checkpoint.h"
#include "understudy/model/memory_estimate.h"
#include "understudy/stages/convert_memory.h"
#include "understudy/stages/merge_frame.h"
#include "understudy/stages/merge_parts.h"
#include "understudy/stages/plate_memory.h"
#include "understudy/stages/train_plan.h"
#include "understudy/vision/detector.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

using Words = std::vector<std::string>;

void append(Words& to, const Words& more) {
  to.insert(to.end(), more.begin(), more.end());
}

std::int64_t chunks_of(std::int64_t frames, std::int64_t chunk) {
  return (frames + chunk - 1) / chunk;
}

/// Rounded up to what people and engines like to read.
std::int64_t in_steps(double megabytes) {
  return static_cast<std::int64_t>(std::ceil(megabytes / 512)) * 512;
}

/// As the programs estimate it, and a quarter more.
std::int64_t with_reserve_mb(double bytes) {
  return in_steps(1.25e-6 * bytes);
}

constexpr std::int64_t kFloatBytes = 4;

model::Preset preset_of(const ShotFile& shot) {
  TrainOptions options;
  if (!shot.preset.empty())
    options.preset = shot.preset.ends_with(".toml") ? (shot.folder / shot.preset).string() : shot.preset;
  return changed_preset(options);
}

/// With a gigabyte for the faces.
std::int64_t training_memory_mb(const ShotFile& shot) {
  return with_reserve_mb(0.8e9 + model::training_memory(preset_of(shot), kFloatBytes, false).total());
}

std::int64_t convert_memory_mb(const ShotFile& shot) {
  const model::NetworkConfig network =
      shot.model.empty() ? preset_of(shot).network : model::read_model_header(shot.model).preset.network;
  return with_reserve_mb(
      convert_memory(network, kConvertBatch, kFloatBytes, false, static_cast<int>(shot.convert.cores)).all());
}

constexpr std::int64_t kVerifyMemoryMb = 1024;

/// Puts a shot's jobs together.
class Planner {
 public:
  Planner(const ShotFile& shot, const std::vector<PlateSize>& plates, std::string codec)
      : shot_(shot),
        plates_(plates),
        codec_(std::move(codec)),
        pictures_(media::codecs().at(codec_).is_sequence) {
    plan_.shot = shot.name;
    plan_.folder = shot.folder;
    plan_.work = shot.work;
    plan_.rank_launcher = shipped_folder("farm") / "ranks.sh";
  }

  FarmPlan all() {
    if (shot_.model.empty())
      for (const ShotPerson& person : shot_.likenesses) prepare(person, "likeness");
    for (const ShotPerson& person : shot_.performers) prepare(person, "performer");
    if (shot_.model.empty()) train();
    convert();
    merge();
    deliver();
    return std::move(plan_);
  }

 private:
  const PlateSize& size(const std::string& plate) const {
    return *std::ranges::find(plates_, plate, &PlateSize::name);
  }
  std::int64_t chunks(const std::string& plate) const { return chunks_of(size(plate).frames, shot_.chunk); }
  fs::path dataset(const std::string& person, const std::string& plate) const {
    return shot_.work / "faces" / person / plate;
  }
  fs::path delivered_dataset() const { return dataset(shot_.delivery.performer, shot_.delivery.plate); }
  fs::path model() const { return shot_.model.empty() ? shot_.work / "model" : shot_.model; }
  static std::string named(const char* stage, const std::string& person, const std::string& plate) {
    return text(stage, "-", person, "-", plate);
  }

  /// A command of one of our programs, with threads as it has cores, that keeps to the memory it is given.
  Words program(const char* name, const Words& words, const JobNeeds& needs, const Words& options) const {
    Words out = {(shot_.programs / text("understudy-", name)).string()};
    append(out, words);
    append(out, {"--threads", text(needs.cores), "--memory", text(needs.memory_mb, "M")});
    append(out, options);
    return out;
  }
  Words chunk_words() const {
    return {"--chunk", std::string(kChunkWord), "--chunk-size", text(shot_.chunk)};
  }
  Words frame_words(const std::string& plate) const {
    const std::string& frames = shot_.plate(plate).frames;
    return frames.empty() ? Words{} : Words{"--frames", frames};
  }
  const media::PictureFormat& format(const std::string& plate) const { return size(plate).format; }
  /// How close faces are is not known yet: half the picture.
  std::int64_t merge_memory_mb(const std::string& codec, const ShotStage& stage) const {
    const media::PictureFormat& plate = format(shot_.delivery.plate);
    return with_reserve_mb(merge_memory(plate, codec, static_cast<int>(stage.cores),
                                        steadying_reach(kSteadyFrames), 0.5 * plate.width * plate.height)
                               .all());
  }
  std::int64_t extract_memory_mb(const std::string& plate) const {
    return with_reserve_mb(extract_memory(format(plate), static_cast<int>(shot_.extract.cores), kDetectEvery,
                                          vision::kUsualMinFacePx)
                               .all());
  }
  static JobNeeds needs(const ShotStage& stage, std::int64_t memory_mb) {
    return {stage.cores, stage.memory_mb.value_or(memory_mb), stage.gpus, stage.minutes};
  }

  /// Extract and align of one person, plate by plate.
  void prepare(const ShotPerson& person, const char* side) {
    for (const std::string& plate : person.plates) {
      const std::string faces = dataset(person.name, plate).string();
      FarmJob extract{named("extract", person.name, plate), text("faces of ", person.name, " on ", plate)};
      Words words = {shot_.plate(plate).path.string(), "-o", faces, "--source", plate, "--consent",
                     person.consent.string()};
      append(words, frame_words(plate));
      append(words, chunk_words());
      extract.needs = needs(shot_.extract, extract_memory_mb(plate));
      extract.command = program("extract", words, extract.needs, shot_.extract.options);
      extract.chunks = chunks(plate);
      FarmJob align{named("align", person.name, plate),
                    text("landmarks and crops of the ", side, "'s faces")};
      words = {faces};
      append(words, chunk_words());
      align.needs =
          needs(shot_.align, with_reserve_mb(align_memory(static_cast<int>(shot_.align.cores)).all()));
      align.command = program("align", words, align.needs, shot_.align.options);
      align.chunks = extract.chunks;
      // Who is who is decided over the whole plate, and landmarks are steadied by their neighbours.
      align.after = {{extract.name}};
      plan_.jobs.push_back(std::move(extract));
      plan_.jobs.push_back(std::move(align));
    }
  }

  void add_side(FarmJob& job, Words& words, const char* option, const std::vector<ShotPerson>& people) const {
    words.emplace_back(option);
    for (const ShotPerson& person : people)
      for (const std::string& plate : person.plates) {
        words.push_back(text(person.name, "=", dataset(person.name, plate).string()));
        job.after.push_back({named("align", person.name, plate)});
      }
  }

  void train() {
    FarmJob job{"train", "one model of all likenesses and performers"};
    Words words;
    add_side(job, words, "--likeness", shot_.likenesses);
    add_side(job, words, "--performer", shot_.performers);
    append(words, {"-m", model().string()});
    if (!shot_.preset.empty()) append(words, {"--preset", shot_.preset});
    job.needs = needs(shot_.train, shot_.train.memory_mb ? 0 : training_memory_mb(shot_));
    job.command = program("train", words, job.needs, shot_.train.options);
    job.ranks = shot_.ranks;
    plan_.jobs.push_back(std::move(job));
  }

  void convert() {
    const ShotDelivery& delivery = shot_.delivery;
    FarmJob job{"convert-" + delivery.plate, "swapped faces"};
    Words words = {delivered_dataset().string(), "-m", model().string()};
    append(words, chunk_words());
    if (!delivery.likeness.empty() && (shot_.likenesses.size() > 1 || !shot_.model.empty()))
      append(words, {"--likeness", delivery.likeness});
    job.needs = needs(shot_.convert, shot_.convert.memory_mb ? 0 : convert_memory_mb(shot_));
    job.command = program("convert", words, job.needs, shot_.convert.options);
    job.chunks = chunks(delivery.plate);
    job.after = {{named("align", delivery.performer, delivery.plate), true}};
    if (shot_.model.empty()) job.after.push_back({"train"});
    plan_.jobs.push_back(std::move(job));
  }

  /// What the merge of a chunk and the delivery have in common.
  Words merge_words() const {
    Words words = {delivered_dataset().string(), "-o", shot_.delivery.output.string()};
    append(words, frame_words(shot_.delivery.plate));
    if (!pictures_) append(words, {"--parts", (shot_.work / "parts").string()});
    append(words, signing_words());
    return words;
  }
  bool says(std::string_view option) const {
    const auto in = [&](const Words& words) { return std::ranges::count(words, option) > 0; };
    return in(shot_.merge.options) || in(shot_.deliver.options);
  }
  /// One authority for all hosts, where the file does not say who signs.
  Words signing_words() const {
    Words words;
    if (!says("--sign-key") && !says("--authority"))
      append(words, {"--authority", (shot_.work / "authority").string()});
    if (!says("--registry")) append(words, {"--registry", (shot_.work / "registry").string()});
    return words;
  }

  void merge() {
    const std::string& plate = shot_.delivery.plate;
    FarmJob job{"merge-" + plate,
                pictures_ ? "pictures with the faces put in" : "parts with the faces put in"};
    Words words = merge_words();
    append(words, chunk_words());
    job.needs = needs(shot_.merge, merge_memory_mb(pictures_ ? codec_ : kPartCodec, shot_.merge));
    job.command = program("merge", words, job.needs, shot_.merge.options);
    // A part is of this delivery alone, whose encoding has a say in its name.
    append(job.command, shot_.deliver.options);
    job.chunks = chunks(plate);
    // What is measured is steadied along whole tracks, so that every face must be there.
    job.after = {{"convert-" + plate}};
    plan_.jobs.push_back(std::move(job));
  }

  void deliver() {
    FarmJob job{"deliver", pictures_ ? "checks that every picture is there and signed"
                                     : "encodes and signs, once every frame is there"};
    job.needs = needs(shot_.deliver, pictures_ ? kVerifyMemoryMb : merge_memory_mb(codec_, shot_.deliver));
    if (pictures_) {
      const fs::path trust =
          shot_.delivery.trust.empty() ? shot_.work / "authority" / "root.pem" : shot_.delivery.trust;
      job.command = {(shot_.programs / "understudy-verify").string(), picture_folder().string(), "--trust",
                     trust.string()};
    } else {
      job.command = program("merge", merge_words(), job.needs, shot_.merge.options);
      append(job.command, shot_.deliver.options);
    }
    job.after = {{"merge-" + shot_.delivery.plate}};
    plan_.jobs.push_back(std::move(job));
  }

  /// Verify takes the folder of pictures, where merge takes a pattern too.
  fs::path picture_folder() const {
    const fs::path& output = shot_.delivery.output;
    return output.has_extension() ? output.parent_path() : output;
  }

  const ShotFile& shot_;
  const std::vector<PlateSize>& plates_;
  std::string codec_;  ///< the delivery's
  bool pictures_;
  FarmPlan plan_;
};

}  // namespace

FarmPlan plan_jobs(const ShotFile& shot, const std::vector<PlateSize>& plates, const std::string& codec) {
  return Planner(shot, plates, codec).all();
}

}  // namespace understudy::stages
