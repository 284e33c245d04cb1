#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/provenance/c2pa/validation.h"
#include "understudy/provenance/consent.h"
#include "understudy/provenance/marking.h"
#include "understudy/provenance/revocations.h"
#include "understudy/provenance/verdict.h"

namespace understudy::provenance {

/// A consent that a delivered file names.
struct StatedConsent {
  MarkedConsent consent;
  std::string valid_until;    ///< as the file says; empty: not said
  std::string record_salt;    ///< bytes; empty in a plain marking
  std::string record_sha256;  ///< bytes: SHA-256 of the salt and the record's digest
  std::string state;          ///< "no record here", "valid", or a refusal's reason
  std::string when_signed;    ///< the same on the day of the signature; "not known" without the record itself
};

/// All that is known of a delivered file. Texts come from the file.
struct DeliveryReport {
  std::string name;
  std::string sha256;                           ///< empty for a folder
  std::optional<c2pa::Validation> credentials;  ///< nothing: it has none
  std::optional<Marking> marking;               ///< what the metadata say in plain text
  std::string marking_trouble;                  ///< why the metadata could not be read
  std::vector<StatedConsent> consents;
  std::map<std::string, std::string> record_signatures;  ///< by id, of the records at hand: who signed them
  /// What the pictures say, see watermark_id_text(): what belongs to the file first. Several where pictures
  /// were marked, cropped and marked again; empty: nothing, or not asked.
  std::vector<std::string> watermark_ids;
  std::vector<std::string> registry_copies;  ///< the registry's copies of the credentials that belong to them
  std::string unsigned_because;              ///< why there are no credentials; empty: not known, or there are
  DeliveryFindings findings;
};

/// What the file's signed manifest says of consents, else what its marking does. Malformed ones are skipped.
std::vector<StatedConsent> stated_consents(const std::optional<c2pa::Validation>& credentials,
                                           const std::optional<Marking>& marking);

/// The day on which the file was signed: as a time-stamp of an authority that is trusted says, else as the
/// signer does; nothing when neither does.
std::optional<Date> day_signed(const std::optional<c2pa::Validation>& credentials);

/// The days for which consents are asked.
struct ConsentDays {
  Date today;
  std::optional<Date> signed_on = {};  ///< see day_signed()
};

/// Sets the states of each consent: by the record among `records` that it speaks of, and by the list of what
/// was taken back (null: none), which needs no record.
void compare_records(std::vector<StatedConsent>& consents, std::span<const ConsentFile> records,
                     const ConsentDays& days, const Revocations* revocations);

/// Whether a watermark's id (see watermark_id()) belongs to the file's manifests, to the plate as the newest
/// of them says, or to another's.
PictureMark compare_watermark(const std::optional<c2pa::Validation>& credentials, std::uint64_t id);

/// Integrity and voucher, of credentials that were validated with the roots that are trusted, and of the same
/// validated with the local authority's root alone.
DeliveryFindings delivery_findings(const std::optional<c2pa::Validation>& credentials,
                                   const std::optional<c2pa::Validation>& by_local_authority);

/// A heading with names and values: what text and page show alike.
struct ReportSection {
  std::string title;
  std::vector<std::pair<std::string, std::string>> lines;
};
/// Integrity, signer, marking, consent: always these four.
std::vector<ReportSection> report_sections(const DeliveryReport& report);

/// For people, ending in a line end. Control characters from the file are escaped.
std::string delivery_text(const DeliveryReport& report);
/// For browsers: one page without anything from elsewhere. Every text is escaped.
std::string delivery_page(const DeliveryReport& report);
/// {"kind":"file","name","sha256","state","sentence","integrity","signer","watermark","watermark_ids",
/// "unsigned_because","registry_copies","marking","consents":
/// [...],"record_signatures","credentials"}.
Json delivery_json(const DeliveryReport& report);

}  // namespace understudy::provenance
