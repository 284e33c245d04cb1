#include <cstdint>
#include <cstdlib>

#include "understudy/core/error.h"
#include "understudy/provenance/c2pa/jumbf.h"

namespace c2pa = understudy::provenance::c2pa;

namespace {

/// Every byte belongs to a header, a description, or something inside.
void check_inside(const c2pa::Superbox& box) {
  if (box.label.empty() || box.hashed().size() + 8 != box.bytes.size()) std::abort();
  for (const c2pa::ContentBox& content : box.contents)
    if (content.payload.size() + 8 > box.bytes.size()) std::abort();
  for (const c2pa::Superbox& child : box.children) {
    if (box.child(child.label) != &child) std::abort();
    check_inside(child);
  }
}

}  // namespace

/// Any bytes are refused as a wrong format, or are boxes that lie inside one another.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    check_inside(c2pa::parse_jumbf({reinterpret_cast<const char*>(data), size}, "fuzz"));
  } catch (const understudy::Error& e) {
    if (e.code() != understudy::ErrorCode::kFormat) std::abort();
  }
  return 0;
}
