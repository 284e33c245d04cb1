// Preloaded into a program (LD_PRELOAD), it makes one thing go wrong: the N-th change below a folder, or a
// read.
//
//   UNDERSTUDY_FAULT_BELOW   the folder; what lies elsewhere is left alone
//   UNDERSTUDY_FAULT         KIND:N, see kKinds; without it changes are counted only
//   UNDERSTUDY_FAULT_COUNT   a file that gets the number of changes and of reads when the program ends
//
// A change is a write, a file or folder made, a rename, a removal, a sync or a shortening.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>  // mkdir
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

namespace {

enum class Kind {
  kNone,
  kKill,      ///< the program is killed before the N-th change
  kFull,      ///< from the N-th change on nothing can be written or made: ENOSPC
  kOnce,      ///< the N-th change fails: EIO
  kReadOnly,  ///< from the N-th change on nothing can be made, renamed or removed: EROFS
  kShort,     ///< from the N-th read on reads give a third of what they were asked for
  kClock,  ///< from the N-th change on the time of day is two days ago, and jumps by an hour each time it is
           ///< asked
};

enum class Change {
  kWrite,  ///< into an open file; also a sync, which may be what finds the disk full
  kMake,   ///< a file or folder
  kRename,
  kRemove,
};

struct Named {
  std::string_view name;
  Kind kind;
};
constexpr std::array kKinds = {Named{"kill", Kind::kKill},        Named{"full", Kind::kFull},
                               Named{"once", Kind::kOnce},        Named{"read-only", Kind::kReadOnly},
                               Named{"short-read", Kind::kShort}, Named{"clock", Kind::kClock}};

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

class Faults {
 public:
  Faults() {
    if (const char* below = std::getenv("UNDERSTUDY_FAULT_BELOW")) below_ = std::string(below) + "/";
    if (const char* count = std::getenv("UNDERSTUDY_FAULT_COUNT")) count_ = count;
    const char* fault = std::getenv("UNDERSTUDY_FAULT");
    if (!fault) return;
    const std::string_view words = fault;
    const std::size_t colon = words.find(':');
    for (const Named& named : kKinds)
      if (named.name == words.substr(0, colon)) kind_ = named.kind;
    if (kind_ == Kind::kNone || colon == std::string_view::npos) {
      std::fprintf(stderr, "no fault is called %s\n", fault);
      std::abort();
    }
    at_ = std::atol(fault + colon + 1);
  }

  ~Faults() {
    if (count_.empty()) return;
    if (std::FILE* file = std::fopen(count_.c_str(), "w")) {
      std::fprintf(file, "%ld %ld\n", changes_.load(), reads_.load());
      std::fclose(file);
    }
  }

  /// Counts a change; errno's value when it is to fail, else 0.
  int change(Change change) {
    const long number = ++changes_;
    if (kind_ == Kind::kKill && number == at_) ::kill(::getpid(), SIGKILL);
    if (kind_ == Kind::kOnce && number == at_) return EIO;
    if (number < at_) return 0;
    const bool needs_space = change == Change::kWrite || change == Change::kMake;
    if (kind_ == Kind::kFull && needs_space) return ENOSPC;
    if (kind_ == Kind::kReadOnly && change != Change::kWrite) return EROFS;
    return 0;
  }

  std::size_t length_to_read(std::size_t asked) {
    const long number = ++reads_;
    return kind_ == Kind::kShort && number >= at_ ? (asked + 2) / 3 : asked;
  }

  /// Seconds to add to the time of day.
  long shift() {
    if (kind_ != Kind::kClock || changes_ < at_) return 0;
    return 3600 * ++asked_ - 172800;
  }

  bool concerns(int folder, const char* path) const {
    if (below_.empty()) return false;
    if (path[0] == '/') return std::strncmp(path, below_.c_str(), below_.size()) == 0;
    return concerns_path(folder == AT_FDCWD ? std::string("/proc/self/cwd") : of(folder));
  }

  bool concerns(int fd) const { return !below_.empty() && concerns_path(of(fd)); }

 private:
  static std::string of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

  bool concerns_path(const std::string& link) const {
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
    if (length <= 0) return false;
    const std::string path = std::string(target.data(), static_cast<std::size_t>(length)) + "/";
    return path.compare(0, below_.size(), below_) == 0;
  }

