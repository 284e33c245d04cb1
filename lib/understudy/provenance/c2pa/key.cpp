#include "understudy/provenance/c2pa/key.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>

#include "understudy/core/files.h"
#include "understudy/provenance/c2pa/openssl_text.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr int kLeastRsaBits = 2048;

using MdContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)>;

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// What OpenSSL calls when a key is encrypted: says so, and gives no password.
int note_encrypted(char*, int, int, void* encrypted) {
  *static_cast<bool*>(encrypted) = true;
  return -1;
}

std::string group_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) != 1) return {};
  return std::string(name.data(), length);
}

bool use_pss(EVP_PKEY_CTX* context, const Algorithm& algorithm) {
  if (std::string_view(algorithm.openssl_key) != "RSA") return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
}

/// The two numbers of a DER signature, each with `bytes` bytes.
std::string raw_of_der(std::string_view der, std::size_t bytes) {
  const unsigned char* at = data_of(der);
  const EcdsaSignature parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
  std::string raw(2 * bytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  const int width = static_cast<int>(bytes);
  if (!parsed || BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), out, width) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), out + bytes, width) < 0)
    throw Error(ErrorCode::kResource, text("signing failed: ", openssl_reason()));
  return raw;
}

/// The inverse; empty when `raw` has another length.
std::string der_of_raw(std::string_view raw, std::size_t bytes) {
  if (raw.size() != 2 * bytes) return {};
  const EcdsaSignature parsed(ECDSA_SIG_new(), ECDSA_SIG_free);
  const int width = static_cast<int>(bytes);
  ECDSA_SIG_set0(parsed.get(), BN_bin2bn(data_of(raw), width, nullptr),
                 BN_bin2bn(data_of(raw) + bytes, width, nullptr));
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(parsed.get(), &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(std::max(length, 0)));
  OPENSSL_free(der);
  return out;
}

std::string pem_of(const Key& key, bool with_private) {
  const Memory memory;
  const int done = with_private ? PEM_write_bio_PKCS8PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0,
                                                                nullptr, nullptr)
                                : PEM_write_bio_PUBKEY(memory.get(), key.get());
  if (done != 1) throw Error(ErrorCode::kResource, text("cannot write a key: ", openssl_reason()));
  return memory.content();
}

}  // namespace

const Table<Algorithm>& algorithms() {
  static const Table<Algorithm> table(
      "algorithm of signatures",
      {{"es256", "ECDSA with P-256 and SHA-256", {-7, EVP_sha256, 32, "prime256v1"}},
       {"es384", "ECDSA with P-384 and SHA-384", {-35, EVP_sha384, 48, "secp384r1"}},
       {"es512", "ECDSA with P-521 and SHA-512", {-36, EVP_sha512, 66, "secp521r1"}},
       {"ps256", "RSA-PSS with SHA-256", {-37, EVP_sha256, 0, "RSA"}},
       {"ps384", "RSA-PSS with SHA-384", {-38, EVP_sha384, 0, "RSA"}},
       {"ps512", "RSA-PSS with SHA-512", {-39, EVP_sha512, 0, "RSA"}},
       {"ed25519", "EdDSA with Curve25519", {-8, nullptr, 0, "ED25519"}}});
  return table;
}

Key::Key(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}

Key Key::read_private(const std::filesystem::path& path) {
  const std::string pem = read_file(path);
  const Memory memory(pem);
  bool encrypted = false;
  EVP_PKEY* key = PEM_read_bio_PrivateKey(memory.get(), nullptr, note_encrypted, &encrypted);
  if (encrypted)
    throw Error(ErrorCode::kInput, text("the key ", path.string(), " is encrypted"),
                text("nobody can type a password into a batch: openssl pkey -in ", path.string(),
                     " -out clear.pem, and keep that file readable for you alone"));
  if (!key)
    throw Error(ErrorCode::kFormat, text(path.string(), " holds no private key in PEM: ", openssl_reason()),
                "give the file that begins with -----BEGIN PRIVATE KEY-----");
  Key out(key);
  algorithm_of(out, path.string());
  return out;
}

