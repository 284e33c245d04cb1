#include "understudy/core/run.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <thread>

#include "understudy/core/log.h"
#include "unit/core/scratch.h"

namespace understudy {
namespace {

using testing::MatchesRegex;
using testing::StartsWith;

std::string shown(ProgressMode mode, bool terminal, std::int64_t total,
                  std::initializer_list<std::int64_t> done) {
  std::ostringstream out;
  Progress progress(mode, out, terminal);
  progress.start("train", total);
  for (std::int64_t d : done) progress.update(d);
  progress.finish();
  progress.update(total);  // after the end nothing is shown
  progress.finish();
  return out.str();
}

TEST(Progress, FarmLinesAreAsTheFarmsReadThem) {
  EXPECT_EQ(
      shown(ProgressMode::kFarm, true, 100, {0, 42, 42, 100}),
      "ALF_PROGRESS 0% Progress: 0%\nALF_PROGRESS 42% Progress: 42%\nALF_PROGRESS 100% Progress: 100%\n");
}

TEST(Progress, OpenJdLines) {
  EXPECT_EQ(shown(ProgressMode::kOpenJd, false, 3, {1, 2, 3}),
            "openjd_progress: 33\nopenjd_progress: 66\nopenjd_progress: 100\n");
}

TEST(Progress, WhatWasDoneBeforeSaysNothingOfTheSpeed) {
  std::ostringstream out;
  Progress progress(ProgressMode::kLines, out, false);
  progress.start("train", 1000, 900);
  progress.update(900, "a note");
  progress.finish();
  EXPECT_EQ(out.str(), "train 90%, 0:00, a note\n");
}

TEST(Progress, EndsWithTheLastPercent) {
  EXPECT_EQ(shown(ProgressMode::kFarm, false, 10, {4}), "ALF_PROGRESS 40% Progress: 40%\n");  // stopped early
  EXPECT_EQ(shown(ProgressMode::kFarm, false, 10, {99}), "ALF_PROGRESS 100% Progress: 100%\n");
  EXPECT_EQ(shown(ProgressMode::kFarm, false, 0, {}),
            "ALF_PROGRESS 100% Progress: 100%\n");  // nothing was to be done
}

TEST(Progress, NoneIsSilent) {
  EXPECT_EQ(shown(ProgressMode::kNone, true, 10, {1, 5, 10}), "");
}

TEST(Progress, LinesAndBarEndWithALineOfCounts) {
  EXPECT_THAT(shown(ProgressMode::kLines, false, 8, {4, 8}),
              MatchesRegex("train 100% \\(8/8\\), [0-9.e+inf]+/s, 0:00\n"));
  EXPECT_THAT(shown(ProgressMode::kBar, false, 8, {8}),
              MatchesRegex("\r.\\[Ktrain 100% \\(8/8\\), .*/s, 0:00\n"));
  EXPECT_THAT(shown(ProgressMode::kLines, false, 0, {8}), MatchesRegex("train 8, .*/s, 0:00\n"));
}

TEST(Progress, AutoIsABarOnATerminalAndLinesElsewhere) {
  EXPECT_THAT(shown(ProgressMode::kAuto, true, 8, {8}), StartsWith("\r"));
  EXPECT_THAT(shown(ProgressMode::kAuto, false, 8, {8}), StartsWith("train 100%"));
}

TEST(Progress, ABarThatIsAbandonedEndsItsLine) {
  std::ostringstream out;
  {
    Progress progress(ProgressMode::kBar, out, true);
    progress.start("train", 8);
  }
  EXPECT_EQ(out.str(), "\n");
}

TEST(Progress, EveryModeHasARow) {
  for (const char* name : {"auto", "bar", "lines", "farm", "openjd", "none"})
    EXPECT_NO_THROW(progress_modes().at(name));
  EXPECT_EQ(progress_modes().size(), 6u);
}

TEST(Progress, CountsFromManyThreads) {
  std::ostringstream out;
  Progress progress(ProgressMode::kFarm, out, false);
  progress.start("work", 400);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) progress.advance();
      });
  }
  progress.finish();
  EXPECT_TRUE(out.str().ends_with("ALF_PROGRESS 100% Progress: 100%\n"));
}

