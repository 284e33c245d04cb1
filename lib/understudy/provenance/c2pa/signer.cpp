#include "understudy/provenance/c2pa/signer.h"

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/text.h"
#include "understudy/provenance/date.h"

namespace understudy::provenance::c2pa {
namespace {

std::string day_of(Seconds time) {
  return date_text(Date(std::chrono::floor<std::chrono::days>(time)));
}

void check_time(const Certificate& certificate, Seconds time, const std::string& where) {
  const std::string name = text("the certificate '", certificate.subject(), "' in ", where);
  if (time > certificate.not_after())
    throw Error(ErrorCode::kFormat, text(name, " has expired on ", day_of(certificate.not_after())),
                "ask its authority for a new one");
  if (time < certificate.not_before())
    throw Error(ErrorCode::kFormat,
                text(name, " is valid from ", day_of(certificate.not_before()), " on only"),
                "check this computer's clock, or wait");
}

void check_order(const std::vector<Certificate>& chain, const std::string& where) {
  for (std::size_t i = 0; i + 1 < chain.size(); ++i)
    if (!chain[i].is_issued_by(chain[i + 1]))
      throw Error(ErrorCode::kFormat,
                  text("the certificate '", chain[i].subject(), "' in ", where, " was not issued by '",
                       chain[i + 1].subject(), "', which follows it"),
                  "put the signer's certificate first, then each one's issuer");
}

}  // namespace

Seconds now_utc() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

Signer read_signer(const std::filesystem::path& key, const std::filesystem::path& chain, Seconds time) {
  const std::string where = chain.string();
  Signer out{Key::read_private(key), parse_certificates(read_file(chain), where)};
  const Certificate leaf = out.chain.front();
  if (!out.key.same_public(leaf.public_key()))
    throw Error(ErrorCode::kFormat,
                text("the key ", key.string(), " does not belong to the certificate '", leaf.subject(),
                     "' in ", where),
                "give the key that the certificate was asked for with");
  for (const Certificate& each : out.chain) check_time(each, time, where);
  if (const std::vector<std::string> faults = leaf.faults_as_signer(); !faults.empty())
    throw Error(ErrorCode::kFormat,
                text("the certificate '", leaf.subject(), "' in ", where,
                     " cannot sign content credentials: ", joined(faults, "; ")),
                text("ask for a certificate with the key usage digitalSignature and the extended usages ",
                     kSigningUsages));
  check_order(out.chain, where);
  if (out.chain.size() > 1 && out.chain.back().is_self_issued()) out.chain.pop_back();
  return out;
}

}  // namespace understudy::provenance::c2pa