  Kind kind_ = Kind::kNone;
  long at_ = 0;
  std::string below_, count_;
  std::atomic<long> changes_ = 0, reads_ = 0, asked_ = 0;
};

/// Never destroyed before the count is written: libraries write until the very end.
Faults& faults() {
  static Faults one;
  return one;
}

/// False, with errno, when the change is to fail.
bool may_change(bool concerned, Change change) {
  if (!concerned) return true;
  if (const int error = faults().change(change); error != 0) {
    errno = error;
    return false;
  }
  return true;
}

bool may_change(int fd, Change change) {
  return may_change(faults().concerns(fd), change);
}

bool may_change(const char* path, Change change) {
  return may_change(faults().concerns(AT_FDCWD, path), change);
}

constexpr int kMaking = O_CREAT | O_TRUNC;

template <typename Open>
int open_as(Open function, const char* path, int flags, mode_t mode) {
  if ((flags & kMaking) != 0 && !may_change(path, Change::kMake)) return -1;
  return function(path, flags, mode);
}

mode_t mode_of(int flags, std::va_list& rest) {
  return (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  static const auto function = real<int (*)(const char*, int, ...)>("open");
  return open_as(function, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  static const auto function = real<int (*)(const char*, int, ...)>("open64");
  return open_as(function, path, flags, mode);
}

std::FILE* fopen(const char* path, const char* mode) {
  static const auto function = real<std::FILE* (*)(const char*, const char*)>("fopen");
  if (mode[0] != 'r' && !may_change(path, Change::kMake)) return nullptr;
  return function(path, mode);
}

std::FILE* fopen64(const char* path, const char* mode) {
  static const auto function = real<std::FILE* (*)(const char*, const char*)>("fopen64");
  if (mode[0] != 'r' && !may_change(path, Change::kMake)) return nullptr;
  return function(path, mode);
}

ssize_t write(int fd, const void* data, size_t size) {
  static const auto function = real<ssize_t (*)(int, const void*, size_t)>("write");
  return may_change(fd, Change::kWrite) ? function(fd, data, size) : -1;
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto function = real<ssize_t (*)(int, const iovec*, int)>("writev");
  return may_change(fd, Change::kWrite) ? function(fd, parts, count) : -1;
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  static const auto function = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return may_change(fd, Change::kWrite) ? function(fd, data, size, offset) : -1;
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  static const auto function = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return may_change(fd, Change::kWrite) ? function(fd, data, size, offset) : -1;
}

size_t fwrite(const void* data, size_t size, size_t count, std::FILE* file) {
  static const auto function = real<size_t (*)(const void*, size_t, size_t, std::FILE*)>("fwrite");
  return may_change(::fileno(file), Change::kWrite) ? function(data, size, count, file) : 0;
}

int ftruncate(int fd, off_t size) {
  static const auto function = real<int (*)(int, off_t)>("ftruncate");
  return may_change(fd, Change::kWrite) ? function(fd, size) : -1;
}

int ftruncate64(int fd, off64_t size) {
  static const auto function = real<int (*)(int, off64_t)>("ftruncate64");
  return may_change(fd, Change::kWrite) ? function(fd, size) : -1;
}

int fsync(int fd) {
  static const auto function = real<int (*)(int)>("fsync");
  return may_change(fd, Change::kWrite) ? function(fd) : -1;
}

int rename(const char* from, const char* to) {
  static const auto function = real<int (*)(const char*, const char*)>("rename");
  return may_change(to, Change::kRename) ? function(from, to) : -1;
}

int mkdir(const char* path, mode_t mode) {
  static const auto function = real<int (*)(const char*, mode_t)>("mkdir");
  return may_change(path, Change::kMake) ? function(path, mode) : -1;
}

int unlink(const char* path) {
  static const auto function = real<int (*)(const char*)>("unlink");
  return may_change(path, Change::kRemove) ? function(path) : -1;
}

int rmdir(const char* path) {
  static const auto function = real<int (*)(const char*)>("rmdir");
  return may_change(path, Change::kRemove) ? function(path) : -1;
}

int remove(const char* path) {
  static const auto function = real<int (*)(const char*)>("remove");
  return may_change(path, Change::kRemove) ? function(path) : -1;
}

int unlinkat(int folder, const char* path, int flags) {
  static const auto function = real<int (*)(int, const char*, int)>("unlinkat");
  return may_change(faults().concerns(folder, path), Change::kRemove) ? function(folder, path, flags) : -1;
}

ssize_t read(int fd, void* to, size_t size) {
  static const auto function = real<ssize_t (*)(int, void*, size_t)>("read");
  return function(fd, to, faults().concerns(fd) ? faults().length_to_read(size) : size);
}

ssize_t pread64(int fd, void* to, size_t size, off64_t offset) {
  static const auto function = real<ssize_t (*)(int, void*, size_t, off64_t)>("pread64");
  return function(fd, to, faults().concerns(fd) ? faults().length_to_read(size) : size, offset);
}

int clock_gettime(clockid_t clock, timespec* time) {
  static const auto function = real<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = function(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += faults().shift();
  return result;
}

}  // extern "C"
