#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#include "understudy/provenance/c2pa/asset.h"
#include "understudy/provenance/c2pa/jumbf.h"

namespace understudy::provenance::c2pa {

inline std::string joined_layout(const Layout& layout, std::string_view place) {
  std::string out;
  for (const std::string_view part : layout.before) out += part;
  out += place;
  for (const std::string_view part : layout.after) out += part;
  return out;
}

/// Any bytes are refused as a wrong format, or have a store, or get one that is found again where it was put.
inline void try_asset(std::string_view file, AssetKind kind) {
  try {
    const std::string store = superbox_bytes("c2pa", "c2pa", "");
    if (find_store(file, kind, "fuzz")) return;
    const Layout layout = make_layout(file, kind, store.size(), "<xmp/>", "fuzz");
    hard_binding(layout, true);
    const std::string with = joined_layout(layout, place_bytes(kind, store));
    const auto found = find_store(with, kind, "signed");
    if (!found || found->store != store || !(found->place == layout.place)) std::abort();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kFormat) std::abort();
  }
}

}  // namespace understudy::provenance::c2pa
