#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/provenance/c2pa/key.h"

struct x509_st;

namespace understudy::provenance::c2pa {

using Seconds = std::chrono::sys_seconds;  ///< a point in time, UTC

/// The usages of the certificates that Understudy makes: e-mail protection, and C2PA's own.
inline constexpr const char* kSigningUsages = "emailProtection,1.3.6.1.4.1.62558.2.1";

/// An X.509 certificate. Cheap to copy.
class Certificate {
 public:
  /// Throws Error kFormat; `where` names the bytes. Bytes behind the certificate are refused.
  static Certificate parse_der(std::string_view der, std::string_view where);
  /// Takes over a certificate of OpenSSL.
  explicit Certificate(x509_st* certificate);

  std::string der() const;
  std::string pem() const;
  /// The value of its subject's "CN", else of "O"; empty without both. Control characters are escaped.
  std::string subject() const;
  Seconds not_before() const;
  Seconds not_after() const;
  Key public_key() const;
  /// Whether its signature is one of `issuer` and the names agree.
  bool is_issued_by(const Certificate& issuer) const;
  bool is_self_issued() const { return is_issued_by(*this); }
  /// What C2PA asks of a certificate that signs, apart from time and trust: version 3, no authority, key
  /// usage digitalSignature, an extended usage that the official reader accepts (e-mail protection, document
  /// signing) and neither any nor time-stamping nor OCSP, an authority key identifier unless it signs itself,
  /// a key and a signature that C2PA allows, no critical extension that is not known. A sentence each for
  /// what is missing.
  std::vector<std::string> faults_as_signer() const;
  x509_st* get() const { return certificate_.get(); }

 private:
  std::shared_ptr<x509_st> certificate_;
};

/// All certificates of a PEM text, in order. Throws Error kFormat when there is none or one is broken.
std::vector<Certificate> parse_certificates(std::string_view pem, std::string_view where);

/// Whether `chain` (leaf first; roots may be left out) leads to one of `roots`, every certificate in it being
/// valid at `time`, authorities being authorities. False for an empty chain.
bool chain_leads_to(std::span<const Certificate> chain, std::span<const Certificate> roots, Seconds time);

/// What a new certificate says.
struct NewCertificate {
  std::string organisation, name;  ///< "O" and "CN" of its subject
  Seconds from, until;
};

/// A root that signs itself. Throws Error kResource when OpenSSL cannot.
Certificate make_root(const NewCertificate& says, const Key& key);
/// A certificate for signing content credentials with `key`. Throws Error kResource.
Certificate make_leaf(const NewCertificate& says, const Key& key, const Certificate& root,
                      const Key& root_key);

}  // namespace understudy::provenance::c2pa
