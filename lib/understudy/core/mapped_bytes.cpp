#include "understudy/core/mapped_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
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
  return {data, bytes};
}

MappedBytes::~MappedBytes() {
  if (data_) ::munmap(data_, size_);
}

MappedBytes::MappedBytes(MappedBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedBytes& MappedBytes::operator=(MappedBytes&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace understudy
