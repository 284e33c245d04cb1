#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "understudy/provenance/consent.h"

namespace understudy::provenance {

/// Throws Error kFormat, naming `where`, unless this program reads records of that version.
void require_version(std::int64_t version, std::string_view where);
/// Today's name of a basis that had another in version 1.
std::string current_basis(const std::string& basis);
/// Throws Error kFormat, naming `where` and the field, when a text is empty that may not be, holds control
/// characters or is too long, when the id is not a UUID, the evidence's digest not a SHA-256 or the basis not
/// in the table.
void require_valid(const ConsentTerms& terms, std::string_view where);
/// Throws Error kFormat, naming `where` and the key, unless `digest` is 64 lower-case hexadecimal digits.
void require_digest(std::string_view digest, std::string_view key, std::string_view where);
/// `text` as a date. Throws Error kFormat, naming `where` and the key.
Date require_date(std::string_view text, std::string_view key, std::string_view where);
/// `name` as a role. Throws Error kFormat, naming `where`.
Role require_role(std::string_view name, std::string_view where);

}  // namespace understudy::provenance
