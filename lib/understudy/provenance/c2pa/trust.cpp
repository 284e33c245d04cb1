#include "understudy/provenance/c2pa/trust.h"

#include <openssl/x509.h>

#include "understudy/core/plain_text.h"
#include "understudy/core/sha256.h"
#include "understudy/core/text.h"
#include "understudy/provenance/c2pa/openssl_text.h"
#include "understudy/provenance/date.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr std::size_t kMaxChain = 8;

std::string name_text(const X509_NAME* name) {
  const Memory memory;
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return printable(memory.content());
}

/// What is wrong with the leaf itself: a status code and why. An empty code: nothing.
std::pair<std::string, std::string> leaf_trouble(const Certificate& leaf, Seconds time) {
  const std::vector<std::string> faults = leaf.faults_as_signer();
  if (!faults.empty()) return {"signingCredential.invalid", joined(faults, "; ")};
  if (time < leaf.not_before() || time > leaf.not_after())
    return {"signingCredential.expired", text("it is valid from ", time_text(leaf.not_before()), " until ",
                                              time_text(leaf.not_after()), ", not at ", time_text(time))};
  return {};
}

}  // namespace

std::string time_text(Seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto two = [](auto count) { return text(count < 10 ? "0" : "", count); };
  return text(date_text(Date(day)), "T", two(clock.hours().count()), ":", two(clock.minutes().count()), ":",
              two(clock.seconds().count()), "Z");
}

SignerFacts signer_facts(const Certificate& leaf) {
  return {leaf.subject(),
          name_text(X509_get_subject_name(leaf.get())),
          name_text(X509_get_issuer_name(leaf.get())),
          time_text(leaf.not_before()),
          time_text(leaf.not_after()),
          sha256(leaf.der())};
}

Findings check_signer(std::span<const Certificate> chain, std::span<const Certificate> roots, Seconds time,
                      const std::string& url) {
  Findings out;
  const auto fail = [&](const std::string& code, const std::string& why) {
    out.failure.push_back({code, url, text("the signer's certificate: ", why)});
  };
  const auto [code, why] =
      chain.empty() ? std::pair<std::string, std::string>("signingCredential.invalid", "there is none")
                    : leaf_trouble(chain.front(), time);
  if (!code.empty()) fail(code, why);
  if (!code.empty() || chain.size() > kMaxChain || !chain_leads_to(chain, roots, time))
    fail("signingCredential.untrusted", "it does not lead to a root that is trusted");
  else
    out.success.push_back(
        {"signingCredential.trusted", url, "the certificates lead to a root that is trusted"});
  return out;
}

}  // namespace understudy::provenance::c2pa
