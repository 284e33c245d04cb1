#include "understudy/core/files.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>

#include "unit/core/scratch.h"

namespace fs = std::filesystem;

namespace understudy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST(ReadFile, GivesEveryByteOrTheReason) {
  const ScratchFolder folder;
  const std::string content = std::string("a\0b\r\n\xff", 6) + std::string(200'000, 'x');
  write_file(folder.path() / "file", content);
  EXPECT_EQ(read_file(folder.path() / "file"), content);
  expect_error(ErrorCode::kInput, "No such file", [&] { read_file(folder.path() / "none"); });
  expect_error(ErrorCode::kInput, "is a folder", [&] { read_file(folder.path()); });
  expect_error(ErrorCode::kInput, "Not a directory", [&] { read_file(folder.path() / "file" / "inside"); });
}

TEST(WriteFile, ReplacesAndLeavesNoOtherName) {
  const ScratchFolder folder;
  const fs::path file = folder.path() / "a.txt";
  write_file(file, "one");
  write_file(file, "two");
  EXPECT_EQ(read_file(file), "two");
  write_file(file, "");
  EXPECT_EQ(read_file(file), "");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("a.txt"));
}

TEST(WriteFile, TakesTheLongestName) {
  const ScratchFolder folder;
  const fs::path file = folder.path() / (std::string(251, 'n') + ".txt");
  write_file(file, "x");
  EXPECT_EQ(read_file(file), "x");
}

TEST(WriteFile, FollowsALinkAndWritesDevicesAsTheyAre) {
  const ScratchFolder folder;
  write_file(folder.path() / "real", "old");
  fs::create_symlink(folder.path() / "real", folder.path() / "link");
  write_file(folder.path() / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder.path() / "link"));
  EXPECT_EQ(read_file(folder.path() / "real"), "new");
  write_file("/dev/null", "gone");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  expect_error(ErrorCode::kUsage, "/dev/null", [] { AtomicFile("/dev/null"); });
}

TEST(WriteFile, FailuresLeaveNothingBehind) {
  const ScratchFolder folder;
  expect_error(ErrorCode::kResource, "No such file or directory",
               [&] { write_file(folder.path() / "none" / "a", "x"); });
  fs::create_directory(folder.path() / "taken");
  expect_error(ErrorCode::kUsage, "taken", [&] { write_file(folder.path() / "taken", "x"); });
  EXPECT_THAT(names_in(folder.path()), ElementsAre("taken"));
  EXPECT_THAT(names_in(folder.path() / "taken"), IsEmpty());
}

