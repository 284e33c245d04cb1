#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "understudy/provenance/c2pa/manifest.h"
#include "understudy/provenance/c2pa/signer.h"

namespace understudy::provenance::c2pa {

/// Whether sign_file() can put a manifest into such a file, by its first bytes; others get a sidecar.
bool holds_manifest(const std::filesystem::path& file);

/// Puts a signed manifest and XMP into an MP4, MOV, JPEG or PNG, which keeps its name: a new file is written
/// beside it, read back, and takes its place. The store, for the registry. Throws Error kInput when the file
/// is unreadable, kFormat when it is of another kind, damaged, fragmented, or has a store, kResource when it
/// cannot be written or does not read back as what was signed; the file is as it was then.
std::string sign_file(const std::filesystem::path& file, const Delivery& delivery, const Signer& signer);

/// The same for a file in memory, such as a picture. Throws Error as sign_file().
struct SignedBytes {
  std::string file, store;
};
SignedBytes sign_bytes(std::string_view file, const Delivery& delivery, const Signer& signer);

/// A signed manifest that is bound to the whole file and lies beside it. Throws Error as sign_file().
std::string sign_sidecar(const std::filesystem::path& file, const Delivery& delivery, const Signer& signer);

/// FILE.c2pa.
std::filesystem::path sidecar_of(const std::filesystem::path& file);

}  // namespace understudy::provenance::c2pa
