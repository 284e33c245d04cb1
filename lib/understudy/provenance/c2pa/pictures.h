#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "understudy/provenance/c2pa/asset.h"

namespace understudy::provenance::c2pa {

/// find_store(), make_layout() and place_bytes() of JPEG: APP11 segments behind the start of the image.
std::optional<FoundStore> find_jpeg_store(std::string_view file, std::string_view where);
Layout make_jpeg_layout(std::string_view file, std::uint64_t store_bytes, std::string_view xmp,
                        std::string_view where);
std::string jpeg_place_bytes(std::string_view store);

/// The same of PNG: a caBX chunk behind the header.
std::optional<FoundStore> find_png_store(std::string_view file, std::string_view where);
Layout make_png_layout(std::string_view file, std::uint64_t store_bytes, std::string_view xmp,
                       std::string_view where);
std::string png_place_bytes(std::string_view store);

}  // namespace understudy::provenance::c2pa
