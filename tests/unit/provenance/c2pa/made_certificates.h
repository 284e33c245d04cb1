#pragma once

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace understudy::provenance::c2pa {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

/// A certificate made in a test, with its key.
struct Made {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;
  std::string der() const {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(certificate.get(), &bytes);
    std::string out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return out;
  }
};

/// What is special about a certificate. By default it is a leaf that may sign manifests.
struct Wanted {
  std::string kind = "P-256";  ///< "P-256", "P-224", "ED25519", "RSA-2048", "RSA-1024"
  std::string name = "Signer";
  std::string basic = "critical,CA:FALSE";
  std::string key_usage = "critical,digitalSignature";
  std::string extended = "emailProtection,1.3.6.1.4.1.62558.2.1";
  std::string authority = "keyid";
  long from_day = -1, until_day = 1000;  ///< counted from today
  long version = X509_VERSION_3;
  const EVP_MD* digest = EVP_sha256();
};

inline Wanted wanted_ca(const char* name) {
  Wanted ca;
  ca.name = name;
  ca.basic = "critical,CA:TRUE";
  ca.key_usage = "critical,keyCertSign,cRLSign";
  ca.extended = "";
  ca.authority = "";
  return ca;
}

inline std::shared_ptr<EVP_PKEY> made_key(const std::string& kind) {
  EVP_PKEY* key = kind == "ED25519"    ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                  : kind == "RSA-2048" ? EVP_RSA_gen(2048)
                  : kind == "RSA-1024" ? EVP_RSA_gen(1024)
                                       : EVP_EC_gen(kind.c_str());
  return {key, FreeKey{}};
}

inline void add_extension(X509V3_CTX* context, X509* certificate, int nid, const std::string& value) {
  if (value.empty()) return;
  X509_EXTENSION* extension = X509V3_EXT_nconf_nid(nullptr, context, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// A certificate signed by `issuer`, or by itself where that is null.
inline Made make_certificate(const Wanted& wanted, const Made* issuer = nullptr) {
  static long serial = 1000;
  Made made{made_key(wanted.kind), {X509_new(), FreeCertificate{}}};
  X509* out = made.certificate.get();
  X509_set_version(out, wanted.version);
  ASN1_INTEGER_set(X509_get_serialNumber(out), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(out), wanted.from_day * 86400);
  X509_time_adj_ex(X509_getm_notAfter(out), static_cast<int>(wanted.until_day), 0, nullptr);
  X509_set_pubkey(out, made.key.get());
  X509_NAME* name = X509_get_subject_name(out);
  for (const auto& [field, value] :
       {std::pair<const char*, std::string>{"O", "Understudy tests"}, {"CN", wanted.name}})
    X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
  X509* from = issuer ? issuer->certificate.get() : out;
  X509_set_issuer_name(out, X509_get_subject_name(from));
  X509V3_CTX context;
  X509V3_set_ctx(&context, from, out, nullptr, nullptr, 0);
  if (wanted.version == X509_VERSION_3) {
    add_extension(&context, out, NID_basic_constraints, wanted.basic);
    add_extension(&context, out, NID_key_usage, wanted.key_usage);
    add_extension(&context, out, NID_ext_key_usage, wanted.extended);
    add_extension(&context, out, NID_subject_key_identifier, "hash");
    add_extension(&context, out, NID_authority_key_identifier, issuer ? wanted.authority : "");
  }
  const auto& signing = issuer ? issuer->key : made.key;
  X509_sign(out, signing.get(), EVP_PKEY_is_a(signing.get(), "ED25519") ? nullptr : wanted.digest);
  return made;
}

}  // namespace understudy::provenance::c2pa
