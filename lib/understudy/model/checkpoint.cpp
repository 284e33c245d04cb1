#include "understudy/model/checkpoint.h"

#include <algorithm>
#include <functional>
#include <system_error>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRing = "checkpoint-", kMilestone = "milestone-", kExtension = ".safetensors";

fs::path path_at(const fs::path& folder, std::string_view prefix, std::int64_t iteration) {
  return folder / text(prefix, std::setw(9), std::setfill('0'), iteration, kExtension);
}

/// Whether `name` is PREFIX, a number, the extension. Version 1 had the ring checkpoint-a and checkpoint-b.
bool is_named(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || !name.ends_with(kExtension)) return false;
  if (name.size() <= prefix.size() + kExtension.size()) return false;
  const std::string_view middle = name.substr(prefix.size(), name.size() - prefix.size() - kExtension.size());
  if (prefix == kRing && (middle == "a" || middle == "b")) return true;
  return middle.size() <= 18 && middle.find_first_not_of("0123456789") == std::string_view::npos;
}

std::vector<fs::path> paths_of(const fs::path& folder, std::string_view prefix) {
  std::error_code error;
  std::vector<fs::path> out;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (is_named(entry->path().filename().string(), prefix)) out.push_back(entry->path());
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    throw Error(ErrorCode::kInput, text("cannot read the folder ", folder.string(), ": ", error.message()));
  std::sort(out.begin(), out.end());
  return out;
}

/// A training that goes on beside the reader has removed the file.
bool is_gone(const Error& e, const fs::path& path) {
  return e.code() == ErrorCode::kInput && !fs::exists(path);
}

/// The ring in `folder`, or its milestones, newest first; those without a readable header last. A file that
/// cannot be opened at all throws.
std::vector<CheckpointFile> files_of(const fs::path& folder, std::string_view prefix) {
  std::vector<CheckpointFile> out;
  for (const fs::path& path : paths_of(folder, prefix)) {
    CheckpointFile file{path, prefix == kMilestone, {}, {}};
    try {
      file.header = read_weights_header(path);
    } catch (const Error& e) {
      if (is_gone(e, path)) continue;
      if (e.code() != ErrorCode::kFormat) throw;
      file.trouble = e.message();
    }
    out.push_back(std::move(file));
  }
  std::stable_sort(out.begin(), out.end(), [](const CheckpointFile& a, const CheckpointFile& b) {
    return (a.header ? a.header->iteration : -1) > (b.header ? b.header->iteration : -1);
  });
  return out;
}

/// All of them, in the order in which they are tried. Throws Error kInput when there are none.
std::vector<CheckpointFile> candidates(const fs::path& folder) {
  std::vector<CheckpointFile> out = files_of(folder, kRing), milestones = files_of(folder, kMilestone);
  std::ranges::move(milestones, std::back_inserter(out));
  if (out.empty())
    throw Error(ErrorCode::kInput,
                text(folder.string(), " holds no model: there is no checkpoint-….safetensors in it"),
                "give the folder that understudy-train wrote");
  return out;
}

[[noreturn]] void refuse_all(const fs::path& folder, const std::vector<std::string>& troubles) {
  throw Error(ErrorCode::kFormat,
              text("no checkpoint in ", folder.string(), " can be used: ", joined(troubles, "; ")),
              "restore the folder from a copy, or train again into another one");
}

/// model.json repeats what the checkpoints say; it may be absent or older, but not of another model or
/// format.
void check_description(const fs::path& folder, const ModelHeader& header) {
  const fs::path path = folder / "model.json";
  if (!fs::exists(path)) return;
  const ModelHeader described = header_from_json(read_json_file(path), path.string());
  if (described.preset_name == header.preset_name && described.preset.network == header.preset.network)
    return;
  throw Error(ErrorCode::kFormat,
              text(path.string(), " describes a model of the preset '", described.preset_name, "', ",
                   described.preset.network.output_px, " pixels, but the checkpoints beside it are of '",
                   header.preset_name, "', ", header.preset.network.output_px, " pixels, or of other widths"),
              "restore the folder from a copy; or remove model.json, since the checkpoints hold the same");
}

/// The first checkpoint that `use` accepts; what was wrong with others becomes `note`.
template <class Result>
Result first_usable(const fs::path& folder, const std::function<Result(const CheckpointFile&)>& use,
                    std::string& note) {
  std::vector<std::string> troubles;
  std::optional<Result> result;
  fs::path used;
  bool gone = false;
  for (const CheckpointFile& file : candidates(folder)) {
    if (!file.header) troubles.push_back(file.trouble);
    if (!file.header || result) continue;
    try {
      result = use(file);
      used = file.path;
    } catch (const Error& e) {
      gone = gone || is_gone(e, file.path);
      if (is_gone(e, file.path)) continue;
      if (e.code() != ErrorCode::kFormat) throw;
      troubles.push_back(e.message());
    }
  }
  if (!result && gone) return first_usable(folder, use, note);  // newer ones have come
  if (!result) refuse_all(folder, troubles);
  if (!troubles.empty()) note = text(joined(troubles, "; "), "; ", used.filename().string(), " is used");
  return *std::move(result);
}

