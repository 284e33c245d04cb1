#include <cstdint>
#include <cstdlib>

#include "understudy/provenance/c2pa/validator.h"
#include "understudy/provenance/delivery_report.h"

namespace provenance = understudy::provenance;
namespace c2pa = understudy::provenance::c2pa;

/// Any bytes are a store that is invalid, and what is found of it can be told. None are trusted: the fuzzer
/// has no key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string store(reinterpret_cast<const char*>(data), size);
  const c2pa::Judgement by{{}, c2pa::Seconds(std::chrono::seconds(1'800'000'000))};
  provenance::DeliveryReport report;
  report.credentials = c2pa::validate_sidecar(store, "the file", by);
  if (report.credentials->state != c2pa::State::kInvalid) std::abort();
  report.consents = provenance::stated_consents(report.credentials, std::nullopt);
  report.findings = provenance::delivery_findings(report.credentials, report.credentials);
  understudy::json_text(provenance::delivery_json(report));
  provenance::delivery_page(report);
  provenance::delivery_text(report);
  return 0;
}
