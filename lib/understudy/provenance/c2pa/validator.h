#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "understudy/provenance/c2pa/binding.h"
#include "understudy/provenance/c2pa/validation.h"

namespace understudy::provenance::c2pa {

/// What a validator goes by.
struct Judgement {
  std::vector<Certificate> roots;  ///< those who are trusted
  Seconds now;                     ///< see now_utc()
};

/// Checks every manifest of a store, the active one against `file`. Never throws for what the store holds.
Validation validate_store(const ManifestStore& store, const BoundFile& file, const Judgement& by);

/// Checks the store in a file's bytes (MP4, MOV, JPEG, PNG). Nothing when it has none. What hides the store
/// or is not whole is a failure, general.error, of the Validation.
std::optional<Validation> validate_bytes(std::string_view file, const Judgement& by);

/// Checks `store`, which lies outside, against a file's bytes. A store that cannot be read is a failure.
Validation validate_sidecar(std::string store, std::string_view file, const Judgement& by);

/// validate_bytes() of a file, or validate_sidecar() where there is a `FILE.c2pa` beside it. Nothing when it
/// has neither. Throws Error kInput when it is unreadable.
std::optional<Validation> validate_file(const std::filesystem::path& path, const Judgement& by);

}  // namespace understudy::provenance::c2pa
