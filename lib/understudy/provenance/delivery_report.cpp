#include "understudy/provenance/delivery_report.h"

#include <algorithm>
#include <set>

#include "understudy/core/hash.h"
#include "understudy/core/plain_text.h"
#include "understudy/provenance/consent_check.h"
#include "understudy/provenance/watermark/payload.h"

namespace understudy::provenance {
namespace {

using c2pa::Cbor;
using c2pa::ManifestReport;
using c2pa::Validation;

constexpr std::string_view kConsentLabel = "org.understudy.consent";
constexpr std::string_view kPipelineLabel = "org.understudy.pipeline";
constexpr std::string_view kSoftBindingLabel = "c2pa.soft-binding";

const ManifestReport* active_of(const std::optional<Validation>& credentials) {
  return credentials && !credentials->manifests.empty() ? &credentials->manifests.back() : nullptr;
}

/// The CBOR of the active manifest's first assertion of that label; null when there is none.
const Cbor* content_of(const std::optional<Validation>& credentials, std::string_view label) {
  const ManifestReport* active = active_of(credentials);
  if (!active) return nullptr;
  const auto found =
      std::ranges::find(active->assertions, label, [](const auto& each) { return each.first; });
  return found != active->assertions.end() && found->second ? &*found->second : nullptr;
}

template <class T>
T field(const Cbor& item, std::string_view key, T otherwise = {}) {
  const Cbor* found = item.find(key);
  const T* value = found ? found->as<T>() : nullptr;
  return value ? *value : otherwise;
}

/// What the manifest says of a watermark that the plate carried; null when it says nothing.
const Cbor* plate_mark_of(const std::optional<Validation>& credentials) {
  const Cbor* pipeline = content_of(credentials, kPipelineLabel);
  return pipeline ? pipeline->find("plate_watermark") : nullptr;
}

/// The watermark that the manifest says the pictures were given; empty: none.
std::string stated_mark(const std::optional<Validation>& credentials) {
  const Cbor* binding = content_of(credentials, kSoftBindingLabel);
  const auto blocks = binding ? field<Cbor::Array>(*binding, "blocks") : Cbor::Array();
  return blocks.empty() ? std::string() : field<Cbor::Bytes>(blocks.front(), "value").value;
}

StatedConsent stated_consent(const Cbor& item) {
  StatedConsent out;
  out.consent.role = roles().at(field<std::string>(item, "role"));
  out.consent.id = field<std::string>(item, "id");
  out.consent.basis = field<std::string>(item, "basis");
  out.consent.credit = field<std::string>(item, "credit");
  out.valid_until = field<std::string>(item, "valid_until");
  out.record_salt = field<Cbor::Bytes>(item, "record_salt").value;
  out.record_sha256 = field<Cbor::Bytes>(item, "record_sha256").value;
  return out;
}

bool speaks_of(const StatedConsent& stated, const ConsentFile& record) {
  if (stated.record_sha256.empty()) return stated.consent.id == record.consent.id;
  return hash_of(stated.record_salt + record.sha256) == stated.record_sha256;
}

/// A record of the same id whose text is another than the one that was signed for.
bool is_another_version(const StatedConsent& stated, const ConsentFile& record) {
  return stated.consent.id == record.consent.id && !speaks_of(stated, record);
}

bool is_taken_back(const StatedConsent& stated, Date today, const Revocations* revocations) {
  if (!revocations) return false;
  return std::ranges::any_of(revocations->of(stated.consent.id), [&](const Revocation& each) {
    return !each.date || std::chrono::sys_days(*each.date) <= std::chrono::sys_days(today);
  });
}

std::string state_of(const StatedConsent& stated, std::span<const ConsentFile> records, Date today,
                     const Revocations* revocations) {
  if (is_taken_back(stated, today, revocations)) return "consent_revoked";
  std::string state = "no record here";
  for (const ConsentFile& record : records) {
    if (is_another_version(stated, record)) state = "consent_changed";
    // A later version of a record counts too: it may say that the consent was revoked.
    if (stated.consent.id != record.consent.id) continue;
    const auto refusal =
        find_refusal(&record.consent, {.role = stated.consent.role, .today = today, .whose = "the file"});
    if (refusal) return refusal->facts.reason;
    if (speaks_of(stated, record)) state = "valid";
  }
  return state;
}

constexpr const char* kNotKnown = "not known";

/// Only the record that was signed for can tell, and a revocation without a date does not say since when.
std::string state_when_signed(const StatedConsent& stated, std::span<const ConsentFile> records,
                              const std::optional<Date>& day, const Revocations* revocations) {
  if (!day) return kNotKnown;
  for (const Revocation& each :
       revocations ? revocations->of(stated.consent.id) : std::vector<Revocation>()) {
    if (!each.date) return kNotKnown;
    if (is_taken_back(stated, *day, revocations)) return "consent_revoked";
  }
  const auto record =
      std::ranges::find_if(records, [&](const ConsentFile& each) { return speaks_of(stated, each); });
  if (record == records.end()) return kNotKnown;
  const auto refusal =
      find_refusal(&record->consent, {.role = stated.consent.role, .today = *day, .whose = "the file"});
  return refusal ? refusal->facts.reason : "valid";
}

/// Whether all that fails is that something is of a kind that is not read here.
bool is_unreadable(const Validation& credentials) {
  const std::vector<std::string> failures = credentials.failures();
  return !failures.empty() &&
         std::ranges::all_of(failures, [](const auto& code) { return code == "algorithm.unsupported"; });
}

/// Whether what fails says nothing of the content: the signer's certificate alone.
bool fails_by_certificate_alone(const Validation& credentials) {
  return std::ranges::all_of(credentials.failures(),
                             [](const std::string& code) { return code.starts_with("signingCredential."); });
}

Integrity integrity_of(const Validation& credentials) {
  if (credentials.manifests.empty()) return Integrity::kChanged;
  if (fails_by_certificate_alone(credentials)) return Integrity::kIntact;
  return is_unreadable(credentials) ? Integrity::kUnreadable : Integrity::kChanged;
}

const char* integrity_word(Integrity integrity) {
  switch (integrity) {
    case Integrity::kIntact:
      return "intact";
    case Integrity::kChanged:
      return "changed";
    case Integrity::kUnreadable:
      return "not read here";
    case Integrity::kUnsigned:
      break;
  }
  return "unsigned";
}

const char* watermark_word(PictureMark watermark) {
  switch (watermark) {
    case PictureMark::kNotLookedFor:
      return "not looked for";
    case PictureMark::kNotFound:
      return "none found";
    case PictureMark::kOfThis:
      return "of these content credentials";
    case PictureMark::kOfPlate:
      return "of the plate, as the content credentials say";
    case PictureMark::kOfAnother:
      break;
  }
  return "of other content credentials";
}

ReportSection integrity_section(const DeliveryReport& report) {
  ReportSection out{"integrity", {{"content credentials", integrity_word(report.findings.integrity)}}};
  if (const ManifestReport* active = active_of(report.credentials)) {
    out.lines.emplace_back("manifest", active->label);
    out.lines.emplace_back("made with", active->generator);
    out.lines.emplace_back("title", active->title);
  }
  if (!report.unsigned_because.empty()) out.lines.emplace_back("PROBLEM", report.unsigned_because);
  if (!report.credentials) return out;
  const auto add = [&](const c2pa::Findings& findings) {
    for (const c2pa::Status& each : findings.failure)
      if (!each.code.starts_with("signingCredential."))
        out.lines.emplace_back("PROBLEM", text(each.code, ": ", each.explanation));
    for (const c2pa::Status& each : findings.informational)
      out.lines.emplace_back("note", text(each.code, ": ", each.explanation));
  };
  add(report.credentials->findings);
  for (auto each = report.credentials->manifests.rbegin(); each != report.credentials->manifests.rend();
       ++each)
    add(each->findings);
  return out;
}

ReportSection signer_section(const DeliveryReport& report) {
  ReportSection out{"signer", {{"identity", voucher_words(report.findings.voucher)}}};
  const ManifestReport* active = active_of(report.credentials);
  if (!active || !active->signer) return out;
  out.lines.emplace_back("name in the certificate", active->signer->subject);
  out.lines.emplace_back("issued by", active->signer->issuer);
  out.lines.emplace_back("valid", text(active->signer->valid_from, " to ", active->signer->valid_until));
  out.lines.emplace_back("signature", active->algorithm);
  out.lines.emplace_back(
      "time-stamp", active->stamped.empty() ? "none from an authority that is trusted" : active->stamped);
  for (const c2pa::Status& each : active->findings.failure)
    if (each.code.starts_with("signingCredential.") && each.code != "signingCredential.untrusted")
      out.lines.emplace_back("PROBLEM", text(each.code, ": ", each.explanation));
  return out;
}

std::string action_line(const c2pa::Action& action) {
  std::string out = action.action;
  for (const std::string* more : {&action.software, &action.description, &action.when})
    if (!more->empty()) out += ", " + *more;
  return out;
}

std::string ingredient_line(const c2pa::Ingredient& ingredient) {
  return text(ingredient.relationship, " ", ingredient.title,
              ingredient.manifest ? ", with content credentials of its own" : "", ", ",
              ingredient.instance_id);
}

ReportSection marking_section(const DeliveryReport& report) {
  ReportSection out{"marking", {}};
  std::set<std::string> source_types;
  if (const ManifestReport* active = active_of(report.credentials)) {
    for (const auto& each : active->actions) {
      if (!each.source_type.empty()) source_types.insert(each.source_type);
      out.lines.emplace_back("action", action_line(each));
    }
    for (const auto& each : active->ingredients) out.lines.emplace_back("made from", ingredient_line(each));
  }
  for (const std::string& each : source_types) out.lines.emplace_back("digital source type", each);
  if (const Cbor* binding = content_of(report.credentials, kSoftBindingLabel))
    out.lines.emplace_back("watermark stated", field<std::string>(*binding, "alg"));
  if (const Cbor* mark = plate_mark_of(report.credentials))
    out.lines.emplace_back("watermark that the plate carried",
                           text(field<std::string>(*mark, "id"),
                                ", in the maker's registry: ", field<std::string>(*mark, "registry")));
  out.lines.emplace_back("watermark in the pictures", watermark_word(report.findings.watermark));
  for (const std::string& id : report.watermark_ids) out.lines.emplace_back("watermark id", id);
  for (const std::string& copy : report.registry_copies)
    out.lines.emplace_back("its content credentials, in the registry", copy);
  if (!report.marking_trouble.empty()) out.lines.emplace_back("metadata", report.marking_trouble);
  if (!report.marking) {
    out.lines.emplace_back("metadata", "nothing in it says that it was made with Understudy");
    return out;
  }
  out.lines.emplace_back("metadata", text("made with: Understudy ", report.marking->program_version));
  if (is_internal_test(*report.marking)) out.lines.emplace_back("note", "internal test, not for delivery");
  out.lines.emplace_back("model sha256", report.marking->model_sha256);
  out.lines.emplace_back("source sha256", report.marking->source_sha256);
  return out;
}

ReportSection consent_section(const DeliveryReport& report) {
  ReportSection out{"consent", {}};
  for (const StatedConsent& each : report.consents)
    out.lines.emplace_back(
        "consent", text(each.consent.id, ", ", role_name(each.consent.role), ", basis ", each.consent.basis,
                        each.consent.credit.empty() ? "" : ", credit " + each.consent.credit,
                        each.valid_until.empty() ? "" : ", until " + each.valid_until, ": ", each.state,
                        "; when signed: ", each.when_signed));
  for (const auto& [record, words] : report.record_signatures)
    out.lines.emplace_back("the record here", text(record, ", ", words));
  if (out.lines.empty()) out.lines.emplace_back("consent", "the file names none");
  return out;
}

}  // namespace

std::vector<StatedConsent> stated_consents(const std::optional<Validation>& credentials,
                                           const std::optional<Marking>& marking) {
  std::vector<StatedConsent> out;
  const Cbor* stated = content_of(credentials, kConsentLabel);
  for (const Cbor& item : stated ? field<Cbor::Array>(*stated, "consents") : Cbor::Array{}) {
    try {
      out.push_back(stated_consent(item));
    } catch (const Error&) {
      continue;  // a role that is none: nothing to compare with
    }
  }
  if (!stated && marking)
    for (const MarkedConsent& each : marking->consents) out.push_back({each, {}, {}, {}, {}, {}});
  return out;
}

std::optional<Date> day_signed(const std::optional<Validation>& credentials) {
  const ManifestReport* active = active_of(credentials);
  if (!active) return std::nullopt;
  if (!active->stamped.empty()) return parse_date(active->stamped.substr(0, 10));
  return active->actions.empty() ? std::nullopt : parse_date(active->actions.back().when.substr(0, 10));
}

void compare_records(std::vector<StatedConsent>& consents, std::span<const ConsentFile> records,
                     const ConsentDays& days, const Revocations* revocations) {
  for (StatedConsent& each : consents) {
    each.state = state_of(each, records, days.today, revocations);
    each.when_signed = state_when_signed(each, records, days.signed_on, revocations);
  }
}

PictureMark compare_watermark(const std::optional<Validation>& credentials, std::uint64_t id) {
  // A later hand may have added a manifest of its own, over pictures that an earlier one marked.
  const bool is_ours = credentials && std::ranges::any_of(credentials->manifests, [&](const auto& manifest) {
                         return watermark_id(manifest.label) == id;
                       });
  if (is_ours || stated_mark(credentials) == watermark_bytes(id)) return PictureMark::kOfThis;
  const Cbor* of_plate = plate_mark_of(credentials);
  const bool is_plates = of_plate && field<std::string>(*of_plate, "id") == watermark_id_text(id);
  return is_plates ? PictureMark::kOfPlate : PictureMark::kOfAnother;
}

DeliveryFindings delivery_findings(const std::optional<Validation>& credentials,
                                   const std::optional<Validation>& by_local_authority) {
  DeliveryFindings out;
  if (!credentials) return out;
  out.integrity = integrity_of(*credentials);
  const auto is_trusted = [](const Validation& each) {
    if (each.manifests.empty()) return false;
    const auto& success = each.manifests.back().findings.success;
    return std::ranges::find(success, "signingCredential.trusted", &c2pa::Status::code) != success.end();
  };
  out.voucher = is_trusted(*credentials)                                ? Voucher::kTrustedRoot
                : by_local_authority && is_trusted(*by_local_authority) ? Voucher::kSelfIssued
                                                                        : Voucher::kUnknown;
  return out;
}

std::vector<ReportSection> report_sections(const DeliveryReport& report) {
  return {integrity_section(report), signer_section(report), marking_section(report),
          consent_section(report)};
}

std::string delivery_text(const DeliveryReport& report) {
  std::string out = text("file ", printable(report.name), "\n");
  if (!report.sha256.empty()) out += text("  sha256: ", report.sha256, "\n");
  out += text("  ", verdict_name(verdict_of(report.findings)), ": ", verdict_sentence(report.findings), "\n");
  for (const ReportSection& section : report_sections(report)) {
    out += text(section.title, "\n");
    for (const auto& [name, value] : section.lines)
      if (!value.empty()) out += text("  ", printable(name), ": ", printable(value), "\n");
  }
  return out;
}

Json delivery_json(const DeliveryReport& report) {
  Json out = {{"kind", "file"},
              {"name", report.name},
              {"sha256", report.sha256},
              {"state", verdict_name(verdict_of(report.findings))},
              {"sentence", verdict_sentence(report.findings)},
              {"integrity", integrity_word(report.findings.integrity)},
              {"signer", voucher_words(report.findings.voucher)},
              {"watermark", watermark_word(report.findings.watermark)},
              {"watermark_ids", report.watermark_ids},
              {"unsigned_because", report.unsigned_because},
              {"registry_copies", report.registry_copies}};
  out["marking"] = report.marking ? to_json(*report.marking) : Json(nullptr);
  out["consents"] = Json::array();
  for (const StatedConsent& each : report.consents)
    out["consents"].push_back({{"id", each.consent.id},
                               {"role", role_name(each.consent.role)},
                               {"basis", each.consent.basis},
                               {"credit", each.consent.credit},
                               {"valid_until", each.valid_until},
                               {"state", each.state},
                               {"when_signed", each.when_signed}});
  out["record_signatures"] = report.record_signatures;
  out["credentials"] = report.credentials ? to_json(*report.credentials) : Json(nullptr);
  return out;
}

}  // namespace understudy::provenance
