#include "understudy/provenance/c2pa/validator.h"

#include <algorithm>
#include <set>

#include "understudy/core/files.h"
#include "understudy/core/mapped_bytes.h"
#include "understudy/provenance/c2pa/cose.h"
#include "understudy/provenance/c2pa/sign.h"

namespace fs = std::filesystem;

namespace understudy::provenance::c2pa {
namespace {

constexpr int kChainLabel = 33;  // COSE's x5chain

std::string manifest_url(const Manifest& manifest) {
  return "self#jumbf=/c2pa/" + manifest.label;
}

/// The one box of CBOR that a claim or a signature is. Throws Error kFormat.
std::string_view cbor_of(const Superbox& box) {
  if (box.contents.size() != 1 || box.contents[0].type != "cbor")
    throw Error(ErrorCode::kFormat, text(box.label, " is no single box of CBOR"));
  return box.contents[0].payload;
}

/// Whether all that nobody signed in a signature is what may be there: padding of zeros, time-stamps, answers
/// about revocation, and certificates, where older programs put them.
bool hides_nothing(const Cbor& unprotected) {
  static const std::set<std::string> kKnown = {"sigTst", "sigTst2", "rVals", "x5chain"};
  for (const auto& [key, value] : *unprotected.as<Cbor::Map>()) {
    const auto* name = key.as<std::string>();
    if (key == Cbor(kChainLabel) || (name && kKnown.contains(*name))) continue;
    const auto* padding = value.as<Cbor::Bytes>();
    if (!name || (*name != "pad" && *name != "pad2") || !padding ||
        padding->value.find_first_not_of('\0') != std::string::npos)
      return false;
  }
  return true;
}

/// The certificates of a signature; older programs left them unprotected. Throws Error kFormat.
std::vector<Certificate> chain_of(const CoseSign1& cose) {
  if (!cose.chain.empty()) return cose.chain;
  const Cbor* found = cose.unprotected.find(kChainLabel);
  if (!found) found = cose.unprotected.find("x5chain");
  std::vector<Certificate> out;
  if (!found) return out;
  const Cbor::Array one{*found};
  const auto* several = found->as<Cbor::Array>();
  for (const Cbor& each : several ? *several : one)
    if (const auto* der = each.as<Cbor::Bytes>())
      out.push_back(Certificate::parse_der(der->value, "a certificate of the signature"));
  return out;
}

/// Checks one manifest.
class ManifestCheck {
 public:
  ManifestCheck(const ManifestStore& store, const Manifest& manifest, const Judgement& by)
      : store_(store), manifest_(manifest), by_(by) {
    report_.label = manifest.label;
  }

  void run() {
    check_shape();
    if (!read_claim()) return;
    check_signature();
    assertions_ = check_assertions(store_, manifest_, claim_, report_.findings);
    for (const Assertion& each : assertions_) report_.assertions.emplace_back(each.label, each.cbor);
    report_.ingredients = check_ingredients(assertions_, manifest_, report_.findings);
    for (const Ingredient& each : report_.ingredients)
      if (each.manifest) check_ingredient_manifest(each, store_, manifest_, claim_, report_.findings);
    report_.actions = check_actions(assertions_, report_.ingredients, store_, manifest_, report_.findings);
    check_bindings();
  }

  ManifestReport& report() { return report_; }
  const std::vector<Assertion>& assertions() const { return assertions_; }
  const Claim& claim() const { return claim_; }

 private:
  void fail(const char* code, std::string why) {
    report_.findings.failure.push_back({code, manifest_url(manifest_), std::move(why)});
  }

  void check_shape() {
    if (manifest_.claims > 1) fail("claim.multiple", "the manifest holds several claims");
    for (const std::string& label : manifest_.unknown)
      fail("general.error", text("the box '", label, "' has no place in a manifest"));
  }

