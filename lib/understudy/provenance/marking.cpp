#include "understudy/provenance/marking.h"

#include <algorithm>

#include "understudy/provenance/consent_rules.h"

namespace understudy::provenance {
namespace {

constexpr std::string_view kMarkingFormat = "understudy-marking";
constexpr int kMarkingVersion = 1;
/// How marking_text()'s JSON begins, and how it is found again.
constexpr std::string_view kJsonStart = R"({"format":"understudy-marking")";
constexpr std::size_t kMaxBytes = 256 * 1024;

bool is_test_only(const std::string& basis) {
  return std::any_of(bases().begin(), bases().end(),
                     [&](const auto& entry) { return entry.name == basis && entry.value.test_only; });
}

Json consent_json(const MarkedConsent& consent) {
  Json json = {{"id", consent.id}, {"role", role_name(consent.role)}, {"basis", consent.basis}};
  if (!consent.credit.empty()) json["credit"] = consent.credit;
  return json;
}

MarkedConsent consent_from_json(const Json& json, std::string_view where) {
  MarkedConsent consent;
  consent.id = json_field<std::string>(json, "id", where);
  consent.role = require_role(json_field<std::string>(json, "role", where), where);
  consent.basis = json_field<std::string>(json, "basis", where);
  if (json.contains("credit")) consent.credit = json_field<std::string>(json, "credit", where);
  return consent;
}

Marking parse_marking(std::string_view json, const std::string& where) {
  if (json.size() > kMaxBytes)
    throw Error(ErrorCode::kFormat,
                text(where, " has ", json.size(), " bytes, expected at most ", kMaxBytes));
  return marking_from_json(parse_json(json, where), where);
}

}  // namespace

MarkedConsent marked_consent(const ConsentSummary& consent) {
  return {consent.id, consent.role, consent.basis, consent.public_credit ? consent.subject : ""};
}

bool is_internal_test(const Marking& marking) {
  return std::any_of(marking.consents.begin(), marking.consents.end(),
                     [](const MarkedConsent& consent) { return is_test_only(consent.basis); });
}

std::string marking_text(const Marking& marking) {
  std::string out = text("Made with Understudy ", marking.program_version,
                         ": a face in this picture was replaced with the help of a trained model. ");
  if (is_internal_test(marking)) out += "INTERNAL TEST, not for delivery. ";
  for (const MarkedConsent& consent : marking.consents)
    if (!consent.credit.empty()) out += text("Credit, ", role_name(consent.role), ": ", consent.credit, ". ");
  out += text("Digital source type: ", kDigitalSourceType, " ");
  return out + to_json(marking).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::map<std::string, std::string> marking_metadata(const Marking& marking) {
  const std::string line = marking_text(marking);
  return {{"comment", line}, {"description", line}, {"digital_source_type", std::string(kDigitalSourceType)}};
}

std::optional<Marking> find_marking(const std::map<std::string, std::string>& metadata) {
  std::optional<Marking> found;
  for (const auto& [key, value] : metadata) {
    const std::size_t start = value.find(kJsonStart);
    if (start == std::string::npos) continue;
    const std::string where = text("the marking in the metadata field '", key, "'");
    Marking marking = parse_marking(std::string_view(value).substr(start), where);
    if (found && *found != marking)
      throw Error(ErrorCode::kFormat, text(where, " contradicts another one in the same file"));
    found = std::move(marking);
  }
  return found;
}

Json to_json(const Marking& marking) {
  Json json;
  json["format"] = kMarkingFormat;
  json["version"] = kMarkingVersion;
  json["understudy"] = marking.program_version;
  json["digital_source_type"] = kDigitalSourceType;
  json["internal_test"] = is_internal_test(marking);
  json["model_sha256"] = marking.model_sha256;
  json["source_sha256"] = marking.source_sha256;
  if (!marking.label.empty()) json["label"] = marking.label;
  json["consents"] = Json::array();
  for (const MarkedConsent& consent : marking.consents) json["consents"].push_back(consent_json(consent));
  return json;
}

Marking marking_from_json(const Json& json, std::string_view where) {
  const auto format = json_field<std::string>(json, "format", where);
  if (format != kMarkingFormat)
    throw Error(ErrorCode::kFormat, text(where, ": the format is not '", kMarkingFormat, "'"));
  const auto version = json_field<std::int64_t>(json, "version", where);
  if (version != kMarkingVersion)
    throw Error(
        ErrorCode::kFormat,
        text(where, ": the format version is ", version, ", this program reads version ", kMarkingVersion),
        "update Understudy to read it");
  Marking marking;
  marking.program_version = json_field<std::string>(json, "understudy", where);
  marking.model_sha256 = json_field<std::string>(json, "model_sha256", where);
  marking.source_sha256 = json_field<std::string>(json, "source_sha256", where);
  if (json.contains("label")) marking.label = json_field<std::string>(json, "label", where);
  for (const Json& consent : json_field<std::vector<Json>>(json, "consents", where))
    marking.consents.push_back(consent_from_json(consent, where));
  return marking;
}

}  // namespace understudy::provenance
