#include "understudy/core/folder_lock.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "understudy/core/text.h"
#include "unit/core/scratch.h"

namespace understudy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

/// A child process that holds the lock of a folder until it is killed.
class Holder {
 public:
  explicit Holder(const fs::path& folder) {
    int ready[2];
    if (::pipe(ready) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      const FolderLock lock(folder);
      if (::write(ready[1], "x", 1) == 1) ::pause();
      ::_exit(1);
    }
    ::close(ready[1]);
    char byte;
    ready_ = ::read(ready[0], &byte, 1) == 1;
    ::close(ready[0]);
  }
  ~Holder() { kill(); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  bool is_ready() const { return ready_; }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  bool ready_ = false;
};

TEST(FolderLock, KeepsASecondProcessOutAndSaysWhoHoldsIt) {
  const ScratchFolder folder;
  Holder holder(folder.path());
  ASSERT_TRUE(holder.is_ready());
  const std::string said = read_file(folder.path() / ".lock");
  expect_error(ErrorCode::kResource, text("process ", holder.pid(), " on "),
               [&] { FolderLock(folder.path()); });
  expect_error(ErrorCode::kResource, "UTC", [&] { FolderLock(folder.path()); });
  EXPECT_EQ(read_file(folder.path() / ".lock"), said) << "who was refused has changed it";
}

TEST(FolderLock, EndsWithItsProcessHoweverThatEnds) {
  const ScratchFolder folder;
  Holder holder(folder.path());
  ASSERT_TRUE(holder.is_ready());
  holder.kill();
  EXPECT_TRUE(fs::exists(folder.path() / ".lock"));
  const FolderLock lock(folder.path());
  EXPECT_EQ(lock.note(), "");
  EXPECT_THAT(read_file(folder.path() / ".lock"), HasSubstr(text("process ", ::getpid(), " on ")));
}

TEST(FolderLock, LeavesNothingBehind) {
  const ScratchFolder folder;
  {
    const FolderLock lock(folder.path());
    EXPECT_THAT(names_in(folder.path()), ElementsAre(".lock"));
    expect_error(ErrorCode::kResource, "another run", [&] { FolderLock(folder.path()); });
  }
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
  const FolderLock again(folder.path());
}

TEST(FolderLock, OneOfManyGetsIt) {
  const ScratchFolder folder;
  // All of them try at once, again and again: never do two have it at the same time.
  constexpr int kChildren = 8, kRounds = 200;
  std::vector<pid_t> children;
  for (int child = 0; child < kChildren; ++child) {
    const pid_t pid = ::fork();
    if (pid != 0) {
      children.push_back(pid);
      continue;
    }
    for (int round = 0; round < kRounds; ++round) {
      std::optional<FolderLock> lock;
      try {
        lock.emplace(folder.path());
      } catch (const Error&) {
        continue;
      }
      const std::string mine = (folder.path() / "alone").string();
      if (::mkdir(mine.c_str(), 0777) != 0 || ::rmdir(mine.c_str()) != 0) ::_exit(1);
    }
    ::_exit(0);
  }
  for (pid_t pid : children) {
    int status = -1;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0) << "two had the lock";
  }
}

TEST(FolderLock, NeedsAFolderThatMayBeWritten) {
  const ScratchFolder folder;
  expect_error(ErrorCode::kResource, "cannot write", [&] { FolderLock(folder.path() / "none"); });
}

TEST(FolderLock, PrintsNoControlCharactersOfAForeignFile) {
  const ScratchFolder folder;
  Holder holder(folder.path());
  ASSERT_TRUE(holder.is_ready());
  std::ofstream(folder.path() / ".lock") << "a\x1b[31mb\nc";
  expect_error(ErrorCode::kResource, "a?[31mb", [&] { FolderLock(folder.path()); });
}

}  // namespace
}  // namespace understudy
