#include "understudy/cli/tool.h"

#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <new>

#include "understudy/cli/described.h"
#include "understudy/cli/options.h"
#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/core/memory.h"
#include "understudy/core/plain_text.h"
#include "understudy/core/refused.h"

namespace understudy::cli {
namespace {

/// "-" becomes the lines of standard input.
std::vector<std::filesystem::path> expand_stdin(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::filesystem::path> out;
  for (const auto& path : paths) {
    if (path != "-") {
      out.push_back(path);
      continue;
    }
    for (std::string line; std::getline(std::cin, line);)
      if (!line.empty()) out.emplace_back(line);
  }
  if (out.empty()) throw Error(ErrorCode::kUsage, "no dataset was named on standard input");
  return out;
}

bool is_out_of_memory(std::string_view message) {
  return message.find("out of memory") != std::string_view::npos ||
         message.find("not enough memory") != std::string_view::npos ||
         message.find("can't allocate memory") != std::string_view::npos ||
         message.find("Insufficient memory") != std::string_view::npos;
}

/// Other libraries' exceptions in our own words and codes.
Error translated(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& e) {
    return e;
  } catch (const std::bad_alloc&) {
    return {ErrorCode::kResource, "there is not enough memory",
            "lower the batch, the size or the number of threads"};
  } catch (const std::filesystem::filesystem_error& e) {
    if (e.code() == std::errc::no_such_file_or_directory)
      return {ErrorCode::kInput, e.what(), "check the path"};
    return {ErrorCode::kResource, e.what(), "check that the place exists and may be written"};
  } catch (const std::exception& e) {
    if (is_out_of_memory(e.what())) return {ErrorCode::kResource, e.what(), "lower the batch or the size"};
    return {ErrorCode::kBug, text("unexpected failure: ", e.what()),
            "please report this with the command line and the log"};
  } catch (...) {
    return {ErrorCode::kBug, "unexpected failure", "please report this with the command line and the log"};
  }
}

Json refused_json(const Refused& refused) {
  return {{"reason", refused.reason},
          {"record", refused.record},
          {"what", refused.what},
          {"items", refused.items}};
}

std::string not_below_zero(const std::string& word) {
  return word.starts_with('-') ? "a size of 0 or more was expected, found " + word : "";
}

}  // namespace

Tool::Tool(const std::string& name, const std::string& description)
    : name_("understudy-" + name), app_(description, name_) {
  app_.set_version_flag("--version", name_ + " " + std::string(version()));
  app_.config_formatter(std::make_shared<TomlConfig>());
  app_.set_config("--config", "", "TOML file that holds options")->type_name("FILE");
  app_.allow_config_extras(false);
  app_.option_defaults()->always_capture_default();
  app_.add_flag("--print-config", print_config_, "print all effective options as TOML and stop")
      ->configurable(false);
  add_describe();
  app_.add_option("--report", report_path_, "write what was done as one JSON object")->type_name("FILE");
  choice("--progress", progress_, progress_modes(), "how progress is shown on stderr");
  choice("--log-level", log_level_, log_levels(), "the least that is said on stderr");
  app_.add_flag("--quiet", quiet_, "only errors on stderr");
}

void Tool::add_describe() {
  const auto describe = [this](const std::string& form) {
    // The only way to leave CLI11's parser before it asks for required options.
    throw CLI::CallForVersion(description_forms().at(form)(described(app_)), 0);
  };
  take_names(app_.add_option_function<std::string>("--describe", describe), description_forms(),
             "print these options in another form and stop")
      ->configurable(false);
}

Tool& Tool::common(stages::CommonOptions& options) {
  common_ = &options;
  app_.add_option("--frames", frames_, "frames to work on: 1-100, 1001-1100x2, 5,7,20-30")->type_name("SPEC");
  auto* shard =
      app_.add_option("--shard", shard_, "the I-th of N parts of the frames, I from 1")->type_name("I/N");
  auto* chunk = app_.add_option("--chunk", chunk_, "the I-th chunk of --chunk-size frames, I from 1")
                    ->check(CLI::PositiveNumber)
                    ->type_name("I");
  auto* size = app_.add_option("--chunk-size", chunk_size_, "frames in a chunk")
                   ->check(CLI::PositiveNumber)
                   ->type_name("K");
  chunk->needs(size)->excludes(shard);
  size->needs(chunk);
  app_.add_option("--threads", options.threads,
                  "0: the scheduler's number, else the cores this process may use")
      ->check(CLI::Range(0, 1024));
  app_.add_option("--memory", options.memory,
                  "memory that must suffice, such as 4G: fewer frames or faces at once; 0: what it takes")
      ->transform(CLI::AsSizeValue(false))
      ->transform(
          CLI::Validator(not_below_zero, ""))  // before the other one, which takes -1 for a large number
      ->type_name("SIZE");
  app_.add_option("--device", options.device, "auto, cpu or cuda[:I]");
  app_.add_option("--seed", options.seed, "of every random draw")->check(CLI::NonNegativeNumber);
  app_.add_flag("--dry-run", options.dry_run, "say what would be done and write nothing");
  app_.add_flag("--replace", options.replace,
                "make anew what is there with other options; the old goes to trash/");
  return *this;
}

