#include "understudy/provenance/consent_signature.h"

#include <algorithm>

#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/provenance/c2pa/cose.h"
#include "understudy/provenance/c2pa/trust.h"

namespace fs = std::filesystem;

namespace understudy::provenance {
namespace {

constexpr std::uintmax_t kMaxBytes = 64 * 1024;

SignatureState checked(const fs::path& path, std::string_view bytes) {
  SignatureState state;
  state.present = true;
  if (fs::file_size(path) > kMaxBytes) {
    state.trouble = text(path.string(), " is too large for a signature");
    return state;
  }
  const c2pa::CoseSign1 cose = c2pa::parse_cose(read_file(path), path.string());
  if (cose.chain.empty()) {
    state.trouble = text(path.string(), " names no certificate of its signer");
    return state;
  }
  const c2pa::Certificate& leaf = cose.chain.front();
  state.signer = leaf.subject();
  state.certificate_sha256 = sha256(leaf.der());
  state.self_issued = state.signer.starts_with("Self-issued");
  if (!c2pa::cose_verifies(cose, leaf.public_key(), bytes))
    state.trouble =
        text(path.string(), " is not the signature of the file as it stands: it was changed after ",
             state.signer, " signed it");
  return state;
}

}  // namespace

fs::path signature_path(const fs::path& file) {
  return file.string() + ".sig";
}

void write_signature(const fs::path& file, const c2pa::Signer& signer) {
  write_file(signature_path(file), c2pa::sign_cose(signer.key, signer.chain, read_file(file)));
}

SignatureState read_signature(const fs::path& file, std::string_view bytes) {
  const fs::path path = signature_path(file);
  std::error_code ignored;
  if (fs::symlink_status(path, ignored).type() == fs::file_type::not_found) return {};
  try {
    return checked(path, bytes);
  } catch (const std::exception& e) {
    SignatureState state;
    state.present = true;
    state.trouble = e.what();
    return state;
  }
}

Voucher signature_voucher(const fs::path& file, std::span<const c2pa::Certificate> roots,
                          std::span<const c2pa::Certificate> own, c2pa::Seconds now) {
  const fs::path path = signature_path(file);
  try {
    const c2pa::CoseSign1 cose = c2pa::parse_cose(read_file(path), path.string());
    const auto vouch = [&](std::span<const c2pa::Certificate> by) {
      const c2pa::Findings found = c2pa::check_signer(cose.chain, by, now, "");
      return std::ranges::any_of(found.success,
                                 [](const auto& each) { return each.code == "signingCredential.trusted"; });
    };
    if (cose.chain.empty()) return Voucher::kNone;
    return vouch(roots) ? Voucher::kTrustedRoot : vouch(own) ? Voucher::kSelfIssued : Voucher::kUnknown;
  } catch (const Error&) {
    return Voucher::kNone;
  }
}

std::string signature_text(const SignatureState& state, Voucher voucher) {
  if (!state.present || !state.trouble.empty()) return signature_text(state);
  return text("signed by ", state.signer, ": ", voucher_words(voucher));
}

std::string signature_text(const SignatureState& state) {
  if (!state.present) return "unsigned";
  if (!state.trouble.empty()) return text("signature broken: ", state.trouble);
  return text("signed by ", state.signer, state.self_issued ? " (self-issued)" : "");
}

}  // namespace understudy::provenance
