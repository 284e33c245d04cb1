#include "given.h"
#include "understudy/provenance/revocations.h"

/// The bytes as a list of revocations: the same after writing and reading, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::provenance::Revocations;
  Revocations list;
  if (!understudy::fuzz::takes(
          [&] { list = Revocations::parse(understudy::fuzz::text_of(data, size), "fuzz"); }))
    return 0;
  const std::string once = list.json();
  const Revocations again = Revocations::parse(once, "written");
  if (again.json() != once || again.head() != list.head()) std::abort();
  return 0;
}
