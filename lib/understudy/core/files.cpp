#include "understudy/core/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <utility>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy {
namespace {

constexpr int kNewFile = O_WRONLY | O_CREAT | O_EXCL;

/// An open file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  /// False, with errno, when the system lost what was written: network file systems say so only here.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }
  bool is_open() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

[[noreturn]] void fail_writing(const fs::path& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw Error(ErrorCode::kResource, text("cannot write ", path.string(), ": ", std::strerror(error)),
              full ? "free some space or choose another output folder, then run the same command again"
                   : "check that the folder exists and may be written");
}

void sync_file(const fs::path& path) {
  const Descriptor file(path, O_RDONLY);
  if (!file.is_open() || ::fsync(file.get()) != 0) fail_writing(path, errno);
}

void sync_folder(const fs::path& path) {
  const Descriptor folder(path, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open()) fail_writing(path, errno);
  // Some network file systems cannot sync a folder and say so with EINVAL.
  if (::fsync(folder.get()) != 0 && errno != EINVAL) fail_writing(path, errno);
}

/// Messages speak of `shown`, since nobody knows the temporary names.
void write_all(const fs::path& path, int flags, std::string_view content, const fs::path& shown) {
  Descriptor file(path, flags);
  if (!file.is_open()) fail_writing(shown, errno);
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_writing(shown, errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (!file.close()) fail_writing(shown, errno);
}

/// Something there that a rename must not replace by a file: a device, a pipe.
bool is_special(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

}  // namespace

void write_unpublished(const fs::path& path, std::string_view content) {
  write_all(path, kNewFile, content, path);
}

std::string read_file(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    throw Error(ErrorCode::kInput, text(path.string(), " is a folder, a file was expected"));
  const Descriptor file(path, O_RDONLY);
  if (!file.is_open())
    throw Error(ErrorCode::kInput, text("cannot read ", path.string(), ": ", std::strerror(errno)));
  std::string content;
  std::array<char, 1 << 16> block;
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw Error(ErrorCode::kInput, text("cannot read ", path.string(), ": ", std::strerror(errno)));
    if (got == 0) return content;
    content.append(block.data(), static_cast<std::size_t>(got));
  }
}

void write_file(const fs::path& path, std::string_view content) {
  if (is_special(path)) return write_all(path, O_WRONLY, content, path);
  AtomicFile file(path);
  write_all(file.temporary(), kNewFile, content, path);
  file.commit();
}

AtomicFile::AtomicFile(fs::path final_path) : final_path_(std::move(final_path)) {
  std::error_code ignored;
  if (!final_path_.has_filename() || is_special(final_path_) || fs::is_directory(final_path_, ignored)) {
    throw Error(ErrorCode::kUsage, text(final_path_.string(), " is not a file that can be replaced"),
                "name a file, not a folder, device or pipe");
  }
  if (fs::is_symlink(final_path_, ignored)) final_path_ = fs::weakly_canonical(final_path_, ignored);
  const std::string stem = final_path_.stem().string();
  temporary_ = folder_of(final_path_) / (temporary_name(stem) + final_path_.extension().string());
}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  if (!committed_) fs::remove(temporary_, ignored);
}

void AtomicFile::commit() {
  sync_file(temporary_);
  if (::rename(temporary_.c_str(), final_path_.c_str()) != 0) fail_writing(final_path_, errno);
  committed_ = true;
  sync_folder(folder_of(final_path_));
}

AtomicFolder::AtomicFolder(fs::path final_path) : final_path_(std::move(final_path)) {
  temporary_ = folder_of(final_path_) / temporary_name(final_path_.filename().string());
  make_folder(temporary_);
}

AtomicFolder::~AtomicFolder() {
  std::error_code ignored;
  if (!published_) fs::remove_all(temporary_, ignored);
}

bool AtomicFolder::publish() {
  for (const auto& entry : fs::recursive_directory_iterator(temporary_))
    entry.is_directory() ? sync_folder(entry.path()) : sync_file(entry.path());
  sync_folder(temporary_);
  if (::rename(temporary_.c_str(), final_path_.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST) return false;
    fail_writing(final_path_, errno);
  }
  published_ = true;
  sync_folder(folder_of(final_path_));
  return true;
}

fs::path shipped_folder(std::string_view name) {
  const fs::path program = fs::read_symlink("/proc/self/exe");
  return program.parent_path().parent_path() / "share" / "understudy" / name;
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    throw Error(ErrorCode::kResource, text("cannot make the folder ", path.string(), ": ", error.message()),
                "check that the place exists and may be written");
  }
}

std::string temporary_name(std::string_view name) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  constexpr std::size_t kMaxName = 100;
  return text(".tmp-", name.substr(0, kMaxName), "-", host.data(), "-", ::getpid(), "-", std::hex,
              std::random_device{}());
}

}  // namespace understudy
