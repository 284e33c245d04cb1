#include "understudy/provenance/c2pa/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "understudy/core/plain_text.h"
#include "understudy/provenance/c2pa/openssl_text.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr int kSecurityLevel = 2;  // of OpenSSL: 112 bits, so no SHA-1 and no RSA below 2048 bits

using Stack = std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)>;

Stack stack_of(std::span<const Certificate> certificates) {
  Stack out(sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
  for (const Certificate& each : certificates) sk_X509_push(out.get(), each.get());
  return out;
}

Seconds time_of(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return Seconds(std::chrono::seconds(::timegm(&parts)));
}

std::string name_part(const X509* certificate, int nid) {
  const X509_NAME* name = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(name, nid, -1);
  if (at < 0) return {};
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  const std::string out(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(std::max(length, 0)));
  OPENSSL_free(utf8);
  return out;
}

/// The extended usages as dotted numbers.
std::vector<std::string> extended_usages(const X509* certificate) {
  std::unique_ptr<EXTENDED_KEY_USAGE, decltype(&EXTENDED_KEY_USAGE_free)> usages(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)),
      EXTENDED_KEY_USAGE_free);
  std::vector<std::string> out;
  for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    std::array<char, 128> dotted{};
    OBJ_obj2txt(dotted.data(), dotted.size(), sk_ASN1_OBJECT_value(usages.get(), i), 1);
    out.emplace_back(dotted.data());
  }
  return out;
}

std::string usage_fault(const std::vector<std::string>& usages) {
  constexpr std::string_view kAny = "2.5.29.37.0", kEmail = "1.3.6.1.5.5.7.3.4",
                             kDocuments = "1.3.6.1.5.5.7.3.36", kTimeStamping = "1.3.6.1.5.5.7.3.8",
                             kOcsp = "1.3.6.1.5.5.7.3.9";
  const auto has = [&](std::string_view usage) {
    return std::find(usages.begin(), usages.end(), usage) != usages.end();
  };
  if (has(kAny)) return "its extended usage is 'any', which is not accepted";
  if (has(kTimeStamping) || has(kOcsp)) return "it is for time-stamps or for answers about revocation";
  if (!has(kEmail) && !has(kDocuments))
    return text("its extended usages (", usages.empty() ? "none" : joined(usages),
                ") are without e-mail protection (", kEmail, ") or document signing (", kDocuments, ")");
  return {};
}

bool is_known_signature(int nid) {
  constexpr std::array kKnown = {
      NID_sha256WithRSAEncryption, NID_sha384WithRSAEncryption, NID_sha512WithRSAEncryption, NID_rsassaPss,
      NID_ecdsa_with_SHA256,       NID_ecdsa_with_SHA384,       NID_ecdsa_with_SHA512,       NID_ED25519};
  return std::find(kKnown.begin(), kKnown.end(), nid) != kKnown.end();
}

[[noreturn]] void fail_making() {
  throw Error(ErrorCode::kResource, text("cannot make a certificate: ", openssl_reason()));
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  if (!extension || X509_add_ext(certificate, extension, -1) != 1) fail_making();
  X509_EXTENSION_free(extension);
}

void set_time(ASN1_TIME* to, Seconds time) {
  ASN1_TIME_set(to, static_cast<std::time_t>(time.time_since_epoch().count()));
}

void set_serial(X509* certificate) {
  std::array<unsigned char, 16> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) fail_making();
  random[0] &= 0x7f;  // a positive number
  BIGNUM* number = BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
}

/// A certificate without extensions and without a signature.
Certificate unsigned_certificate(const NewCertificate& says, const Key& key) {
  Certificate out(X509_new());
  X509* x509 = out.get();
  X509_set_version(x509, X509_VERSION_3);
  set_serial(x509);
  set_time(X509_getm_notBefore(x509), says.from);
  set_time(X509_getm_notAfter(x509), says.until);
  X509_NAME* name = X509_get_subject_name(x509);
  const auto add = [&](const char* field, const std::string& value) {
    X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value.data()),
                               static_cast<int>(value.size()), -1, 0);
  };
  add("O", says.organisation);
  add("CN", says.name);
  if (X509_set_pubkey(x509, key.get()) != 1) fail_making();
  return out;
}

void sign_certificate(const Certificate& certificate, const Key& key) {
  const Algorithm& algorithm = algorithms().at(algorithm_of(key, "the authority's key"));
  if (X509_sign(certificate.get(), key.get(), algorithm.digest ? algorithm.digest() : nullptr) == 0)
    fail_making();
}

}  // namespace

Certificate::Certificate(X509* certificate) : certificate_(certificate, X509_free) {}

Certificate Certificate::parse_der(std::string_view der, std::string_view where) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  Certificate out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!out.get() || at != end)
    throw Error(ErrorCode::kFormat, text(where, " is no X.509 certificate: ", openssl_reason()));
  return out;
}

