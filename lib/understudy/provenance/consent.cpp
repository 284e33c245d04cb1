#include "understudy/provenance/consent.h"

#include <algorithm>
#include <random>

#include "understudy/core/sha256.h"
#include "understudy/provenance/consent_rules.h"

namespace understudy::provenance {
namespace {

/// A random UUID (RFC 9562, version 4).
std::string new_uuid() {
  std::random_device random;
  std::string hex;
  while (hex.size() < 32) {
    const unsigned bits = random();
    for (int shift = 0; shift < 32; shift += 4) hex += "0123456789abcdef"[(bits >> shift) & 15];
  }
  hex[12] = '4';
  hex[16] = "89ab"[hex[16] & 3];
  for (std::size_t dash : {8, 13, 18, 23}) hex.insert(dash, 1, '-');
  return hex;
}

}  // namespace

const Table<Role>& roles() {
  static const Table<Role> table{"role",
                                 {{"likeness", "the person whose face is put in", Role::kLikeness},
                                  {"performer", "the person on the plate", Role::kPerformer}}};
  return table;
}

// To add one: a row here, its demands in BasisRules and find_refusal(), a row in docs/formats/consent.md.
const Table<BasisRules>& bases() {
  static const Table<BasisRules> table{
      "basis",
      {{"consent", "the person agreed; needs uses", {.needs_uses = true}},
       {"self", "the person makes the work themself", {}},
       {"estate",
        "the estate of a person who died agreed; needs uses, died, grantor and evidence",
        {.needs_evidence = true, .needs_uses = true, .needs_death = true, .needs_grantor = true}},
       {"licensed-dataset",
        "a licensed likeness or data set; needs uses and evidence",
        {.needs_evidence = true, .needs_uses = true}},
       {"public-domain-heritage",
        "a historic person in whom nobody holds rights; needs uses and died",
        {.needs_uses = true, .needs_death = true}},
       {"synthetic", "a rendered or invented face: no real person", {.a_person = false}},
       {"internal-test",
        "a test that is not delivered; ends after 30 days",
        {.needs_end = true, .longest_days = 30, .test_only = true}}}};
  return table;
}

const Table<int>& authorities() {
  static const Table<int> table{"authority",
                                {{"self", "the person", 0},
                                 {"representative", "an agent or counsel", 0},
                                 {"estate", "heirs or their trustee", 0},
                                 {"guardian", "of a minor", 0},
                                 {"union", "of performers", 0},
                                 {"rights-holder", "who licenses a likeness", 0}}};
  return table;
}

std::string role_name(Role role) {
  const auto found =
      std::find_if(roles().begin(), roles().end(), [&](const auto& e) { return e.value == role; });
  return found->name;
}

Consent new_consent(const NewConsent& from, Date today) {
  const BasisRules& rules = bases().at(from.terms.basis);
  Consent consent{from.terms, {}, {}};
  consent.id = new_uuid();
  if (rules.longest_days > 0) {
    if (!consent.valid_from) consent.valid_from = today;
    const Date last(std::chrono::sys_days(*consent.valid_from) + std::chrono::days(rules.longest_days));
    if (!consent.valid_until) consent.valid_until = last;
    if (*consent.valid_until > last)
      throw Error(
          ErrorCode::kUsage,
          text("a record of the basis '", consent.basis, "' holds for ", rules.longest_days,
               " days at most, until ", date_text(last), ", not until ", date_text(*consent.valid_until)),
          "choose an earlier day, or the basis that the work really has");
  }
  if (!from.evidence.empty())
    consent.evidence = Evidence{from.evidence.filename().string(), sha256_file(from.evidence)};
  require_valid(consent, "the new consent record");
  return consent;
}

ConsentSummary summarise(const ConsentFile& file) {
  return {file.consent, file.sha256};
}

}  // namespace understudy::provenance
