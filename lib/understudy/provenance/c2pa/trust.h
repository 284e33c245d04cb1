#pragma once

#include <span>
#include <string>

#include "understudy/provenance/c2pa/certificate.h"
#include "understudy/provenance/c2pa/status.h"

namespace understudy::provenance::c2pa {

/// Who signed, as a certificate says. Names come from the file: they are one line without control characters,
/// but escape them where a page or a terminal could be commanded.
struct SignerFacts {
  std::string name;         ///< see Certificate::subject()
  std::string subject;      ///< RFC 2253: "CN=Signer,O=Studio"
  std::string issuer;       ///< likewise
  std::string valid_from;   ///< "2026-11-26T15:00:00Z"
  std::string valid_until;  ///< likewise
  std::string sha256;       ///< of the certificate's DER, 64 lower-case hexadecimal digits
  bool operator==(const SignerFacts&) const = default;
};

SignerFacts signer_facts(const Certificate& leaf);

/// "2026-11-26T15:00:00Z".
std::string time_text(Seconds time);

/// Checks a signer's certificates, leaf first: signingCredential.invalid when the leaf is none that may sign
/// (see Certificate::faults_as_signer()), .expired when `time` is outside its dates, .trusted when the chain
/// leads to one of `roots`, else .untrusted. What is invalid or expired is untrusted too, and so is a chain
/// of more than 8. `url` goes into each Status.
Findings check_signer(std::span<const Certificate> chain, std::span<const Certificate> roots, Seconds time,
                      const std::string& url);

}  // namespace understudy::provenance::c2pa
