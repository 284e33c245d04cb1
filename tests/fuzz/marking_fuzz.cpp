#include "given.h"
#include "understudy/provenance/marking.h"

/// The bytes as what a container's or a picture's metadata say: no marking, one that is the same after
/// writing and reading, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy;
  std::optional<provenance::Marking> found;
  if (!fuzz::takes([&] {
        found = provenance::find_marking({{"comment", std::string(fuzz::text_of(data, size))}});
      }) ||
      !found)
    return 0;
  if (provenance::find_marking(provenance::marking_metadata(*found)) != found) std::abort();
  return 0;
}
