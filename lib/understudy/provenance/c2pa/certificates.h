#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/provenance/c2pa/status.h"

namespace understudy::provenance::c2pa {

/// Who signed, as a certificate says. Names come from the file: escape them.
struct CertificateFacts {
  std::string subject;      ///< RFC 2253: "CN=Signer,O=Studio"
  std::string issuer;       ///< likewise
  std::string valid_from;   ///< "2026-11-26T15:00:00Z"
  std::string valid_until;  ///< likewise
  std::string sha256;       ///< of the certificate's DER, 64 lower-case hexadecimal digits
  bool self_signed = false;
};

/// Throws Error kFormat, naming `where`, when `der` is no certificate.
CertificateFacts certificate_facts(std::string_view der, std::string_view where);

/// Every certificate of a PEM file, as DER. Throws Error kInput when the file is unreadable, kFormat when it
/// holds no certificate or a broken one.
std::vector<std::string> read_trust_anchors(const std::filesystem::path& pem);

/// Checks a signer's certificates, DER, leaf first, at `now` (seconds since 1970, UTC):
/// signingCredential.invalid when the leaf is none that may sign (C2PA 2.2, 14.5: a key of at least 2048 bits
/// or on a curve of NIST's, digitalSignature, emailProtection or documentSigning, no CA ...), .expired when
/// `now` is outside its dates, .trusted when the chain leads to one of `roots`, else .untrusted. What is
/// invalid or expired is untrusted too. More than 8 certificates are invalid. `url` goes into each Status.
Findings check_certificates(std::span<const std::string> chain, std::span<const std::string> roots,
                            std::int64_t now, const std::string& url);

}  // namespace understudy::provenance::c2pa