/// Runs `act` in a child and gives its exit status; 99 when it threw what it should not.
int exit_status_of(const std::function<int()>& act) {
  const pid_t child = fork();
  if (child == 0) {
    int status = 99;
    try {
      status = act();
    } catch (...) {
    }
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST(WriteFile, AFolderThatMayNotBeWrittenIsAResourceError) {
  const ScratchFolder folder;
  fs::create_directory(folder.path() / "locked");
  fs::permissions(folder.path() / "locked", fs::perms::owner_read | fs::perms::owner_exec |
                                                fs::perms::others_read | fs::perms::others_exec);
  EXPECT_EQ(exit_status_of([&] {
              if (geteuid() == 0 && setuid(65534) != 0) return 98;
              try {
                write_file(folder.path() / "locked" / "a", "x");
              } catch (const Error& e) {
                return static_cast<int>(e.code());
              }
              return 0;
            }),
            static_cast<int>(ErrorCode::kResource));
  EXPECT_THAT(names_in(folder.path() / "locked"), IsEmpty());
}

TEST(WriteFile, AFullDiskLeavesTheOldFile) {
  const ScratchFolder folder;
  const fs::path file = folder.path() / "a.txt";
  write_file(file, "old content");
  EXPECT_EQ(exit_status_of([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{1000, 1000};
              setrlimit(RLIMIT_FSIZE, &limit);
              try {
                write_file(file, std::string(5000, 'n'));
              } catch (const Error& e) {
                const bool advises = e.hint().find("free some space") != std::string::npos;
                return advises ? static_cast<int>(e.code()) : 97;
              }
              return 0;
            }),
            static_cast<int>(ErrorCode::kResource));
  EXPECT_EQ(read_file(file), "old content");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("a.txt"));
}

TEST(AtomicFile, WithoutACommitNothingIsLeft) {
  const ScratchFolder folder;
  const fs::path file = folder.path() / "clip.mp4";
  {
    AtomicFile atomic(file);
    EXPECT_EQ(atomic.temporary().extension(), ".mp4");
    EXPECT_EQ(atomic.temporary().parent_path(), folder.path());
    EXPECT_THAT(atomic.temporary().filename().string(), StartsWith(".tmp-clip-"));
    write_unpublished(atomic.temporary(), "half");
  }
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
  try {
    AtomicFile atomic(file);
    write_unpublished(atomic.temporary(), "half");
    throw std::runtime_error("the encoder failed");
  } catch (const std::runtime_error&) {
  }
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
  {
    AtomicFile atomic(file);
    write_unpublished(atomic.temporary(), "whole");
    atomic.commit();
  }
  EXPECT_THAT(names_in(folder.path()), ElementsAre("clip.mp4"));
}

TEST(AtomicFile, CommitWithoutAFileFails) {
  const ScratchFolder folder;
  AtomicFile atomic(folder.path() / "a");
  expect_error(ErrorCode::kResource, "No such file", [&] { atomic.commit(); });
  expect_error(ErrorCode::kUsage, "name a file", [&] { AtomicFile(folder.path() / "b" / ""); });
}

TEST(AtomicFolder, TheFirstPublisherWins) {
  const ScratchFolder folder;
  const fs::path target = folder.path() / "deep" / "shard";
  AtomicFolder first(target), second(target);
  EXPECT_NE(first.temporary(), second.temporary());
  write_unpublished(first.temporary() / "who", "first");
  fs::create_directory(first.temporary() / "inner");
  write_unpublished(first.temporary() / "inner" / "more", "x");
  write_unpublished(second.temporary() / "who", "second");
  EXPECT_FALSE(fs::exists(target));
  EXPECT_TRUE(first.publish());
  EXPECT_FALSE(second.publish());
  EXPECT_EQ(read_file(target / "who"), "first");
  EXPECT_EQ(read_file(target / "inner" / "more"), "x");
}

TEST(AtomicFolder, LeavesNoTemporaryName) {
  const ScratchFolder folder;
  const fs::path target = folder.path() / "shard";
  for (int i = 0; i < 2; ++i) {
    AtomicFolder atomic(target);
    write_unpublished(atomic.temporary() / "a", "x");
    EXPECT_EQ(atomic.publish(), i == 0);
  }
  { AtomicFolder dropped(folder.path() / "other"); }
  EXPECT_THAT(names_in(folder.path()), ElementsAre("shard"));
}

TEST(AtomicFolder, OntoAFileIsAnError) {
  const ScratchFolder folder;
  write_file(folder.path() / "shard", "a file");
  {
    AtomicFolder atomic(folder.path() / "shard");
    write_unpublished(atomic.temporary() / "a", "x");
    expect_error(ErrorCode::kResource, "Not a directory", [&] { atomic.publish(); });
  }
  EXPECT_THAT(names_in(folder.path()), ElementsAre("shard"));
  EXPECT_EQ(read_file(folder.path() / "shard"), "a file");
}

TEST(WriteUnpublished, RefusesToReplace) {
  const ScratchFolder folder;
  write_unpublished(folder.path() / "a", "x");
  expect_error(ErrorCode::kResource, "File exists", [&] { write_unpublished(folder.path() / "a", "y"); });
}

TEST(MakeFolder, MakesParentsAndRefusesFiles) {
  const ScratchFolder folder;
  make_folder(folder.path() / "a" / "b");
  make_folder(folder.path() / "a" / "b");
  EXPECT_TRUE(fs::is_directory(folder.path() / "a" / "b"));
  write_file(folder.path() / "file", "x");
  expect_error(ErrorCode::kResource, "cannot make the folder", [&] { make_folder(folder.path() / "file"); });
  expect_error(ErrorCode::kResource, "cannot make the folder",
               [&] { make_folder(folder.path() / "file" / "b"); });
}

TEST(TemporaryName, IsHiddenAndNeverTheSame) {
  EXPECT_THAT(temporary_name("x"), StartsWith(".tmp-x-"));
  EXPECT_NE(temporary_name("x"), temporary_name("x"));
  EXPECT_LE(temporary_name(std::string(5000, 'x')).size(), 255u);
}

}  // namespace
}  // namespace understudy
