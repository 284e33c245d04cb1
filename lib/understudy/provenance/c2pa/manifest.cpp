#include "understudy/provenance/c2pa/manifest.h"

#include <chrono>

#include "understudy/core/hash.h"
#include "understudy/core/json.h"
#include "understudy/core/sha256.h"
#include "understudy/provenance/c2pa/cose.h"
#include "understudy/provenance/c2pa/jumbf.h"
#include "understudy/provenance/marking.h"
#include "understudy/provenance/watermark/payload.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr const char* kProgram = "understudy-merge";

/// 36 characters made of the first 128 bits of a digest, with the bits of version 4.
std::string uuid_of(const std::string& digits) {
  std::string hex = digits.substr(0, 32);
  hex[12] = '4';
  hex[16] = "89ab"[std::stoi(hex.substr(16, 1), nullptr, 16) & 3];
  for (const std::size_t at : {8, 13, 18, 23}) hex.insert(at, 1, '-');
  return hex;
}

std::string instance_id(const Delivery& delivery) {
  return "xmp:iid:" + uuid_of(sha256("instance|" + delivery.urn));
}

Cbor date_time(Seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto two = [](auto part) { return text(part.count() < 10 ? "0" : "", part.count()); };
  return Cbor::tagged(0, text(date_text(Date(day)), "T", two(clock.hours()), ":", two(clock.minutes()), ":",
                              two(clock.seconds()), "Z"));
}

Cbor hashed_uri(std::string url, std::string_view superbox) {
  return Cbor::Map{{"url", std::move(url)}, {"hash", Cbor::bytes(hash_of(superbox.substr(8)))}};
}

/// The assertions of a manifest under way.
class Assertions {
 public:
  /// Adds one, with "__1" behind the label where there is one of it; a hashed URI to it.
  Cbor add(const std::string& label, const Cbor& value) {
    const std::string name = next_name(label);
    return add_box(name, cbor_superbox(name, encode_cbor(value)));
  }
  void add_json(const std::string& label, const Json& value) {
    add_box(label, superbox_bytes("json", label, box_bytes("json", json_text(value))));
  }
  std::string superbox() const { return superbox_bytes("c2as", "c2pa.assertions", boxes_); }
  const Cbor::Array& references() const { return references_; }

 private:
  std::string next_name(const std::string& label) {
    const int before = counts_[label]++;
    return before == 0 ? label : text(label, "__", before);
  }
  Cbor add_box(const std::string& name, const std::string& box) {
    boxes_ += box;
    references_.push_back(hashed_uri("self#jumbf=c2pa.assertions/" + name, box));
    return references_.back();
  }

  std::string boxes_;
  Cbor::Array references_;
  std::map<std::string, int> counts_;
};

std::string manifest_url(std::string_view label) {
  return text("self#jumbf=/c2pa/", label);
}

/// Notes the manifest that an ingredient's own store says is its own: the last one.
void add_own_manifest(const MadeFrom& ingredient, Cbor& value) {
  const Superbox store = parse_jumbf(ingredient.store, "the manifest store of the plate");
  if (store.children.empty())
    throw Error(ErrorCode::kFormat, "the manifest store of the plate holds no manifest");
  const Superbox& active = store.children.back();
  const Superbox* signature = active.child("c2pa.signature");
  if (!signature)
    throw Error(ErrorCode::kFormat, text("the plate's manifest ", active.label, " has no signature"));
  const std::string url = manifest_url(active.label);
  value.set("activeManifest", hashed_uri(url, active.bytes));
  value.set("claimSignature", hashed_uri(url + "/c2pa.signature", signature->bytes));
  value.set("validationResults", ingredient.validation);
}

Cbor ingredient_value(const MadeFrom& ingredient, const char* relationship) {
  Cbor value;
  value.set("relationship", relationship);
  value.set("dc:title", ingredient.title);
  if (!ingredient.format.empty()) value.set("dc:format", ingredient.format);
  value.set("instanceID", "sha256:" + ingredient.sha256);
  if (!ingredient.data_type.empty())
    value.set("dataTypes", Cbor::Array{Cbor::Map{{"type", ingredient.data_type}}});
  if (!ingredient.store.empty()) add_own_manifest(ingredient, value);
  return value;
}

