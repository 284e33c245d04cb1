#include "understudy/cli/tool.h"

#include <sstream>
#include <stdexcept>

#include "unit/core/scratch.h"

namespace fs = std::filesystem;

namespace understudy::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const Table<int>& colors() {
  static const Table<int> table{"color", {{"red", "like blood", 1}, {"blue", "like the sea", 2}}};
  return table;
}

/// What a program like the real ones is told.
struct Options {
  stages::CommonOptions common;
  std::vector<fs::path> datasets, likeness;
  std::string color = "red";
  fs::path output;
  double minutes = 0;
  int size = 256;
};

struct Result {
  int code = 0;
  std::string out, err;
  Options options;
  bool ran = false;
};

/// A stream's content is kept while this lives.
class Captured {
 public:
  explicit Captured(std::ostream& stream) : stream_(stream), old_(stream.rdbuf(content_.rdbuf())) {}
  ~Captured() { stream_.rdbuf(old_); }
  std::string text() const { return content_.str(); }

 private:
  std::ostringstream content_;
  std::ostream& stream_;
  std::streambuf* old_;
};

using Work = std::function<Outcome(Run&)>;

Result run(
    std::vector<std::string> arguments, const Work& work = [](Run&) { return Outcome{}; },
    const std::string& input = "") {
  Result result;
  Options& o = result.options;
  Tool tool("sample", "A program for tests.");
  tool.datasets(o.datasets).common(o.common).choice("--color", o.color, colors(), "of the face");
  tool.app().add_option("-o,--output", o.output, "where to");
  tool.app().add_option("--likeness", o.likeness, "several");
  tool.app().add_option("--minutes", o.minutes, "for how long")->check(CLI::PositiveNumber);
  tool.app().add_option("--size", o.size, "in pixels")->check(CLI::Range(64, 1024));
  arguments.insert(arguments.begin(), {"understudy-sample", "--progress", "none"});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  std::istringstream typed(input);
  std::streambuf* keyboard = std::cin.rdbuf(typed.rdbuf());
  std::cin.clear();
  const Captured out(std::cout), err(std::cerr);
  result.code = tool.run(static_cast<int>(argv.size()), argv.data(), [&](Run& r) {
    result.ran = true;
    return work(r);
  });
  std::cin.rdbuf(keyboard);
  result.out = out.text();
  result.err = err.text();
  return result;
}

TEST(Tool, RunsAndPrintsWhatWasWritten) {
  const Result result = run({"data"}, [](understudy::Run&) {
    return Outcome{.written = {"a/b", "c"}, .result = "answer\n"};
  });
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "answer\na/b\nc\n");
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.options.datasets, ElementsAre("data"));
}

