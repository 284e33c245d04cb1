#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "understudy/provenance/c2pa/signer.h"
#include "understudy/provenance/consent.h"
#include "understudy/provenance/verdict.h"

namespace understudy::provenance {

/// Where the signature of a consent record or a list of revocations lies: `file`.sig beside it.
std::filesystem::path signature_path(const std::filesystem::path& file);

/// Writes it: a COSE_Sign1 (RFC 9052) over the file's bytes, with the signer's certificates. Throws Error
/// kInput when the file cannot be read, kResource when the signature cannot be written.
void write_signature(const std::filesystem::path& file, const c2pa::Signer& signer);

/// What the signature beside `file` says of `bytes`, the file's content. Never throws for what is in it.
SignatureState read_signature(const std::filesystem::path& file, std::string_view bytes);

/// Who vouches on `now` for the signer of what lies beside `file`: one of `roots`, the authority of this
/// computer (`own` are its roots), or nobody known. kNone where there is no signature that can be read.
Voucher signature_voucher(const std::filesystem::path& file, std::span<const c2pa::Certificate> roots,
                          std::span<const c2pa::Certificate> own, c2pa::Seconds now);

/// "unsigned", "signed by Example Pictures", "signed by ... (self-issued)", or the trouble.
std::string signature_text(const SignatureState& state);
/// The same with who vouches: "signed by Example Pictures: a trusted root vouches for the signer".
std::string signature_text(const SignatureState& state, Voucher voucher);

}  // namespace understudy::provenance