Cbor stretch_range(const ChangedRegion& changed, bool is_video) {
  if (is_video)
    return Cbor::Map{
        {"type", "temporal"},
        {"time",
         Cbor::Map{{"type", "npt"}, {"start", fixed(changed.first, 3)}, {"end", fixed(changed.last, 3)}}}};
  return Cbor::Map{{"type", "frame"},
                   {"frame", Cbor::Map{{"start", static_cast<std::int64_t>(changed.first)},
                                       {"end", static_cast<std::int64_t>(changed.last)}}}};
}

/// The standard wants floating-point numbers.
Cbor box_range(const ChangedRegion::Box& box) {
  const auto number = [](int value) { return Cbor(static_cast<double>(value)); };
  return Cbor::Map{{"type", "spatial"},
                   {"shape", Cbor::Map{{"type", "rectangle"},
                                       {"unit", "pixel"},
                                       {"origin", Cbor::Map{{"x", number(box.x)}, {"y", number(box.y)}}},
                                       {"width", number(box.width)},
                                       {"height", number(box.height)},
                                       {"inside", true}}}};
}

Cbor change(const ChangedRegion& changed, bool is_video) {
  Cbor::Array region{stretch_range(changed, is_video)};
  if (changed.box) region.push_back(box_range(*changed.box));
  return Cbor::Map{{"name", "face"}, {"region", std::move(region)}};
}

Cbor action(const char* name, const Delivery& delivery) {
  return Cbor::Map{{"action", name}, {"when", date_time(delivery.when)}};
}

Cbor edited_action(const Delivery& delivery, const Cbor::Array& inputs) {
  Cbor edited = action("c2pa.edited", delivery);
  edited.set("digitalSourceType", kDigitalSourceType);
  edited.set("softwareAgent", Cbor::Map{{"name", kProgram}, {"version", delivery.program_version}});
  edited.set("description", "The performer's face was replaced with a consenting person's likeness");
  if (!inputs.empty()) edited.set("parameters", Cbor::Map{{"ingredients", inputs}});
  Cbor::Array changes;
  for (const ChangedRegion& each : delivery.changed) changes.push_back(change(each, delivery.is_video));
  if (!changes.empty()) edited.set("changes", std::move(changes));
  return edited;
}

Cbor actions_value(const Delivery& delivery, const Cbor& plate, const Cbor::Array& inputs) {
  Cbor opened = action("c2pa.opened", delivery);
  opened.set("parameters", Cbor::Map{{"ingredients", Cbor::Array{plate}}});
  Cbor::Array actions{std::move(opened), edited_action(delivery, inputs)};
  if (delivery.watermark) actions.push_back(action("c2pa.watermarked", delivery));
  if (!delivery.label.empty()) {
    Cbor added = action("c2pa.addedText", delivery);
    added.set("description", text("visible label: ", delivery.label));
    actions.push_back(std::move(added));
  }
  actions.push_back(action("c2pa.transcoded", delivery));
  return Cbor::Map{{"actions", std::move(actions)}, {"allActionsIncluded", true}};
}

/// A consent without its subject's name, unless that may be told. The record's digest is salted, so that two
/// deliveries do not betray by it that one record stands behind both.
Cbor consent_value(const ConsentSummary& consent, const Delivery& delivery) {
  const std::string salt = hash_of(text("salt|", delivery.urn, "|", consent.sha256)).substr(0, 16);
  Cbor value;
  value.set("role", role_name(consent.role));
  value.set("id", consent.id);
  value.set("basis", consent.basis);
  value.set("record_salt", Cbor::bytes(salt));
  value.set("record_sha256", Cbor::bytes(hash_of(salt + consent.sha256)));
  if (consent.valid_until) value.set("valid_until", date_text(*consent.valid_until));
  if (consent.public_credit) value.set("credit", consent.subject);
  return value;
}

Cbor consents_value(const Delivery& delivery) {
  Cbor::Array consents;
  for (const ConsentSummary& consent : delivery.consents)
    consents.push_back(consent_value(consent, delivery));
  return Cbor::Map{{"version", 1}, {"consents", std::move(consents)}};
}

