#include "understudy/provenance/c2pa/time_stamp.h"

#include <openssl/http.h>
#include <openssl/pkcs7.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

#include "understudy/core/error.h"
#include "understudy/core/hash.h"
#include "understudy/core/text.h"
#include "understudy/provenance/c2pa/openssl_text.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr int kSecondsToWait = 30;
constexpr std::size_t kLargestAnswer = 1 << 20;

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

void free_bio(BIO* bio) {
  BIO_free_all(bio);
}
void free_certificates(STACK_OF(X509) * all) {
  sk_X509_free(all);  // they belong to the token
}

Owned<TS_REQ> make_request(std::string_view message) {
  const std::string digest = hash_of(message);
  Owned<X509_ALGOR> algorithm(X509_ALGOR_new(), X509_ALGOR_free);
  Owned<TS_MSG_IMPRINT> imprint(TS_MSG_IMPRINT_new(), TS_MSG_IMPRINT_free);
  Owned<ASN1_INTEGER> nonce(ASN1_INTEGER_new(), ASN1_INTEGER_free);
  Owned<TS_REQ> request(TS_REQ_new(), TS_REQ_free);
  std::uint64_t random = 0;
  const bool made =
      X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1 &&
      TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1 &&
      TS_MSG_IMPRINT_set_msg(imprint.get(),
                             reinterpret_cast<unsigned char*>(const_cast<char*>(digest.data())),
                             static_cast<int>(digest.size())) == 1 &&
      RAND_bytes(reinterpret_cast<unsigned char*>(&random), sizeof random) == 1 &&
      ASN1_INTEGER_set_uint64(nonce.get(), random) == 1 && TS_REQ_set_version(request.get(), 1) == 1 &&
      TS_REQ_set_msg_imprint(request.get(), imprint.get()) == 1 &&
      TS_REQ_set_nonce(request.get(), nonce.get()) == 1 && TS_REQ_set_cert_req(request.get(), 1) == 1;
  if (!made)
    throw Error(ErrorCode::kResource, text("OpenSSL cannot ask for a time-stamp: ", openssl_reason()));
  return request;
}

[[noreturn]] void fail(const std::string& url, std::string_view why) {
  throw Error(ErrorCode::kResource, text("no time-stamp from ", url, ": ", why),
              "try again, name another authority, or leave --tsa-url out");
}

/// Where an address leads: host, port and path.
struct Address {
  std::string host, port, path;
};

Address parse_address(const std::string& url) {
  int is_tls = 0, port_number = 0;
  char *host = nullptr, *port = nullptr, *path = nullptr;
  if (!url.starts_with("http://") || OSSL_HTTP_parse_url(url.c_str(), &is_tls, nullptr, &host, &port,
                                                         &port_number, &path, nullptr, nullptr) != 1)
    throw Error(
        ErrorCode::kUsage, text("--tsa-url ", url, " is no address that begins with http://"),
        "time-stamp authorities answer there too: what goes out is a digest, and the answer is signed");
  Address out{host, port, path};
  for (char* each : {host, port, path}) OPENSSL_free(each);
  return out;
}

Owned<BIO> posted(const std::string& url, const TS_REQ* request) {
  const Address to = parse_address(url);
  unsigned char* der = nullptr;
  const int length = i2d_TS_REQ(request, &der);
  if (length <= 0) fail(url, openssl_reason());
  const Memory body(std::string_view(reinterpret_cast<char*>(der), static_cast<std::size_t>(length)));
  constexpr int kPlain = 0, kAsn1 = 1, kCloses = 0;
  Owned<BIO> answer(
      OSSL_HTTP_transfer(nullptr, to.host.c_str(), to.port.c_str(), to.path.c_str(), kPlain, nullptr, nullptr,
                         nullptr, nullptr, nullptr, nullptr, 0, nullptr, "application/timestamp-query",
                         body.get(), "application/timestamp-reply", kAsn1, kLargestAnswer, kSecondsToWait,
                         kCloses),
      free_bio);
  OPENSSL_free(der);
  if (!answer) fail(url, openssl_reason());
  return answer;
}

std::string der_of(PKCS7* token) {
  unsigned char* der = nullptr;
  const int length = i2d_PKCS7(token, &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(std::max(length, 0)));
  OPENSSL_free(der);
  return out;
}