TEST(Cancel, StopsByRequest) {
  Cancel cancel;
  EXPECT_FALSE(cancel.stop_requested());
  cancel.request_stop();
  EXPECT_TRUE(cancel.stop_requested());
  EXPECT_TRUE(cancel.stop_requested());
}

TEST(Cancel, StopsWhenTheTimeIsUp) {
  Cancel cancel;
  cancel.set_time_budget(1e300);
  EXPECT_FALSE(cancel.stop_requested());
  cancel.set_time_budget(3600);
  EXPECT_FALSE(cancel.stop_requested());
  cancel.set_time_budget(0);
  EXPECT_TRUE(cancel.stop_requested());
  cancel.set_time_budget(-5);
  EXPECT_TRUE(cancel.stop_requested());
}

TEST(Cancel, ASaveRequestIsTakenOnce) {
  Cancel cancel;
  EXPECT_FALSE(cancel.take_save_request());
  cancel.request_save();
  cancel.request_save();
  EXPECT_TRUE(cancel.take_save_request());
  EXPECT_FALSE(cancel.take_save_request());
  EXPECT_FALSE(cancel.stop_requested());
}

/// The exit status of a child that routes its signals and runs `act`.
template <class Act>
int status_of_child(const Act& act) {
  const pid_t child = fork();
  if (child == 0) {
    static Cancel cancel;
    route_signals_to(cancel);
    act(cancel);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST(Signals, TheFirstStopsPolitelyTheSecondAtOnce) {
  for (const int signal : {SIGTERM, SIGINT}) {
    EXPECT_EQ(status_of_child([&](Cancel& cancel) {
                raise(signal);
                _exit(cancel.stop_requested() ? 11 : 12);
              }),
              11);
    EXPECT_EQ(status_of_child([&](Cancel&) {
                raise(signal);
                raise(signal);
              }),
              128 + signal);
  }
}

TEST(Signals, TheFirstIsPoliteEvenWhenTheTimeIsUp) {
  EXPECT_EQ(status_of_child([](Cancel& cancel) {
              cancel.set_time_budget(0);
              raise(SIGTERM);
              _exit(11);  // reached: the run is saving and must not be cut off
            }),
            11);
}

TEST(Signals, Usr1AsksForASaveAndClosedPipesDoNotKill) {
  EXPECT_EQ(status_of_child([](Cancel& cancel) {
              raise(SIGUSR1);
              raise(SIGPIPE);
              raise(SIGXFSZ);
              _exit(cancel.take_save_request() && !cancel.stop_requested() ? 11 : 12);
            }),
            11);
}

TEST(Report, HoldsWhatTheRunLeft) {
  Report report;
  report.details["faces"] = 3;
  report.add_failure("frame 7", "no face");
  report.add_input("in.mp4", "aa");
  report.add_output("out.mp4", "bb");
  { const auto step = report.step("decode"); }
  { const auto step = report.step("decode"); }
  EXPECT_EQ(report.failures(), 1u);
  const Json json = report.to_json();
  EXPECT_EQ(json["faces"], 3);
  EXPECT_EQ(json_text(json["failures"]), R"([{"item":"frame 7","why":"no face"}])");
  EXPECT_EQ(json_text(json["inputs"]), R"([{"path":"in.mp4","sha256":"aa"}])");
  EXPECT_EQ(json_text(json["outputs"]), R"([{"path":"out.mp4","sha256":"bb"}])");
  EXPECT_EQ(json["seconds"].size(), 1u);
  EXPECT_GE(json["seconds"]["decode"].get<double>(), 0);
}

TEST(Log, LevelsByName) {
  EXPECT_EQ(log_levels().at("warning"), LogLevel::kWarning);
  expect_error(ErrorCode::kUsage, "debug, info, warning, error, off", [] { log_levels().at("loud"); });
}

TEST(Version, IsThreeNumbers) {
  EXPECT_THAT(std::string(version()), MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace understudy
