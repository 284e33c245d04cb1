#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace understudy {

/// The whole file. Throws Error kInput when it is missing or unreadable, with the system's reason.
std::string read_file(const std::filesystem::path& path);

/// Writes through a temporary name in the same folder, syncs and renames: a reader sees the old file or the
/// new one, never a part. A symbolic link stays one: the file it points to is replaced. A device or pipe is
/// written as it is. Throws Error kResource with the system's reason (disk full, not writable); nothing is
/// left behind.
void write_file(const std::filesystem::path& path, std::string_view content);

/// Writes a new file as it is, without syncing: for folders that are not published yet. Throws Error
/// kResource.
void write_unpublished(const std::filesystem::path& path, std::string_view content);

/// A file that another library writes: hand it temporary(), then commit(). Without a commit the temporary
/// file is removed. The temporary name keeps the extension, since writers choose the format by it.
class AtomicFile {
 public:
  /// Throws Error kUsage when `final_path` is a device, pipe or folder: it would be replaced by a file.
  explicit AtomicFile(std::filesystem::path final_path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  const std::filesystem::path& temporary() const { return temporary_; }
  /// Syncs and renames. Throws Error kResource.
  void commit();

 private:
  std::filesystem::path final_path_;
  std::filesystem::path temporary_;
  bool committed_ = false;
};

/// A folder that appears under its final name whole or not at all. Several processes may try the same name:
/// the first wins.
class AtomicFolder {
 public:
  /// Makes `.tmp-NAME-HOST-PID-RANDOM` beside `final_path` (and the parents). Throws Error kResource.
  explicit AtomicFolder(std::filesystem::path final_path);
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;
  const std::filesystem::path& temporary() const { return temporary_; }
  /// Syncs every file and the folder, then renames. False when somebody else published the name first (our
  /// copy is dropped).
  bool publish();

 private:
  std::filesystem::path final_path_;
  std::filesystem::path temporary_;
  bool published_ = false;
};

/// The folder of that name, beside the running program's own one, of what comes with Understudy:
/// ../share/understudy/NAME, in a build as in an installation.
std::filesystem::path shipped_folder(std::string_view name);

/// Makes the folder and its parents. Throws Error kResource.
void make_folder(const std::filesystem::path& path);

/// A name that no other process or host picks: ".tmp-NAME-HOST-PID-RANDOM", with NAME cut to fit into a file
/// name.
std::string temporary_name(std::string_view name);

}  // namespace understudy
