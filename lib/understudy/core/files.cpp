#include "understudy/core/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy {
namespace {

/// An open file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool is_open() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

[[noreturn]] void fail_writing(const fs::path& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw Error(ErrorCode::kResource, text("cannot write ", path.string(), ": ", std::strerror(error)),
              full ? "free some space or choose another output folder, then run the same command again"
                   : "check that the folder exists and may be written");
}

void sync_path(const fs::path& path, int flags) {
  const Descriptor file(path, flags);
  if (!file.is_open() || ::fsync(file.get()) != 0) fail_writing(path, errno);
}

}  // namespace

void write_unpublished(const fs::path& path, std::string_view content) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.is_open()) fail_writing(path, errno);
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_writing(path, errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
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
    if (got < 0) throw Error(ErrorCode::kInput, text("cannot read ", path.string(), ": ", std::strerror(errno)));
    if (got == 0) return content;
    content.append(block.data(), static_cast<std::size_t>(got));
  }
}

void write_file(const fs::path& path, std::string_view content) {
  AtomicFile file(path);
  write_unpublished(file.temporary(), content);
  file.commit();
}

AtomicFile::AtomicFile(fs::path final_path) : final_path_(std::move(final_path)) {
  const std::string stem = final_path_.stem().string();
  temporary_ = folder_of(final_path_) / (temporary_name(stem) + final_path_.extension().string());
}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  if (!committed_) fs::remove(temporary_, ignored);
}

void AtomicFile::commit() {
  sync_path(temporary_, O_RDONLY);
  if (::rename(temporary_.c_str(), final_path_.c_str()) != 0) fail_writing(final_path_, errno);
  committed_ = true;
  sync_path(folder_of(final_path_), O_RDONLY | O_DIRECTORY);
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
    if (entry.is_regular_file()) sync_path(entry.path(), O_RDONLY);
  sync_path(temporary_, O_RDONLY | O_DIRECTORY);
  if (::rename(temporary_.c_str(), final_path_.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST) return false;
    fail_writing(final_path_, errno);
  }
  published_ = true;
  sync_path(folder_of(final_path_), O_RDONLY | O_DIRECTORY);
  return true;
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path)) {
    throw Error(ErrorCode::kResource, text("cannot make the folder ", path.string(), ": ", error.message()),
                "check that the place exists and may be written");
  }
}

std::string temporary_name(std::string_view name) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return text(".tmp-", name, "-", host.data(), "-", ::getpid(), "-", std::hex, std::random_device{}());
}

}  // namespace understudy
