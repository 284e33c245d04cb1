#include "understudy/core/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy {
namespace {

namespace fs = std::filesystem;

std::string holder_text() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  return text("process ", ::getpid(), " on ", host.data(), ", since ", std::put_time(&utc, "%F %T"),
              " UTC\n");
}

/// What the lock's file says, on one line of printable characters.
std::string read_holder(int fd) {
  std::array<char, 512> content{};
  const ssize_t size = ::pread(fd, content.data(), content.size(), 0);
  std::string out;
  for (ssize_t i = 0; i < size && content[static_cast<std::size_t>(i)] != '\n'; ++i) {
    const char c = content[static_cast<std::size_t>(i)];
    out += c >= ' ' && c <= '~' ? c : '?';
  }
  return out.empty() ? "a process that does not say who it is" : out;
}

/// Whether `path` is still the file that is open as `fd`: its last holder may have removed it meanwhile.
bool is_same_file(int fd, const fs::path& path) {
  struct stat opened, named;
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

int open_lock_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0)
    throw Error(ErrorCode::kResource, text("cannot write ", path.string(), ": ", std::strerror(errno)),
                "check that the folder exists and may be written");
  return fd;
}

/// Locks `fd`. Gives a sentence when the file system cannot. Closes `fd` when it throws.
std::string lock(int fd, const fs::path& folder) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      return text("the file system of ", folder.string(), " cannot lock (", std::strerror(errno),
                  "): see to it that no second run writes there");
    const std::string holder = read_holder(fd);
    ::close(fd);
    throw Error(ErrorCode::kResource, text("another run is writing ", folder.string(), ": ", holder),
                "wait until it has ended, or stop it; or name another folder");
  }
  return {};
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder) : path_(folder / ".lock") {
  for (;;) {
    fd_ = open_lock_file(path_);
    note_ = lock(fd_, folder);
    if (!note_.empty() || is_same_file(fd_, path_)) break;
    ::close(fd_);
  }
  const std::string holder = holder_text();
  // The text is for people: a disk that is too full for it is no reason to stop here.
  const bool emptied = ::ftruncate(fd_, 0) == 0;
  [[maybe_unused]] const bool written = emptied && ::pwrite(fd_, holder.data(), holder.size(), 0) > 0;
}

FolderLock::~FolderLock() {
  // While the lock is held, so that nobody else's file is removed.
  if (note_.empty()) ::unlink(path_.c_str());
  ::close(fd_);
}

}  // namespace understudy