Tool& Tool::consents(stages::ConsentOptions& options) {
  add_revocations(app_, options.revocations);
  app_.add_flag("--signed-consents", options.signed_only, "refuse consent records that are not signed");
  return *this;
}

Tool& Tool::person(std::string& name) {
  add_person(app_, name);
  return *this;
}

Tool& Tool::datasets(std::vector<std::filesystem::path>& paths) {
  datasets_ = &paths;
  app_.add_option("dataset", paths, "dataset folders; - reads them from standard input, one a line")
      ->required()
      ->type_name("DATASET");
  return *this;
}

void Tool::prepare_common() {
  set_log_level(quiet_ ? LogLevel::kError : log_levels().at(log_level_));
  if (datasets_) *datasets_ = expand_stdin(*datasets_);
  if (!common_) return;
  if (!frames_.empty()) common_->frames.frames = FrameSet::parse(frames_);
  if (!shard_.empty()) common_->frames.shard = parse_part(shard_);
  if (app_.count("--chunk") > 0) common_->frames.chunk = FrameSelection::Chunk{chunk_, chunk_size_};
}

int Tool::finish(const Report& report, const Outcome* outcome, int code, const Error* failure) {
  if (report_path_.empty() || report.is_left_to_another()) return code;
  Json json;
  json["program"] = name_;
  json["version"] = version();
  json["options"] = options_json(app_);
  if (datasets_) {
    json["options"]["dataset"] = Json::array();
    for (const auto& path : *datasets_) json["options"]["dataset"].push_back(path.string());
  }
  json["exit_code"] = code;
  if (failure) json["error"] = failure->message();
  if (const Refused* refused = failure ? refused_of(*failure) : nullptr)
    json["refused"] = refused_json(*refused);
  Json written = Json::array();
  if (outcome)
    for (const auto& path : outcome->written) written.push_back(path.string());
  json["written"] = written;
  json.update(report.to_json());
  json["memory"]["peak"] = peak_memory();
  try {
    write_json_file(report_path_, json);
  } catch (...) {
    const Error e = translated(std::current_exception());
    complain(text("the report could not be written: ", e.message()));
    return code == 0 ? static_cast<int>(e.code()) : code;
  }
  return code;
}

void Tool::complain(std::string_view message, std::string_view hint) const {
  std::cerr << name_ << ": " << printable(message, Lines::kAllowed) << "\n";
  if (!hint.empty()) std::cerr << "  " << printable(hint, Lines::kAllowed) << "\n";
}

int Tool::fail(const Report& report, const Error& failure) {
  complain(failure.message(), failure.hint());
  return finish(report, nullptr, static_cast<int>(failure.code()), &failure);
}

int Tool::run_parsed(const std::function<Outcome(Run&)>& work) {
  Report report;
  try {
    prepare_common();
    keep_freed_memory();
    static Cancel cancel;  // outlives main, as the signal handlers need
    route_signals_to(cancel);
    const ProgressMode mode = quiet_ ? ProgressMode::kNone : progress_modes().at(progress_);
    Progress progress(mode, std::cerr, ::isatty(STDERR_FILENO) == 1);
    Run run{progress, report, cancel};
    const Outcome outcome = work(run);
    progress.finish();
    std::cout << outcome.result;
    for (const auto& path : outcome.written) std::cout << path.string() << "\n";
    if (!std::cout.flush()) throw Error(ErrorCode::kResource, "cannot write to standard output");
    if (!outcome.summary.empty()) log_info(outcome.summary);
    if (outcome.stopped) {
      log_warning(
          "stopped before the end, with everything finished so far saved; run the same command again to go "
          "on");
      return finish(report, &outcome, static_cast<int>(ErrorCode::kStopped), nullptr);
    }
    if (report.failures() > 0) {
      log_warning(text(report.failures(), report.failures() == 1 ? " item" : " items",
                       " failed; --report lists them all"));
      return finish(report, &outcome, static_cast<int>(ErrorCode::kPartial), nullptr);
    }
    return finish(report, &outcome, 0, nullptr);
  } catch (const RefusedError& e) {
    return fail(report, e);
  } catch (...) {
    return fail(report, translated(std::current_exception()));
  }
}

int Tool::run(int argc, char** argv, const std::function<Outcome(Run&)>& work) {
  try {
    tidy_defaults(app_);
    app_.parse(argc, argv);
    if (!print_config_) return run_parsed(work);
    std::cout << config_text(app_);
    return 0;
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app_.exit(e);
    complain(e.what(), text(name_, " --help lists the options"));
    const bool missing_file = dynamic_cast<const CLI::FileError*>(&e) != nullptr;
    return static_cast<int>(missing_file ? ErrorCode::kInput : ErrorCode::kUsage);
  } catch (...) {
    const Error e = translated(std::current_exception());
    complain(e.message());
    return static_cast<int>(e.code());
  }
}

void add_person(CLI::App& app, std::string& name) {
  app.add_option("--person", name, "only the faces of this person, called as understudy-cast list does")
      ->type_name("NAME");
}

}  // namespace understudy::cli
