#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "c2pa/signed_media.h"
#include "understudy/provenance/c2pa/cose.h"
#include "understudy/provenance/c2pa/jumbf.h"

namespace understudy::provenance::c2pa {

inline constexpr const char* kMadeUrn = "urn:c2pa:11111111-1111-4111-8111-111111111111";

/// A manifest that breaks a rule: what is in it, as an ordinary writer would not write it.
struct ManifestPlan {
  std::vector<std::pair<std::string, Cbor>> assertions;  ///< listed by the claim
  std::vector<std::pair<std::string, Cbor>> unlisted;    ///< there, but not listed
  int bindings = 1;
  std::function<void(Cbor::Map&)> claim = [](Cbor::Map&) {};         ///< changes it before it is signed
  std::function<void(Cbor::Array&)> cose = [](Cbor::Array&) {};      ///< changes the signature's four parts
  std::function<void(std::string&)> manifest = [](std::string&) {};  ///< changes the manifest's boxes
};

/// {url, hash} of an assertion in the same manifest.
inline Cbor reference(const std::string& label, const Cbor& value) {
  const std::string box = cbor_superbox(label, encode_cbor(value));
  return Cbor::Map{{"url", "self#jumbf=c2pa.assertions/" + label},
                   {"hash", Cbor::bytes(hash_of(box.substr(8)))}};
}

inline std::string made_store(const ManifestPlan& plan, const HardBinding& binding, const Signer& signer) {
  std::map<std::string, int> counts;
  std::string boxes;
  Cbor::Array listed;
  const auto add = [&](const std::string& label, const Cbor& value, bool is_listed) {
    const int before = counts[label]++;
    const std::string name = before == 0 ? label : text(label, "__", before);
    boxes += cbor_superbox(name, encode_cbor(value));
    if (is_listed) listed.push_back(reference(name, value));
  };
  for (const auto& [label, value] : plan.assertions) add(label, value, true);
  for (const auto& [label, value] : plan.unlisted) add(label, value, false);
  for (int i = 0; i < plan.bindings; ++i) add(binding.label, binding.value, true);
  Cbor::Map claim{{"instanceID", "xmp:iid:1"},
                  {"claim_generator_info", Cbor::Map{{"name", "rules"}}},
                  {"signature", text("self#jumbf=/c2pa/", kMadeUrn, "/c2pa.signature")},
                  {"created_assertions", listed},
                  {"alg", "sha256"}};
  plan.claim(claim);
  const std::string claim_bytes = encode_cbor(Cbor(claim));
  Cbor cose = decode_cbor(sign_cose(signer.key, signer.chain, claim_bytes), "a signature");
  Cbor::Array parts = *cose.as<Cbor::Tagged>()->content.front().as<Cbor::Array>();
  plan.cose(parts);
  std::string manifest =
      superbox_bytes("c2as", "c2pa.assertions", boxes) +
      superbox_bytes("c2cl", "c2pa.claim.v2", box_bytes("cbor", claim_bytes)) +
      superbox_bytes("c2cs", "c2pa.signature", box_bytes("cbor", encode_cbor(Cbor::tagged(18, Cbor(parts)))));
  plan.manifest(manifest);
  return superbox_bytes("c2pa", "c2pa", superbox_bytes("c2ma", kMadeUrn, manifest));
}

/// A PNG with that manifest, bound as it should be.
inline std::string made_png(std::string_view png, const ManifestPlan& plan, const Signer& signer) {
  std::uint64_t size = 0;
  for (;;) {
    const Layout layout = make_layout(png, AssetKind::kPng, size, "", "a test's picture");
    const std::string store = made_store(plan, hard_binding(layout, true), signer);
    if (store.size() == size) {
      std::string out;
      for (const std::string_view part : layout.before) out += part;
      out += place_bytes(AssetKind::kPng, store);
      for (const std::string_view part : layout.after) out += part;
      return out;
    }
    size = store.size();
  }
}

}  // namespace understudy::provenance::c2pa