/// Whether the checkpoint of that iteration is the first at or behind a multiple of `every`.
bool milestone_is_due(const fs::path& folder, std::int64_t iteration, std::int64_t every) {
  if (every <= 0) return false;
  std::int64_t last = 0;
  for (const fs::path& path : paths_of(folder, kMilestone)) {
    const std::int64_t at = std::stoll(path.filename().string().substr(kMilestone.size()));
    if (at <= iteration) last = std::max(last, at);
  }
  return iteration / every > last / every;
}

/// A second name for the checkpoint, which costs no space; a copy where the file system has no such names.
void keep_for_good(const fs::path& checkpoint, const fs::path& milestone) {
  AtomicFile file(milestone);
  std::error_code error;
  fs::create_hard_link(checkpoint, file.temporary(), error);
  if (error) fs::copy_file(checkpoint, file.temporary(), error);
  if (error)
    throw Error(ErrorCode::kResource, text("cannot write ", milestone.string(), ": ", error.message()),
                "free some space, then run the same command again");
  file.commit();
}

/// What is left of the ring `before` a checkpoint of `iteration` was written to `written`.
void prune(const std::vector<CheckpointFile>& before, const fs::path& written, std::int64_t iteration,
           std::int64_t newest) {
  std::int64_t kept = 1;
  for (const CheckpointFile& file : before) {
    if (file.path == written) continue;
    if (file.header && file.header->iteration <= iteration && kept < newest) {
      ++kept;
      continue;
    }
    std::error_code ignored;  // the next save tries again
    fs::remove(file.path, ignored);
  }
}

}  // namespace

bool has_checkpoint(const fs::path& folder) {
  return !paths_of(folder, kRing).empty() || !paths_of(folder, kMilestone).empty();
}

void save_checkpoint(const fs::path& folder, const ModelHeader& header, const NamedTensors& tensors,
                     const KeepRule& keep) {
  make_folder(folder);
  const std::vector<CheckpointFile> before = files_of(folder, kRing);
  const fs::path path = path_at(folder, kRing, header.iteration);
  try {
    write_safetensors(path, tensors, header_to_metadata(header));
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kResource) throw;
    const bool any = !before.empty() && before.front().header;
    throw Error(e.code(),
                text(e.message(), "; ",
                     any ? text("the checkpoint before it, ", before.front().path.filename().string(),
                                ", stays as it was")
                         : "no checkpoint was written before it"),
                e.hint());
  }
  write_json_file(folder / "model.json", header_to_json(header));
  if (milestone_is_due(folder, header.iteration, keep.milestone_every))
    keep_for_good(path, path_at(folder, kMilestone, header.iteration));
  prune(before, path, header.iteration, keep.newest);
}

Checkpoint load_checkpoint(const fs::path& folder, std::string_view only) {
  std::string note;
  const std::function<Checkpoint(const CheckpointFile&)> use = [only](const CheckpointFile& c) {
    return Checkpoint{*c.header, read_safetensors(c.path, only), c.path, {}};
  };
  Checkpoint checkpoint = first_usable(folder, use, note);
  check_description(folder, checkpoint.header);
  checkpoint.note = std::move(note);
  return checkpoint;
}

ModelHeader read_model_header(const fs::path& folder) {
  std::string note;
  const std::function<ModelHeader(const CheckpointFile&)> use = [](const CheckpointFile& c) {
    return *c.header;
  };
  ModelHeader header = first_usable(folder, use, note);
  check_description(folder, header);
  return header;
}

void save_average(const fs::path& folder, const fs::path& weights_file,
                  const std::vector<std::string>& parts) {
  const Checkpoint checkpoint = load_checkpoint(folder, CheckpointPart::kAverage);
  NamedTensors kept;
  for (const auto& [name, tensor] : checkpoint.file.tensors) {
    const std::string place = name.substr(CheckpointPart::kAverage.size());
    const bool wanted = parts.empty() || std::ranges::any_of(parts, [&](const std::string& part) {
                          return place.starts_with(part);
                        });
    if (wanted) kept.emplace_back(name, tensor.to(torch::kBFloat16));
  }
  if (kept.empty())
    throw Error(ErrorCode::kUsage, text("no weight's name begins like '", joined(parts), "'"));
  write_safetensors(weights_file, kept, header_to_metadata(checkpoint.header));
}

ModelHeader read_weights_header(const fs::path& weights_file) {
  return header_from_metadata(read_safetensors_metadata(weights_file), weights_file);
}

std::vector<CheckpointFile> check_checkpoints(const fs::path& folder) {
  std::vector<CheckpointFile> files = candidates(folder);
  std::vector<std::string> troubles;
  for (CheckpointFile& file : files) {
    try {
      if (file.header) read_safetensors(file.path, "nothing is kept");
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kFormat) throw;
      file.trouble = e.message();
    }
    if (!file.trouble.empty()) troubles.push_back(file.trouble);
  }
  const auto whole = std::ranges::find_if(files, [](const CheckpointFile& f) { return f.trouble.empty(); });
  if (whole == files.end()) refuse_all(folder, troubles);
  check_description(folder, *whole->header);
  return files;
}

}  // namespace understudy::model