Seconds time_of(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  const std::chrono::year_month_day day{std::chrono::year(parts.tm_year + 1900),
                                        std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                        std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  return std::chrono::sys_days(day) + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
         std::chrono::seconds(parts.tm_sec);
}

bool may_stamp_times(X509* certificate) {
  return X509_check_purpose(certificate, X509_PURPOSE_TIMESTAMP_SIGN, 0) == 1;
}

/// The signer's certificate, then the others that the token holds, each the issuer of the one before.
std::vector<Certificate> chain_of(PKCS7* token, X509* signer) {
  const auto taken = [](X509* certificate) {
    X509_up_ref(certificate);
    return Certificate(certificate);
  };
  std::vector<Certificate> out{taken(signer)};
  const STACK_OF(X509)* held = token->d.sign->cert;
  constexpr std::size_t kMost = 8;
  for (int i = 0; i < sk_X509_num(held) && out.size() < kMost; ++i) {
    const Certificate each = taken(sk_X509_value(held, i));
    if (!out.back().is_issued_by(each) || out.back().is_self_issued()) continue;
    out.push_back(each);
    i = -1;  // its issuer may stand before it
  }
  return out;
}

}  // namespace

void check_time_stamp_address(const std::string& url) {
  parse_address(url);
}

std::string ask_time_stamp_authority(const std::string& url, std::string_view message) {
  if (!url.starts_with("http://"))
    throw Error(
        ErrorCode::kUsage, text("--tsa-url ", url, " does not begin with http://"),
        "time-stamp authorities answer there too: what goes out is a digest, and the answer is signed");
  const Owned<TS_REQ> request = make_request(message);
  const Owned<BIO> answer = posted(url, request.get());
  const Owned<TS_RESP> response(d2i_TS_RESP_bio(answer.get(), nullptr), TS_RESP_free);
  if (!response) fail(url, "its answer is none that RFC 3161 knows");
  const long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response.get())));
  constexpr long kGranted = 0, kGrantedWithChanges = 1;
  PKCS7* token = TS_RESP_get_token(response.get());
  if ((status != kGranted && status != kGrantedWithChanges) || !token)
    fail(url, text("it refused, with status ", status));
  const ASN1_INTEGER* nonce = TS_TST_INFO_get_nonce(TS_RESP_get_tst_info(response.get()));
  if (!nonce || ASN1_INTEGER_cmp(nonce, TS_REQ_get_nonce(request.get())) != 0)
    fail(url, "its answer belongs to another question");
  const std::string der = der_of(token);
  try {
    read_time_stamp(der, message, "the answer");
  } catch (const Error& e) {
    fail(url, e.message());
  }
  return der;
}

TimeStamp read_time_stamp(std::string_view token, std::string_view message, std::string_view where) {
  const auto refuse = [&](std::string_view why) {
    throw Error(ErrorCode::kFormat, text(where, " is no time-stamp: ", why));
  };
  const auto* bytes = reinterpret_cast<const unsigned char*>(token.data());
  const auto* end = bytes + token.size();
  const Owned<PKCS7> parsed(d2i_PKCS7(nullptr, &bytes, static_cast<long>(token.size())), PKCS7_free);
  if (!parsed || bytes != end || !PKCS7_type_is_signed(parsed.get()) || !parsed->d.sign)
    refuse(openssl_reason());
  const Owned<TS_TST_INFO> info(PKCS7_to_TS_TST_INFO(parsed.get()), TS_TST_INFO_free);
  if (!info) refuse("it says no time");
  const Owned<STACK_OF(X509)> signers(PKCS7_get0_signers(parsed.get(), nullptr, 0), free_certificates);
  if (!signers || sk_X509_num(signers.get()) != 1) refuse("it does not hold its signer's certificate");
  X509* signer = sk_X509_value(signers.get(), 0);
  if (!may_stamp_times(signer)) refuse("its signer's certificate is not one for time-stamping");
  // The chain of certificates is somebody else's question: only the signature counts here.
  if (PKCS7_verify(parsed.get(), nullptr, nullptr, nullptr, nullptr, PKCS7_NOVERIFY) != 1)
    refuse(text("its signature is not one of it: ", openssl_reason()));
  TS_MSG_IMPRINT* imprint = TS_TST_INFO_get_msg_imprint(info.get());
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
  const int digest = OBJ_obj2nid(algorithm);
  const char* name = digest == NID_sha256   ? "sha256"
                     : digest == NID_sha384 ? "sha384"
                     : digest == NID_sha512 ? "sha512"
                                            : nullptr;
  if (!name) refuse("its digest is none that C2PA allows");
  const ASN1_OCTET_STRING* stamped = TS_MSG_IMPRINT_get_msg(imprint);
  if (std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(stamped)),
                       static_cast<std::size_t>(ASN1_STRING_length(stamped))) != hash_of(message, name))
    refuse("it is one of something else");
  return {time_of(TS_TST_INFO_get_time(info.get())), chain_of(parsed.get(), signer)};
}

}  // namespace understudy::provenance::c2pa
