#include <array>

#include "given.h"
#include "understudy/media/metadata.h"
#include "understudy/media/picture_file.h"

using namespace understudy;

/// The message of a broken PNG that OpenImageIO loses, see ../sanitize/leaks.txt: where it is lost through
/// libpng the stack ends with the string.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:std::__cxx11::basic_string*::_M_assign\n";
}

/// The first byte chooses the kind of file, the rest is one: its head is read or refused, and so are its
/// pixels where it is small.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  static const std::array<std::string, 5> kNames = {"a.png", "a.jpg", "a.tif", "a.exr", "a.dpx"};
  if (size == 0) return 0;
  media::use_one_thread_per_picture();
  const auto path = folder.file(kNames[data[0] % kNames.size()], fuzz::text_of(data + 1, size - 1));
  fuzz::takes([&] { media::read_metadata(path); });
  fuzz::takes([&] {
    const media::PictureHeader header = media::read_picture_header(path);
    if (header.spec.width > 256 || header.spec.height > 256 || header.spec.nchannels > 8) return;
    const media::Picture picture = media::read_picture(path, header);
    if (!picture.format().same_layout(header.format)) std::abort();
  });
  return 0;
}
