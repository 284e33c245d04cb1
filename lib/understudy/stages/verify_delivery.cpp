#include "understudy/stages/verify_delivery.h"

#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/media/metadata.h"
#include "understudy/provenance/c2pa/signer.h"
#include "understudy/provenance/c2pa/validator.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

namespace c2pa = provenance::c2pa;

std::vector<c2pa::Certificate> roots_in(const fs::path& pem) {
  return pem.empty() ? std::vector<c2pa::Certificate>()
                     : c2pa::parse_certificates(read_file(pem), pem.string());
}

/// The root of this computer's own authority; empty when it never signed.
fs::path local_root() {
  try {
    const fs::path root = c2pa::authority_root(c2pa::data_home() / "authority");
    return fs::exists(root) ? root : fs::path();
  } catch (const Error&) {
    return {};  // no home, no authority
  }
}

/// The plain marking; what is wrong with it is noted, unless the file is known by its credentials alone.
void read_marking(const fs::path& path, provenance::DeliveryReport& report) {
  try {
    report.marking = provenance::find_marking(media::read_metadata(path));
  } catch (const Error& e) {
    if (!report.credentials) throw;
    report.marking_trouble = e.message();
  }
}

}  // namespace

provenance::DeliveryReport inspect_delivery(const fs::path& path, const DeliveryRules& rules) {
  provenance::DeliveryReport report;
  report.name = path.string();
  const std::vector<c2pa::Certificate> roots = roots_in(rules.trust);
  std::optional<c2pa::Validation> by_local;
  if (fs::is_regular_file(path)) {
    report.sha256 = sha256_file(path);
    report.credentials = c2pa::validate_file(path, {roots, c2pa::now_utc()});
    if (report.credentials) by_local = c2pa::validate_file(path, {roots_in(local_root()), c2pa::now_utc()});
  }
  read_marking(path, report);
  report.findings = provenance::delivery_findings(report.credentials, by_local);
  report.consents = provenance::stated_consents(report.credentials, report.marking);
  std::vector<provenance::ConsentFile> records;
  for (const fs::path& record : rules.records) records.push_back(provenance::read_consent(record));
  provenance::compare_records(report.consents, records, provenance::today_utc());
  return report;
}

}  // namespace understudy::stages