  bool read_claim() {
    if (!manifest_.claim) {
      fail("claim.missing", "the manifest holds no claim");
      return false;
    }
    try {
      claim_ = parse_claim(cbor_of(*manifest_.claim), manifest_.claim_version);
    } catch (const Error& e) {
      fail("claim.malformed", e.message());
      return false;
    }
    report_.claim_version = claim_.version;
    report_.title = claim_.title;
    report_.generator = claim_.generator;
    report_.instance_id = claim_.instance_id;
    return true;
  }

  void check_signature() {
    if (!manifest_.signature || store_.resolve(claim_.signature, manifest_) != manifest_.signature)
      return fail("claimSignature.missing", "the signature that the claim names is not in its manifest");
    const std::string url = manifest_url(manifest_) + "/c2pa.signature";
    const auto broken = [&](std::string why) {
      report_.findings.failure.push_back({"claimSignature.mismatch", url, std::move(why)});
    };
    try {
      const CoseSign1 cose = parse_cose(cbor_of(*manifest_.signature), "the signature");
      report_.algorithm = cose.algorithm;
      if (!hides_nothing(cose.unprotected))
        fail("general.error", "the signature holds data that nobody signed");
      const std::vector<Certificate> chain = chain_of(cose);
      add_trust(chain, stamped_time(cose, url), url);
      if (chain.empty() || !cose_verifies(cose, chain.front().public_key(), cbor_of(*manifest_.claim)))
        return broken("the claim was changed after it was signed, or the signature is somebody else's");
      report_.findings.success.push_back(
          {"claimSignature.validated", url, "the signature is one of the claim"});
    } catch (const Error& e) {
      broken(e.message());
    }
  }

  /// When the signature was there: as a time-stamp authority says that is trusted, else now.
  Seconds stamped_time(const CoseSign1& cose, const std::string& url) {
    const auto remark = [&](const char* code, std::string why) {
      report_.findings.informational.push_back({code, url, std::move(why)});
    };
    if (cose.unprotected.find("sigTst"))
      remark("timeStamp.malformed", "a time-stamp of an old form is not read");
    for (const std::string& token : time_stamps_in(cose, "the signature")) {
      try {
        const TimeStamp stamp =
            read_time_stamp(token, stamped_message(cose.protected_header, cose.signature), "the time-stamp");
        if (!chain_leads_to(stamp.chain, by_.roots, stamp.time)) {
          remark("timeStamp.untrusted",
                 text("'", stamp.chain.front().subject(), "' says that it was signed by ",
                      time_text(stamp.time), ", but leads to no root that is trusted"));
          continue;
        }
        report_.stamped = time_text(stamp.time);
        report_.findings.success.push_back(
            {"timeStamp.trusted", url,
             text("signed by ", report_.stamped, ", says '", stamp.chain.front().subject(), "'")});
        return stamp.time;
      } catch (const Error& e) {
        remark("timeStamp.mismatch", e.message());
      }
    }
    return by_.now;
  }

  void add_trust(const std::vector<Certificate>& chain, Seconds time, const std::string& url) {
    if (!chain.empty()) report_.signer = signer_facts(chain.front());
    const Findings trust = check_signer(chain, by_.roots, time, url);
    Findings& all = report_.findings;
    all.success.insert(all.success.end(), trust.success.begin(), trust.success.end());
    all.failure.insert(all.failure.end(), trust.failure.begin(), trust.failure.end());
  }

  void check_bindings() {
    const std::size_t count = hard_bindings(assertions_).size();
    if (count > 1) fail("assertion.multipleHardBindings", "the manifest is bound to several contents");
    if (count == 0 && !manifest_.is_update)
      fail("claim.hardBindings.missing", "the manifest is bound to no content");
    if (!manifest_.is_update) return;
    const auto parents = std::ranges::count(report_.ingredients, "parentOf", &Ingredient::relationship);
    if (count > 0) fail("manifest.update.invalid", "an update manifest has a binding of its own");
    if (parents != 1 || report_.ingredients.size() != 1)
      fail("manifest.update.wrongParents", "an update manifest has exactly one ingredient, its parent");
  }