std::string Certificate::der() const {
  unsigned char* bytes = nullptr;
  const int length = i2d_X509(get(), &bytes);
  std::string out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(std::max(length, 0)));
  OPENSSL_free(bytes);
  return out;
}

std::string Certificate::pem() const {
  const Memory memory;
  PEM_write_bio_X509(memory.get(), get());
  return memory.content();
}

std::string Certificate::subject() const {
  const std::string name = name_part(get(), NID_commonName);
  return printable(name.empty() ? name_part(get(), NID_organizationName) : name);
}

Seconds Certificate::not_before() const {
  return time_of(X509_get0_notBefore(get()));
}

Seconds Certificate::not_after() const {
  return time_of(X509_get0_notAfter(get()));
}

Key Certificate::public_key() const {
  EVP_PKEY* key = X509_get_pubkey(get());
  if (!key) throw Error(ErrorCode::kFormat, text("a certificate without a usable key: ", openssl_reason()));
  return Key(key);
}

bool Certificate::is_issued_by(const Certificate& issuer) const {
  if (X509_check_issued(issuer.get(), get()) != X509_V_OK) return false;
  EVP_PKEY* key = X509_get0_pubkey(issuer.get());
  const bool holds = key && X509_verify(get(), key) == 1;
  ERR_clear_error();
  return holds;
}

std::vector<std::string> Certificate::faults_as_signer() const {
  std::vector<std::string> out;
  if (X509_get_version(get()) != X509_VERSION_3) out.emplace_back("it is not of version 3");
  const std::uint32_t flags = X509_get_extension_flags(get());
  if (X509_check_ca(get()) != 0 || (flags & EXFLAG_CA))
    out.emplace_back("it is an authority's, not a signer's");
  const bool states_usage = X509_get_ext_by_NID(get(), NID_key_usage, -1) >= 0;
  if (!states_usage || !(X509_get_key_usage(get()) & KU_DIGITAL_SIGNATURE))
    out.emplace_back("its key usage is without digitalSignature");
  if (states_usage && (X509_get_key_usage(get()) & KU_KEY_CERT_SIGN))
    out.emplace_back("it may sign certificates, but is no authority's");
  if (flags & EXFLAG_INVALID) out.emplace_back("its extensions are broken");
  if (flags & EXFLAG_CRITICAL) out.emplace_back("it has a critical extension that is not known");
  if (!is_known_signature(X509_get_signature_nid(get())))
    out.emplace_back("it is signed in a way that is not accepted");
  if (std::string fault = usage_fault(extended_usages(get())); !fault.empty()) out.push_back(fault);
  if (!(flags & EXFLAG_SS) && !X509_get0_authority_key_id(get()))
    out.emplace_back("it has no authority key identifier");
  try {
    algorithm_of(public_key(), "it");
  } catch (const Error& e) {
    out.push_back(e.message());
  }
  return out;
}

std::vector<Certificate> parse_certificates(std::string_view pem, std::string_view where) {
  const Memory memory(pem);
  std::vector<Certificate> out;
  while (X509* next = PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr)) out.emplace_back(next);
  const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (out.empty() || !at_the_end)
    throw Error(ErrorCode::kFormat,
                text(where, out.empty() ? " holds no certificate in PEM" : " holds a broken certificate",
                     ": ", openssl_reason()),
                "give the certificate that signs first, then those that lead to the authority's");
  ERR_clear_error();
  return out;
}

bool chain_leads_to(std::span<const Certificate> chain, std::span<const Certificate> roots, Seconds time) {
  if (chain.empty() || roots.empty()) return false;
  const Stack trusted = stack_of(roots), between = stack_of(chain.subspan(1));
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                                X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), between.get());
  X509_STORE_CTX_set0_trusted_stack(context.get(), trusted.get());
  X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context.get()), kSecurityLevel);
  X509_STORE_CTX_set_time(context.get(), 0, static_cast<std::time_t>(time.time_since_epoch().count()));
  const bool leads = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return leads;
}

Certificate make_root(const NewCertificate& says, const Key& key) {
  const Certificate root = unsigned_certificate(says, key);
  X509* x509 = root.get();
  X509_set_issuer_name(x509, X509_get_subject_name(x509));
  add_extension(x509, x509, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x509, x509, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(x509, x509, NID_subject_key_identifier, "hash");
  sign_certificate(root, key);
  return root;
}

Certificate make_leaf(const NewCertificate& says, const Key& key, const Certificate& root,
                      const Key& root_key) {
  const Certificate leaf = unsigned_certificate(says, key);
  X509* x509 = leaf.get();
  X509_set_issuer_name(x509, X509_get_subject_name(root.get()));
  add_extension(x509, root.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x509, root.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(x509, root.get(), NID_ext_key_usage, kSigningUsages);
  add_extension(x509, root.get(), NID_subject_key_identifier, "hash");
  add_extension(x509, root.get(), NID_authority_key_identifier, "keyid");
  sign_certificate(leaf, root_key);
  return leaf;
}

}  // namespace understudy::provenance::c2pa