Cbor pipeline_value(const Delivery& delivery, const Signer& signer) {
  Cbor settings = Cbor::Map{};
  for (const auto& [name, value] : delivery.settings) settings.set(name, value);
  Cbor out = Cbor::Map{{"version", 1},
                       {"program", kProgram},
                       {"program_version", delivery.program_version},
                       {"signer", signer.self_issued ? "self-issued" : "given"},
                       {"timestamp", signer.stamper ? "sigTst2" : "none"},
                       {"settings", std::move(settings)}};
  if (delivery.plate_mark)
    out.set("plate_watermark",
            Cbor::Map{{"alg", delivery.plate_mark->algorithm},
                      {"id", delivery.plate_mark->id},
                      {"registry", delivery.plate_mark->in_registry ? "known" : "unknown"}});
  return out;
}

Cbor soft_binding_value(const SoftBinding& watermark) {
  return Cbor::Map{
      {"alg", watermark.algorithm},
      {"blocks", Cbor::Array{Cbor::Map{{"scope", Cbor::Map{}}, {"value", Cbor::bytes(watermark.value)}}}},
      {"pad", Cbor::bytes("")}};
}

Json metadata_value() {
  return {{"@context", {{"Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"}}},
          {"Iptc4xmpExt:DigitalSourceType", kDigitalSourceType}};
}

Assertions make_assertions(const Delivery& delivery, const HardBinding& binding, const Signer& signer) {
  Assertions out;
  const std::string label = "c2pa.ingredient.v3";
  const Cbor plate = out.add(label, ingredient_value(delivery.plate, "parentOf"));
  Cbor::Array inputs;
  for (const MadeFrom& input : delivery.inputs)
    inputs.push_back(out.add(label, ingredient_value(input, "inputTo")));
  out.add("c2pa.actions.v2", actions_value(delivery, plate, inputs));
  if (delivery.watermark) out.add("c2pa.soft-binding", soft_binding_value(*delivery.watermark));
  out.add("org.understudy.consent", consents_value(delivery));
  out.add("org.understudy.pipeline", pipeline_value(delivery, signer));
  out.add_json("c2pa.metadata", metadata_value());
  out.add(binding.label, binding.value);
  return out;
}

std::string claim_bytes(const Delivery& delivery, const Assertions& assertions) {
  return encode_cbor(Cbor::Map{
      {"instanceID", instance_id(delivery)},
      {"claim_generator_info", Cbor::Map{{"name", "Understudy"}, {"version", delivery.program_version}}},
      {"signature", manifest_url(delivery.urn) + "/c2pa.signature"},
      {"created_assertions", assertions.references()},
      {"dc:title", delivery.title},
      {"alg", "sha256"}});
}

/// The manifests of an ingredient's store, one behind the other.
std::string carried_manifests(const MadeFrom& ingredient, std::string_view urn) {
  if (ingredient.store.empty()) return {};
  std::string out;
  for (const Superbox& manifest : parse_jumbf(ingredient.store, "the manifest store of the plate").children) {
    if (manifest.label == urn)
      throw Error(ErrorCode::kFormat, text("the plate carries the manifest ", urn, " of this very delivery"),
                  "merge from the original plate");
    out += manifest.bytes;
  }
  return out;
}

}  // namespace

std::string delivery_urn(std::string_view identity) {
  return "urn:c2pa:" + uuid_of(sha256(text("understudy-delivery-1|", identity)));
}

std::string delivery_id(std::string_view urn) {
  return watermark_id_text(watermark_id(urn));
}

std::string delivery_xmp(const Delivery& delivery) {
  return text(
      "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
      "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\""
      " xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\""
      " xmlns:xmpMM=\"http://ns.adobe.com/xap/1.0/mm/\""
      " Iptc4xmpExt:DigitalSourceType=\"",
      kDigitalSourceType, "\" xmpMM:InstanceID=\"", instance_id(delivery),
      "\"/></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>");
}

std::string build_store(const Delivery& delivery, const HardBinding& binding, const Signer& signer) {
  const Assertions assertions = make_assertions(delivery, binding, signer);
  const std::string claim = claim_bytes(delivery, assertions);
  const std::string manifest =
      assertions.superbox() + superbox_bytes("c2cl", "c2pa.claim.v2", box_bytes("cbor", claim)) +
      superbox_bytes("c2cs", "c2pa.signature",
                     box_bytes("cbor", sign_cose(signer.key, signer.chain, claim, signer.stamper)));
  return superbox_bytes(
      "c2pa", "c2pa",
      carried_manifests(delivery.plate, delivery.urn) + superbox_bytes("c2ma", delivery.urn, manifest));
}

}  // namespace understudy::provenance::c2pa
