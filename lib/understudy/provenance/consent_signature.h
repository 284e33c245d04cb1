#pragma once

#include <filesystem>
#include <string_view>

#include "understudy/provenance/c2pa/signer.h"
#include "understudy/provenance/consent.h"

namespace understudy::provenance {

/// Where the signature of a consent record or a list of revocations lies: `file`.sig beside it.
std::filesystem::path signature_path(const std::filesystem::path& file);

/// Writes it: a COSE_Sign1 (RFC 9052) over the file's bytes, with the signer's certificates. Throws Error
/// kInput when the file cannot be read, kResource when the signature cannot be written.
void write_signature(const std::filesystem::path& file, const c2pa::Signer& signer);

/// What the signature beside `file` says of `bytes`, the file's content. Never throws for what is in it.
SignatureState read_signature(const std::filesystem::path& file, std::string_view bytes);

/// "unsigned", "signed by Example Pictures", "signed by ... (self-issued)", or the trouble.
std::string signature_text(const SignatureState& state);

}  // namespace understudy::provenance