TEST(Tool, HelpAndVersion) {
  const Result help = run({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_FALSE(help.ran);
  EXPECT_THAT(help.out, AllOf(HasSubstr("A program for tests."), HasSubstr("red: like blood"),
                              HasSubstr("blue: like the sea"), HasSubstr("256"), Not(HasSubstr("[]")),
                              Not(HasSubstr("\"\""))));
  const Result version_result = run({"--version"});
  EXPECT_EQ(version_result.code, 0);
  EXPECT_EQ(version_result.out, text("understudy-sample ", version(), "\n"));
}

TEST(Tool, WrongUsageIsTwoWithASentence) {
  const std::pair<std::vector<std::string>, const char*> wrong[] = {
      {{"data", "--unknown"}, "--unknown"},
      {{"data", "--color", "green"}, "unknown color 'green'; choose one of: red, blue"},
      {{"data", "--color"}, "--color"},
      {{}, "dataset is required"},
      {{"data", "--size", "9"}, "--size"},
      {{"data", "--size", "big"}, "big"},
      {{"data", "--threads", "-1"}, "--threads"},
      {{"data", "--seed", "-1"}, "--seed"},
      {{"data", "--minutes", "0"}, "--minutes"},
      {{"data", "--chunk", "1"}, "--chunk-size"},
      {{"data", "--chunk-size", "5"}, "--chunk"},
      {{"data", "--chunk", "0", "--chunk-size", "5"}, "--chunk"},
      {{"data", "--chunk", "1", "--chunk-size", "5", "--shard", "1/2"}, "--shard"},
      {{"data", "--progress", "loud"}, "auto, bar, lines, farm, openjd, none"},
  };
  for (const auto& [arguments, part] : wrong) {
    const Result result = run(arguments);
    EXPECT_EQ(result.code, 2) << part;
    EXPECT_FALSE(result.ran) << part;
    EXPECT_THAT(result.err, AllOf(StartsWith("understudy-sample: "), HasSubstr(part)));
    EXPECT_EQ(result.out, "");
  }
}

TEST(Tool, OptionsThatAreReadLaterAreUsageTooAndGiveAReport) {
  const ScratchFolder folder;
  const fs::path report = folder.path() / "r.json";
  for (const auto& [option, value] :
       {std::pair{"--frames", "1:5"}, {"--shard", "5/2"}, {"--log-level", "loud"}}) {
    const Result result = run({"data", option, value, "--report", report});
    EXPECT_EQ(result.code, 2) << option;
    EXPECT_FALSE(result.ran);
    EXPECT_EQ(read_json_file(report)["exit_code"], 2);
  }
}

TEST(Tool, FramesShardAndChunkReachTheStage) {
  const Result frames = run({"data", "--frames", "5-9", "--shard", "2/3"});
  EXPECT_TRUE(frames.options.common.frames.frames->contains(7));
  EXPECT_EQ(frames.options.common.frames.shard->count, 3);
  EXPECT_FALSE(frames.options.common.frames.chunk);
  const Result chunk = run({"data", "--chunk", "4", "--chunk-size", "25"});
  EXPECT_EQ(chunk.options.common.frames.chunk->index, 4);
  EXPECT_EQ(chunk.options.common.frames.chunk->size, 25);
  EXPECT_FALSE(chunk.options.common.frames.frames);
}

TEST(Tool, ADashReadsDatasetsFromStandardInput) {
  const Result result = run(
      {"first", "-"}, [](understudy::Run&) { return Outcome{}; }, "one\n\ntwo words\nlast");
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.options.datasets, ElementsAre("first", "one", "two words", "last"));
  const Result nothing = run(
      {"-"}, [](understudy::Run&) { return Outcome{}; }, "\n");
  EXPECT_EQ(nothing.code, 2);
  EXPECT_THAT(nothing.err, HasSubstr("standard input"));
}

struct Failure {
  const char* name;
  std::function<void()> act;
  int code;
};

TEST(Tool, EveryFailureHasItsExitCode) {
  std::vector<Failure> failures = {
      {"bad_alloc", [] { throw std::bad_alloc(); }, 5},
      {"not there", [] { (void)fs::file_size("/none/at/all"); }, 3},
      {"no space",
       [] { throw fs::filesystem_error("copy", std::make_error_code(std::errc::no_space_on_device)); }, 5},
      {"cuda", [] { throw std::runtime_error("CUDA out of memory. Tried to allocate 2 GiB"); }, 5},
      {"torch",
       [] {
         throw std::runtime_error(
             "DefaultCPUAllocator: can't allocate memory: you tried to allocate 5 bytes");
       },
       5},
      {"opencv",
       [] { throw std::runtime_error("OpenCV: error: (-4:Insufficient memory) Failed to allocate 9 bytes"); },
       5},
      {"unknown", [] { throw std::logic_error("surprise"); }, 1},
      {"no exception", [] { throw 5; }, 1},
  };
  for (const int code : {1, 2, 3, 4, 5, 6, 7, 75})
    failures.push_back({"Error",
                        [code] { throw Error(static_cast<ErrorCode>(code), "what was found", "what to do"); },
                        code});
  for (const Failure& failure : failures) {
    const Result result =
        run({"data"}, [&](understudy::Run&) -> Outcome { return failure.act(), Outcome{}; });
    EXPECT_EQ(result.code, failure.code) << failure.name << ": " << result.err;
    EXPECT_THAT(result.err, StartsWith("understudy-sample: "));
    EXPECT_EQ(result.out, "");
    if (std::string(failure.name) == "Error") {
      EXPECT_EQ(result.err, "understudy-sample: what was found\n  what to do\n");
    }
  }
}

TEST(Tool, StoppedAndPartialRunsDoNotExitZero) {
  EXPECT_EQ(run({"data", "--quiet"}, [](understudy::Run&) { return Outcome{.stopped = true}; }).code, 75);
  const Work fails = [](understudy::Run& r) {
    r.report.add_failure("frame 3", "it is broken");
    return Outcome{.written = {"out"}};
  };
  const Result partial = run({"data", "--quiet"}, fails);
  EXPECT_EQ(partial.code, 6);
  EXPECT_EQ(partial.out, "out\n");
}

TEST(Tool, TheReportTellsTheRun) {
  const ScratchFolder folder;
  const fs::path report = folder.path() / "r.json";
  run(
      {"-", "--size", "128", "--likeness", "a", "b", "--report", report, "--dry-run"},
      [](understudy::Run& r) {
        r.report.details["faces"] = 12;
        r.report.add_input("in", "aa");
        const auto step = r.report.step("decode");
        return Outcome{.written = {"out"}};
      },
      "first\nsecond\n");
  const Json json = read_json_file(report);
  EXPECT_EQ(json["program"], "understudy-sample");
  EXPECT_EQ(json["version"], version());
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_FALSE(json.contains("error"));
  EXPECT_EQ(json["written"], Json({"out"}));
  EXPECT_EQ(json["faces"], 12);
  EXPECT_EQ(json["inputs"][0]["path"], "in");
  EXPECT_TRUE(json["seconds"].contains("decode"));
  EXPECT_EQ(json["options"]["size"], 128);
  EXPECT_EQ(json["options"]["seed"], 0);
  EXPECT_EQ(json["options"]["color"], "red");
  EXPECT_EQ(json["options"]["dry-run"], true);
  EXPECT_EQ(json["options"]["replace"], false);
  EXPECT_EQ(json["options"]["likeness"], Json({"a", "b"}));
  EXPECT_EQ(json["options"]["dataset"], Json({"first", "second"})) << "what was read, not '-'";
}

TEST(Tool, TheReportTellsFailures) {
  const ScratchFolder folder;
  const fs::path report = folder.path() / "r.json";
  run({"data", "--report", report}, [](understudy::Run& r) -> Outcome {
    r.report.details["faces"] = 1;
    throw Error(ErrorCode::kRefused, "no consent", "get one");
  });
  Json json = read_json_file(report);
  EXPECT_EQ(json["exit_code"], 7);
  EXPECT_EQ(json["error"], "no consent");
  EXPECT_EQ(json["faces"], 1);
  run({"data", "--quiet", "--report", report}, [](understudy::Run& r) {
    r.report.add_failure("frame 3", "it is broken");
    return Outcome{.stopped = true};
  });
  json = read_json_file(report);
  EXPECT_EQ(json["exit_code"], 75);
  EXPECT_EQ(json["failures"], Json::array({{{"item", "frame 3"}, {"why", "it is broken"}}}));
}

TEST(Tool, AReportThatCannotBeWrittenIsNotSuccess) {
  EXPECT_EQ(run({"data", "--quiet", "--report", "/none/at/all.json"}).code, 5);
  const Work refused = [](understudy::Run&) -> Outcome { throw Error(ErrorCode::kRefused, "no", ""); };
  EXPECT_EQ(run({"data", "--quiet", "--report", "/none/at/all.json"}, refused).code, 7);
}

TEST(Config, PrintedConfigGivesTheSameOptions) {
  const ScratchFolder folder;
  const fs::path config = folder.path() / "c.toml";
  const std::vector<std::vector<std::string>> command_lines = {
      {"data"},
      {"plate.####.exr", "a, b", "quote\"d", "it's", "back\\slash", "ä"},
      {"data", "--frames", "1-100x2", "--shard", "2/8", "--seed", "18446744073709551615", "--threads", "3",
       "--device", "cuda:1"},
      {"data", "--chunk", "2", "--chunk-size", "50", "--dry-run", "--replace"},
      {"data", "--color", "blue", "-o", "007", "--likeness", "one # two", "3", "--minutes", "0.25", "--size",
       "1024"},
      {"true", "--likeness", "single"},
  };
  for (std::vector<std::string> arguments : command_lines) {
    arguments.push_back("--print-config");
    const Result printed = run(arguments);
    EXPECT_EQ(printed.code, 0) << printed.err;
    EXPECT_FALSE(printed.ran);
    write_file(config, printed.out);
    const Result again = run({"--config", config});
    EXPECT_EQ(again.code, 0) << again.err << printed.out;
    EXPECT_TRUE(again.ran);
    const Result printed_again = run({"--config", config, "--print-config"});
    EXPECT_EQ(printed_again.out, printed.out);
    arguments.pop_back();
    const Result plain = run(arguments);
    const Options &a = plain.options, &b = again.options;
    EXPECT_EQ(a.datasets, b.datasets);
    EXPECT_EQ(a.likeness, b.likeness);
    EXPECT_EQ(a.color, b.color);
    EXPECT_EQ(a.output, b.output);
    EXPECT_EQ(a.minutes, b.minutes);
    EXPECT_EQ(a.size, b.size);
    EXPECT_EQ(a.common.seed, b.common.seed);
    EXPECT_EQ(a.common.threads, b.common.threads);
    EXPECT_EQ(a.common.device, b.common.device);
    EXPECT_EQ(a.common.dry_run, b.common.dry_run);
    EXPECT_EQ(a.common.replace, b.common.replace);
    const std::vector<std::int64_t> frames = {1, 2, 3, 50, 51, 52, 99, 100};
    EXPECT_EQ(a.common.frames.frames.has_value(), b.common.frames.frames.has_value());
    EXPECT_EQ(a.common.frames.apply(frames), b.common.frames.apply(frames));
  }
}

TEST(Config, TheCommandLineWinsOverTheFile) {
  const ScratchFolder folder;
  const fs::path config = folder.path() / "c.toml";
  write_file(config,
             "size = 128\ncolor = 'blue' # with a comment\nlikeness = [\n  'a', # first\n  'b',\n]\n");
  const Result result = run({"data", "--config", config, "--size", "512"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.options.size, 512);
  EXPECT_EQ(result.options.color, "blue");
  EXPECT_THAT(result.options.likeness, ElementsAre("a", "b"));
}

TEST(Config, WrongFilesAreRefused) {
  const ScratchFolder folder;
  const fs::path config = folder.path() / "c.toml";
  const std::pair<const char*, const char*> wrong[] = {
      {"colour = 'red'", "colour"},           {"size = 9", "size"},
      {"color = 'green'", "choose one of"},   {"size = ", "line 1"},
      {"[section]\nx = 1", "section"},        {"size = 100\nsize = 200", "line 2"},
      {"color = { name = 'red' }", "color"},  {"likeness = [['a']]", "nested"},
      {"print-config = true", "print-config"}};
  for (const auto& [content, part] : wrong) {
    write_file(config, content);
    const Result result = run({"data", "--config", config});
    EXPECT_EQ(result.code, 2) << content;
    EXPECT_FALSE(result.ran) << content;
    EXPECT_THAT(result.err, HasSubstr(part));
  }
  const Result missing = run({"data", "--config", folder.path() / "none.toml"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_THAT(missing.err, HasSubstr("none.toml"));
}

TEST(Config, SubcommandsHaveASection) {
  const ScratchFolder folder;
  const fs::path config = folder.path() / "c.toml";
  std::string name, role;
  auto run_with = [&](std::vector<std::string> arguments) {
    name.clear();
    Tool tool("sample", "Has subcommands.");
    tool.app().require_subcommand(1);
    CLI::App* create = tool.app().add_subcommand("new", "make one");
    create->add_option("--name", name, "of it")->required();
    arguments.insert(arguments.begin(), "understudy-sample");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    const Captured out(std::cout);
    EXPECT_EQ(
        tool.run(static_cast<int>(argv.size()), argv.data(), [](understudy::Run&) { return Outcome{}; }), 0);
    return out.text();
  };
  const std::string printed = run_with({"--print-config", "new", "--name", "Ada # one"});
  EXPECT_THAT(printed, HasSubstr("[new]\n\n# of it\nname = \"Ada # one\"\n"));
  write_file(config, printed);
  run_with({"--config", config, "new"});
  EXPECT_EQ(name, "Ada # one");
}

}  // namespace
}  // namespace understudy::cli
