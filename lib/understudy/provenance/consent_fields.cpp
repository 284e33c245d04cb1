#include "understudy/provenance/consent_fields.h"

namespace understudy::provenance {

std::span<const ConsentField> consent_fields() {
  using Terms = ConsentTerms;
  static const ConsentField fields[] = {
      {"minor", 2, "true", &Terms::minor},
      {"died", 2, "\"1931-05-02\"", &Terms::died},
      {"project", 2, "\"Harbour\"", &Terms::project},
      {"production", 2, "\"Example Pictures\"", &Terms::production},
      {"uses", 1, "[\"film: 'Harbour', scenes 12 to 14\"]", &Terms::uses},
      {"excluded_uses", 2, "[\"advertising\"]", &Terms::excluded_uses},
      {"political", 2, "true", &Terms::political},
      {"media", 2, "[\"cinema\", \"streaming\"]", &Terms::media},
      {"territory", 1, "[\"DE\", \"AT\"]", &Terms::territory},
      {"limits", 2, "[\"no other age\", \"no other words\"]", &Terms::limits},
      {"valid_from", 1, "2026-11-23", &Terms::valid_from},
      {"valid_until", 1, "2027-12-31", &Terms::valid_until},
      {"data_holder", 2, "\"Example Pictures, vault 2\"", &Terms::data_holder},
      {"delete_by", 2, "2028-12-31", &Terms::delete_by},
      {"label_required", 2, "true", &Terms::label_required},
      {"signature_required", 2, "true", &Terms::signature_required},
      {"representation", 2, "\"union: Jane Roe\"", &Terms::representation},
      {"revocation_contact", 2, "\"ada@example.org\"", &Terms::revocation_contact},
      {"public_credit", 1, "true", &Terms::public_credit}};
  return fields;
}

}  // namespace understudy::provenance