  const ManifestStore& store_;
  const Manifest& manifest_;
  const Judgement& by_;
  Claim claim_;
  std::vector<Assertion> assertions_;
  ManifestReport report_;
};

/// The manifest whose binding counts for the file: the active one, or the first ancestor that is no update.
/// Null when there is none.
const Manifest* bound_manifest(const ManifestStore& store, const std::vector<ManifestCheck>& checks,
                               const std::vector<ManifestReport>& reports) {
  const Manifest* at = &store.active();
  for (std::size_t steps = 0; at && at->is_update && steps < checks.size(); ++steps) {
    const auto& ingredients = reports[static_cast<std::size_t>(at - store.manifests().data())].ingredients;
    const auto parent = std::ranges::find(ingredients, "parentOf", &Ingredient::relationship);
    if (parent == ingredients.end() || !parent->manifest) return nullptr;
    const Superbox* box = store.resolve(parent->manifest->url, *at);
    const auto found = std::ranges::find(store.manifests(), box, &Manifest::box);
    at = found == store.manifests().end() ? nullptr : &*found;
  }
  return at && !at->is_update ? at : nullptr;
}

}  // namespace

Validation validate_store(const ManifestStore& store, const BoundFile& file, const Judgement& by) {
  Validation out;
  std::vector<ManifestCheck> checks;
  for (const Manifest& manifest : store.manifests()) {
    checks.emplace_back(store, manifest, by).run();
    out.manifests.push_back(checks.back().report());
  }
  ManifestReport& active = out.manifests.back();
  if (const Manifest* bound = bound_manifest(store, checks, out.manifests)) {
    const ManifestCheck& check = checks[static_cast<std::size_t>(bound - store.manifests().data())];
    for (const Assertion* binding : hard_bindings(check.assertions()))
      check_binding(*binding, file, check.claim().alg, active.findings);
  } else {
    active.findings.failure.push_back({"claim.hardBindings.missing", "", "no manifest is bound to the file"});
  }
  const bool trusted = std::ranges::find(active.findings.success, "signingCredential.trusted",
                                         &Status::code) != active.findings.success.end();
  out.state = !out.failures().empty() ? State::kInvalid : trusted ? State::kTrusted : State::kValid;
  return out;
}

Validation validate_sidecar(std::string store, std::string_view file, const Judgement& by) {
  try {
    return validate_store(ManifestStore(std::move(store), "the manifest store"), {file, std::nullopt}, by);
  } catch (const Error& e) {
    Validation out;
    out.findings.failure.push_back({"general.error", "", e.message()});
    return out;
  }
}

std::optional<Validation> validate_bytes(std::string_view file, const Judgement& by) {
  constexpr std::string_view kStart = "jumdc2pa";  // of every store
  const std::optional<AssetKind> kind = asset_kind(file);
  if (!kind) return std::nullopt;
  try {
    std::optional<FoundStore> found = find_store(file, *kind, "the file");
    if (!found) return std::nullopt;
    return validate_store(ManifestStore(std::move(found->store), "the manifest store"), {file, found->place},
                          by);
  } catch (const Error& e) {
    if (file.find(kStart) == std::string_view::npos) return std::nullopt;  // damaged, but never signed
    Validation out;
    out.findings.failure.push_back({"general.error", "", e.message()});
    return out;
  }
}

std::optional<Validation> validate_file(const fs::path& path, const Judgement& by) {
  const MappedBytes mapped = MappedBytes::open(path);
  const std::string_view bytes(reinterpret_cast<const char*>(mapped.data()), mapped.size());
  if (auto out = validate_bytes(bytes, by)) return out;
  const fs::path sidecar = sidecar_of(path);
  if (!fs::exists(sidecar)) return std::nullopt;
  return validate_sidecar(read_file(sidecar), bytes, by);
}

}  // namespace understudy::provenance::c2pa
