#include "understudy/core/mapped_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// The files that are mapped to be read.
class MappedFiles {
 public:
  static MappedFiles& all() {
    static MappedFiles files;
    return files;
  }
  void add(const std::byte* data, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    sizes_[data] = size;
  }
  void remove(const std::byte* data) {
    const std::lock_guard lock(mutex_);
    sizes_.erase(data);
  }
  void give_back(const std::byte* begin, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    auto file = sizes_.upper_bound(begin);
    if (file == sizes_.begin()) return;
    --file;
    if (begin + size > file->first + file->second) return;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto first = reinterpret_cast<std::uintptr_t>(begin) / page * page;
    ::madvise(reinterpret_cast<void*>(first), reinterpret_cast<std::uintptr_t>(begin) + size - first,
              MADV_DONTNEED);
  }

 private:
  std::mutex mutex_;
  std::map<const std::byte*, std::uint64_t> sizes_;
};

std::byte* mapped(std::uint64_t bytes, int protection, int flags, int fd) {
  void* data = ::mmap(nullptr, bytes, protection, flags, fd, 0);
  return data == MAP_FAILED ? nullptr : static_cast<std::byte*>(data);
}

}  // namespace

MappedBytes MappedBytes::anonymous(std::uint64_t bytes) {
  if (bytes == 0) return {};
  std::byte* data = mapped(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  if (!data) throw Error(ErrorCode::kResource, text("there is no memory for ", bytes, " bytes"));
  return {data, bytes};
}

MappedBytes MappedBytes::create(const std::filesystem::path& path, std::uint64_t bytes) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  const auto refuse = [&](int reason) {
    throw Error(ErrorCode::kResource,
                text("cannot make ", path.string(), " of ", bytes, " bytes: ", std::strerror(reason)));
  };
  if (file.get() < 0) refuse(errno);
  if (const int reason = ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes))) refuse(reason);
  std::byte* data = mapped(bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get());
  if (!data) refuse(errno);
  return {data, bytes};
}

MappedBytes MappedBytes::open(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  const bool readable = file.get() >= 0 && ::fstat(file.get(), &status) == 0;
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  std::byte* data = readable && bytes > 0 ? mapped(bytes, PROT_READ, MAP_SHARED, file.get()) : nullptr;
  if (!readable || (bytes > 0 && !data))
    throw Error(ErrorCode::kInput, text("cannot read ", path.string(), ": ", std::strerror(errno)));
  if (data) MappedFiles::all().add(data, bytes);
  return {data, bytes};
}

void use_in_blocks(std::string_view bytes, const std::function<void(std::string_view block)>& use) {
  constexpr std::size_t kBlock = std::size_t{16} << 20;
  for (std::size_t at = 0; at < bytes.size(); at += kBlock) {
    const std::string_view block = bytes.substr(at, kBlock);
    use(block);
    if (block.size() == kBlock)
      MappedFiles::all().give_back(reinterpret_cast<const std::byte*>(block.data()), kBlock);
  }
}

MappedBytes::~MappedBytes() {
  if (!data_) return;
  MappedFiles::all().remove(data_);
  ::munmap(data_, size_);
}

MappedBytes::MappedBytes(MappedBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedBytes& MappedBytes::operator=(MappedBytes&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace understudy
