#include "given.h"
#include "understudy/provenance/c2pa/certificate.h"
#include "understudy/provenance/c2pa/time_stamp.h"

namespace c2pa = understudy::provenance::c2pa;

/// The bytes as certificates in PEM and DER, as a public key and as a time-stamp: read, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::fuzz::takes;
  const std::string_view bytes = understudy::fuzz::text_of(data, size);
  const auto ask = [](const c2pa::Certificate& certificate) {
    if (c2pa::Certificate::parse_der(certificate.der(), "again").der() != certificate.der()) std::abort();
    certificate.subject();
    takes([&] { certificate.not_before(); });
    takes([&] { certificate.not_after(); });
    takes([&] { certificate.faults_as_signer(); });
    takes([&] { certificate.is_self_issued(); });
  };
  takes([&] {
    for (const c2pa::Certificate& certificate : c2pa::parse_certificates(bytes, "fuzz")) ask(certificate);
  });
  takes([&] { ask(c2pa::Certificate::parse_der(bytes, "fuzz")); });
  takes([&] { c2pa::algorithm_of(c2pa::Key::parse_public(bytes, "fuzz"), "fuzz"); });
  takes([&] { c2pa::read_time_stamp(bytes, "a message", "fuzz"); });
  return 0;
}