Key Key::parse_public(std::string_view pem, std::string_view where) {
  const Memory memory(pem);
  EVP_PKEY* key = PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr);
  if (!key) throw Error(ErrorCode::kFormat, text(where, " holds no public key in PEM: ", openssl_reason()));
  return Key(key);
}

Key Key::generate(std::string_view algorithm) {
  constexpr std::size_t kRsaBits = 3072;
  EVP_PKEY* key = algorithm == "es256"   ? EVP_EC_gen("prime256v1")
                  : algorithm == "ps256" ? EVP_RSA_gen(kRsaBits)
                                         : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (!key) throw Error(ErrorCode::kResource, text("cannot make a key: ", openssl_reason()));
  return Key(key);
}

std::string Key::private_pem() const {
  return pem_of(*this, true);
}

std::string Key::public_pem() const {
  return pem_of(*this, false);
}

bool Key::same_public(const Key& other) const {
  return EVP_PKEY_eq(get(), other.get()) == 1;
}

std::string algorithm_of(const Key& key, std::string_view where) {
  const int bits = EVP_PKEY_get_bits(key.get());
  const std::string group = group_of(key.get());
  for (const auto& entry : algorithms()) {
    const bool matches = entry.value.ecdsa_bytes ? group == entry.value.openssl_key
                                                 : EVP_PKEY_is_a(key.get(), entry.value.openssl_key) == 1;
    if (matches && (entry.value.openssl_key != std::string_view("RSA") || bits >= kLeastRsaBits))
      return entry.name;
  }
  const char* kind = EVP_PKEY_get0_type_name(key.get());
  throw Error(ErrorCode::kFormat,
              text(where, " is a key of the kind ", kind ? kind : "unknown", group.empty() ? "" : " ", group,
                   " with ", bits, " bits"),
              "P-256, P-384, P-521, RSA of at least 2048 bits and Ed25519 can sign content credentials");
}

std::string sign(const Key& key, const Algorithm& algorithm, std::string_view message) {
  const MdContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_PKEY_CTX* of_key = nullptr;
  std::size_t length = 0;
  const auto fail = [] {
    throw Error(ErrorCode::kResource, text("signing failed: ", openssl_reason()),
                "check that the key fits its certificate");
  };
  if (EVP_DigestSignInit(context.get(), &of_key, algorithm.digest ? algorithm.digest() : nullptr, nullptr,
                         key.get()) != 1 ||
      !use_pss(of_key, algorithm) ||
      EVP_DigestSign(context.get(), nullptr, &length, data_of(message), message.size()) != 1)
    fail();
  std::string out(length, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  if (EVP_DigestSign(context.get(), to, &length, data_of(message), message.size()) != 1) fail();
  out.resize(length);
  return algorithm.ecdsa_bytes ? raw_of_der(out, algorithm.ecdsa_bytes) : out;
}

bool verifies(const Key& key, const Algorithm& algorithm, std::string_view message,
              std::string_view signature) {
  const std::string der = algorithm.ecdsa_bytes ? der_of_raw(signature, algorithm.ecdsa_bytes) : "";
  const bool ecdsa_fits =
      !algorithm.ecdsa_bytes || (!der.empty() && group_of(key.get()) == algorithm.openssl_key);
  const bool other_fits = algorithm.ecdsa_bytes || EVP_PKEY_is_a(key.get(), algorithm.openssl_key) == 1;
  if (!ecdsa_fits || !other_fits) return false;
  if (algorithm.ecdsa_bytes) signature = der;
  const MdContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_PKEY_CTX* of_key = nullptr;
  const bool holds =
      EVP_DigestVerifyInit(context.get(), &of_key, algorithm.digest ? algorithm.digest() : nullptr, nullptr,
                           key.get()) == 1 &&
      use_pss(of_key, algorithm) &&
      EVP_DigestVerify(context.get(), data_of(signature), signature.size(), data_of(message),
                       message.size()) == 1;
  ERR_clear_error();
  return holds;
}

}  // namespace understudy::provenance::c2pa
