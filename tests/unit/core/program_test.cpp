#include "understudy/core/program.h"

#include <csignal>
#include <thread>

#include "understudy/core/nearest_name.h"
#include "unit/core/scratch.h"

namespace understudy {
namespace {

TEST(Program, IsFoundAsAShellWould) {
  const auto bash = find_program("bash");
  ASSERT_TRUE(bash.has_value());
  EXPECT_EQ(bash->filename(), "bash");
  EXPECT_FALSE(find_program("no-such-program").has_value());
}

TEST(Program, GivesItsExitCode) {
  const Cancel cancel;
  EXPECT_EQ(run_program({"bash", "-c", "exit 6"}, cancel), 6);
  EXPECT_EQ(run_program({"bash", "-c", "kill -9 $$"}, cancel), 128 + SIGKILL);
  EXPECT_EQ(run_program({"bash", "-c", "[ \"$1\" = 'a b' ]", "x", "a b"}, cancel), 0);
  expect_error(ErrorCode::kResource, "no-such-program", [&] { run_program({"no-such-program"}, cancel); });
}

TEST(Program, IsToldToStop) {
  Cancel cancel;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    cancel.request_stop();
  });
  EXPECT_EQ(run_program({"bash", "-c", "trap 'exit 75' TERM; while true; do sleep 0.05; done"}, cancel), 75);
}

TEST(NearestName, HasTheFewestLettersToMend) {
  const std::vector<std::string> names = {"frames", "path", "plates"};
  EXPECT_EQ(nearest_name("frame", names), "frames");
  EXPECT_EQ(nearest_name("framse", names), "frames");
  EXPECT_EQ(nearest_name("plate", names), "plates");
  EXPECT_EQ(nearest_name("", names), "path");
}

}  // namespace
}  // namespace understudy
