#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "understudy/core/error.h"
#include "understudy/provenance/consent.h"
#include "understudy/provenance/consent_check.h"

namespace provenance = understudy::provenance;

/// Any bytes either are refused with an Error, or give a record that is the same after writing and reading.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  provenance::Consent consent;
  try {
    consent = provenance::parse_consent({reinterpret_cast<const char*>(data), size}, "fuzz");
  } catch (const understudy::Error&) {
    return 0;
  }
  consent.unknown_keys.clear();
  if (provenance::parse_consent(provenance::consent_toml(consent), "written") != consent) std::abort();
  const provenance::ConsentSummary summary{consent, std::string(64, '0')};
  if (provenance::consent_summary_from_json(provenance::to_json(summary), "summary") != summary) std::abort();
  provenance::find_refusal(&summary, {.role = provenance::Role::kLikeness,
                                      .today = *provenance::parse_date("2026-11-23"),
                                      .whose = "fuzz",
                                      .scope = {{"a"}, {"b"}, {"c"}, {"d"}}});
  return 0;
}
