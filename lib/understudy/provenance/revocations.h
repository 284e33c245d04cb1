#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/provenance/consent.h"

namespace understudy::provenance {

/// A consent that was taken back after its record had gone into datasets and models.
struct ListedRevocation {
  std::string record;  ///< the consent record's id
  Revocation revocation;
};

/// The list of what was taken back, see docs/formats/consent.md. It only grows: each entry holds the digest
/// of the one before it.
class Revocations {
 public:
  /// Throws Error kFormat, naming `where`, for anything else than a list of version 1, or when an entry does
  /// not follow the one before it.
  static Revocations parse(std::string_view json, std::string_view where);
  /// Throws Error kInput when it cannot be read, else as parse().
  static Revocations read(const std::filesystem::path& path);

  /// Appends an entry that was written `today`. Throws Error kFormat for what is no id or no plain text.
  void add(const ListedRevocation& entry, Date today);
  /// The file's content, ending in a line end.
  std::string json() const;

  /// What the list says of a record, in its order.
  std::vector<Revocation> of(std::string_view record) const;
  const std::vector<ListedRevocation>& entries() const { return entries_; }
  /// The day on which the list was last written.
  const std::optional<Date>& written() const { return written_; }
  /// Of the last entry; a copy whose head is not among ours is another list.
  std::string head() const;

 private:
  std::vector<ListedRevocation> entries_;
  std::optional<Date> written_;
};

}  // namespace understudy::provenance
