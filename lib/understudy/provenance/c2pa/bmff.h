#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/provenance/c2pa/asset.h"

namespace understudy::provenance::c2pa {

/// A box of an MP4 or MOV file (ISO/IEC 14496-12). Views into the file.
struct BmffBox {
  std::string_view type;     ///< four characters
  std::string_view bytes;    ///< the whole box
  std::string_view payload;  ///< behind the header
  std::uint64_t start = 0;   ///< in the file
};

/// The boxes that fill `bytes`, which begin at `start` in the file. Sizes of 64 bits are understood, and so
/// is a last box that reaches to the end (size 0). Throws Error kFormat, naming `where` and the offset, when
/// they do not fill it exactly.
std::vector<BmffBox> bmff_boxes(std::string_view bytes, std::uint64_t start, std::string_view where);

/// find_store(), make_layout() and place_bytes() of MP4 and MOV.
std::optional<FoundStore> find_bmff_store(std::string_view file, std::string_view where);
Layout make_bmff_layout(std::string_view file, std::uint64_t store_bytes, std::string_view xmp,
                        std::string_view where);
std::string bmff_place_bytes(std::string_view store);

}  // namespace understudy::provenance::c2pa
