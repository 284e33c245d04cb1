#include "understudy/provenance/c2pa/certificates.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <string>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/core/text.h"

namespace understudy::provenance::c2pa {
namespace {

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
void free_stack(STACK_OF(X509) * stack) {
  sk_X509_free(stack);
}
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using StorePtr = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using ContextPtr = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using StackPtr = std::unique_ptr<STACK_OF(X509), Freed<free_stack>>;
using UsagesPtr = std::unique_ptr<EXTENDED_KEY_USAGE, Freed<EXTENDED_KEY_USAGE_free>>;

constexpr std::size_t kMaxChain = 8;
constexpr int kLeastRsaBits = 2048;
constexpr int kSecurityLevel = 2;  // of OpenSSL: 112 bits, so no SHA-1 and no RSA below 2048 bits
constexpr std::string_view kDocumentSigning = "1.3.6.1.5.5.7.3.36";

/// Null when `der` is not exactly one certificate.
CertificatePtr parse(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  CertificatePtr out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (at != end) out.reset();
  return out;
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string name_text(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return contents(bio.get());
}

std::string time_text(const ASN1_TIME* time) {
  std::tm parts{};
  if (!ASN1_TIME_to_tm(time, &parts)) return {};
  std::array<char, 32> out{};
  return {out.data(), std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string oid_text(const ASN1_OBJECT* object) {
  std::array<char, 80> out{};
  OBJ_obj2txt(out.data(), static_cast<int>(out.size()), object, 1);
  return out.data();
}

bool has_known_key(X509* leaf) {
  const EVP_PKEY* key = X509_get0_pubkey(leaf);
  if (!key) return false;
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
      return EVP_PKEY_get_bits(key) >= kLeastRsaBits;
    case EVP_PKEY_ED25519:
      return true;
    case EVP_PKEY_EC: {
      std::array<char, 80> group{};
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr);
      const int curve = OBJ_txt2nid(group.data());
      return curve == NID_X9_62_prime256v1 || curve == NID_secp384r1 || curve == NID_secp521r1;
    }
    default:
      return false;
  }
}

bool has_known_signature(const X509* leaf) {
  constexpr std::array kKnown = {
      NID_sha256WithRSAEncryption, NID_sha384WithRSAEncryption, NID_sha512WithRSAEncryption, NID_rsassaPss,
      NID_ecdsa_with_SHA256,       NID_ecdsa_with_SHA384,       NID_ecdsa_with_SHA512,       NID_ED25519};
  return std::ranges::find(kKnown, X509_get_signature_nid(leaf)) != kKnown.end();
}

/// Why its extended usages let the leaf sign no manifest; empty when they do.
std::string usage_trouble(X509* leaf) {
  const UsagesPtr usages(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(leaf, NID_ext_key_usage, nullptr, nullptr)));
  if (!usages) return "it has no extended key usage";
  bool may_sign = false;
  for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    const ASN1_OBJECT* usage = sk_ASN1_OBJECT_value(usages.get(), i);
    const int nid = OBJ_obj2nid(usage);
    if (nid == NID_anyExtendedKeyUsage) return "its extended key usage is any";
    if (nid == NID_time_stamp || nid == NID_OCSP_sign) return "it is for time-stamps or OCSP answers";
    may_sign = may_sign || nid == NID_email_protect || oid_text(usage) == kDocumentSigning;
  }
  return may_sign ? "" : "its extended key usages hold neither emailProtection nor documentSigning";
}

/// Why the leaf is no certificate that may sign a manifest; empty when it is one.
std::string profile_trouble(X509* leaf) {
  const std::uint32_t flags = X509_get_extension_flags(leaf);  // reads the extensions for what follows
  if (X509_get_version(leaf) != X509_VERSION_3) return "it is not of version 3";
  if (flags & EXFLAG_INVALID) return "its extensions are broken";
  if (flags & EXFLAG_CRITICAL) return "it has a critical extension that is not known here";
  if (flags & EXFLAG_CA) return "it is a CA";
  if (!has_known_key(leaf)) return "its key is too short or of an unknown kind";
  if (!has_known_signature(leaf)) return "its own signature is of an unknown kind";
  if (!(flags & EXFLAG_KUSAGE) || !(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
    return "its key usage lacks digitalSignature";
  if (X509_get_key_usage(leaf) & KU_KEY_CERT_SIGN) return "it may sign certificates but is no CA";
  if (!(flags & EXFLAG_SS) && !X509_get0_authority_key_id(leaf))
    return "it does not name its issuer's key (authorityKeyIdentifier)";
  return usage_trouble(leaf);
}

/// Why the chain does not lead to a root; empty when it does.
std::string trust_trouble(X509* leaf, const std::vector<CertificatePtr>& between,
                          std::span<const std::string> roots, std::int64_t now) {
  if (roots.empty()) return "no root is given";
  const StorePtr store(X509_STORE_new());
  for (const std::string& root : roots)
    if (const CertificatePtr known = parse(root)) X509_STORE_add_cert(store.get(), known.get());
  const StackPtr untrusted(sk_X509_new_null());
  for (const CertificatePtr& each : between) sk_X509_push(untrusted.get(), each.get());
  const ContextPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf, untrusted.get());
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(rules, static_cast<std::time_t>(now));
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  X509_VERIFY_PARAM_set_depth(rules, static_cast<int>(kMaxChain));
  const bool trusted = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return trusted ? "" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

bool is_in_its_dates(const X509* leaf, std::int64_t now) {
  std::time_t at = static_cast<std::time_t>(now);
  return X509_cmp_time(X509_get0_notBefore(leaf), &at) < 0 &&
         X509_cmp_time(X509_get0_notAfter(leaf), &at) > 0;
}

}  // namespace

CertificateFacts certificate_facts(std::string_view der, std::string_view where) {
  const CertificatePtr certificate = parse(der);
  if (!certificate) throw Error(ErrorCode::kFormat, text(where, " is no certificate"));
  return {.subject = name_text(X509_get_subject_name(certificate.get())),
          .issuer = name_text(X509_get_issuer_name(certificate.get())),
          .valid_from = time_text(X509_get0_notBefore(certificate.get())),
          .valid_until = time_text(X509_get0_notAfter(certificate.get())),
          .sha256 = sha256(der),
          .self_signed = (X509_get_extension_flags(certificate.get()) & EXFLAG_SS) != 0};
}

std::vector<std::string> read_trust_anchors(const std::filesystem::path& pem) {
  const std::string content = read_file(pem);
  const BioPtr bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  std::vector<std::string> out;
  while (const CertificatePtr each{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(each.get(), &der);
    out.emplace_back(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (out.empty() || !ended)
    throw Error(ErrorCode::kFormat,
                text(pem.string(), out.empty() ? " holds no certificate" : " holds a broken certificate"),
                "give a PEM file with the certificates of the roots that you trust");
  return out;
}

Findings check_certificates(std::span<const std::string> chain, std::span<const std::string> roots,
                            std::int64_t now, const std::string& url) {
  Findings out;
  const auto fail = [&](const char* code, const std::string& why) {
    out.failure.push_back({code, url, text("the signer's certificate: ", why)});
  };
  std::vector<CertificatePtr> parsed;
  for (const std::string& der : chain) parsed.push_back(parse(der));
  if (parsed.empty() || parsed.size() > kMaxChain ||
      !std::ranges::all_of(parsed, [](const auto& each) { return each != nullptr; })) {
    fail("signingCredential.invalid", text("1 to ", kMaxChain, " certificates were expected"));
    fail("signingCredential.untrusted", "there is none to follow");
    return out;
  }
  X509* leaf = parsed.front().get();
  std::string trouble = profile_trouble(leaf);
  if (!trouble.empty()) {
    fail("signingCredential.invalid", trouble);
  } else if (!is_in_its_dates(leaf, now)) {
    trouble = text("it holds from ", time_text(X509_get0_notBefore(leaf)), " until ",
                   time_text(X509_get0_notAfter(leaf)));
    fail("signingCredential.expired", trouble);
  }
  const std::vector<CertificatePtr> between(std::make_move_iterator(parsed.begin() + 1),
                                            std::make_move_iterator(parsed.end()));
  if (trouble.empty()) trouble = trust_trouble(leaf, between, roots, now);
  if (trouble.empty()) {
    out.success.push_back(
        {"signingCredential.trusted", url, "the certificates lead to a root that is trusted"});
  } else {
    fail("signingCredential.untrusted", trouble);
  }
  return out;
}

}  // namespace understudy::provenance::c2pa
