#pragma once

#include <filesystem>
#include <string>

namespace understudy {

/// Says that this process is the one that writes a folder. The lock is the operating system's, on the file
/// FOLDER/.lock: it is gone when the process is, however it ended. The file's text says who holds it; it is
/// removed at the end. Readers need no lock.
class FolderLock {
 public:
  /// `folder` must exist. Throws Error kResource when another process holds the lock (with its host, process
  /// and since when), or when the file cannot be made.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// A sentence when the file system cannot lock, so that nobody is kept out; else empty.
  const std::string& note() const { return note_; }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::string note_;
};

}  // namespace understudy
