#include "understudy/provenance/c2pa/claim.h"

#include <algorithm>

#include "understudy/core/hash.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr std::string_view kSelf = "self#jumbf=";
constexpr std::size_t kMaxManifests = 1000;

std::vector<HashedUri> hashed_uris(const Cbor& claim, std::string_view key, std::string_view where) {
  std::vector<HashedUri> out;
  for (const Cbor& item : cbor_field<Cbor::Array>(claim, key, where)) out.push_back(hashed_uri(item, where));
  return out;
}

/// "name version" of a claim_generator_info.
std::string generator_text(const Cbor& info, std::string_view where) {
  const std::string version = optional_text(info, "version", where);
  const std::string& name = cbor_field<std::string>(info, "name", where);
  return version.empty() ? name : text(name, " ", version);
}

void read_generator(const Cbor& claim, std::string_view where, Claim& out) {
  if (out.version == 2) {
    const Cbor* info = claim.find("claim_generator_info");
    if (!info) throw Error(ErrorCode::kFormat, text(where, ": the field 'claim_generator_info' is missing"));
    out.generator = generator_text(*info, where);
    return;
  }
  out.generator = cbor_field<std::string>(claim, "claim_generator", where);
}

Manifest manifest_of(const Superbox& box) {
  Manifest out;
  out.label = box.label;
  out.box = &box;
  out.is_update = box.type == "c2um";
  for (const Superbox& child : box.children) {
    const auto is = [&](std::string_view label, std::string_view type) {
      return child.label == label && child.type == type;
    };
    if (is("c2pa.claim", "c2cl") || is("c2pa.claim.v2", "c2cl")) {
      out.claim = &child;
      ++out.claims;
      out.claim_version = child.label == "c2pa.claim" ? 1 : 2;
    } else if (is("c2pa.signature", "c2cs")) {
      out.signature = &child;
    } else if (is("c2pa.assertions", "c2as")) {
      for (const Superbox& assertion : child.children) out.assertions.push_back(&assertion);
    } else if (child.label != "c2pa.databoxes" && child.label != "c2pa.credentials") {
      out.unknown.emplace_back(child.label);
    }
  }
  return out;
}

/// What a manifest's claim declares redacted; nothing of a claim that cannot be read, which is said where
/// that manifest is checked.
std::vector<std::string> redacted_by(const Manifest& manifest) {
  try {
    if (manifest.claim && manifest.claim->contents.size() == 1)
      return parse_claim(manifest.claim->contents[0].payload, manifest.claim_version).redacted;
  } catch (const Error&) {
    return {};
  }
  return {};
}

/// The box at a path of labels below `from`, which is never empty.
const Superbox* descend(const Superbox* from, std::string_view path) {
  while (from && !path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    from = from->child(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return from;
}

}  // namespace

std::string optional_text(const Cbor& item, std::string_view key, std::string_view where) {
  return item.find(key) ? cbor_field<std::string>(item, key, where) : std::string();
}

HashedUri hashed_uri(const Cbor& item, std::string_view where) {
  return {cbor_field<std::string>(item, "url", where), optional_text(item, "alg", where),
          cbor_field<Cbor::Bytes>(item, "hash", where).value};
}

Claim parse_claim(std::string_view cbor, int version) {
  constexpr std::string_view kWhere = "the claim";
  const Cbor claim = decode_cbor(cbor, kWhere);
  Claim out;
  out.version = version;
  read_generator(claim, kWhere, out);
  out.instance_id = cbor_field<std::string>(claim, "instanceID", kWhere);
  out.title = optional_text(claim, "dc:title", kWhere);
  out.signature = cbor_field<std::string>(claim, "signature", kWhere);
  out.alg = optional_text(claim, "alg", kWhere);
  out.created = hashed_uris(claim, version == 2 ? "created_assertions" : "assertions", kWhere);
  if (version == 2 && claim.find("gathered_assertions"))
    out.gathered = hashed_uris(claim, "gathered_assertions", kWhere);
  if (claim.find("redacted_assertions"))
    for (const Cbor& url : cbor_field<Cbor::Array>(claim, "redacted_assertions", kWhere))
      if (const auto* words = url.as<std::string>()) out.redacted.push_back(*words);
  return out;
}

std::optional<bool> holds(const HashedUri& uri, const Superbox& box, std::string_view alg) {
  if (!uri.alg.empty()) alg = uri.alg;
  if (alg != "sha256" && alg != "sha384" && alg != "sha512") return std::nullopt;
  return hash_of(box.hashed(), alg) == uri.hash;
}

std::string_view without_instance(std::string_view label) {
  const std::size_t at = label.rfind("__");
  const bool numbered = at != std::string_view::npos && at + 2 < label.size() &&
                        label.find_first_not_of("0123456789", at + 2) == std::string_view::npos;
  return numbered ? label.substr(0, at) : label;
}

ManifestStore::ManifestStore(std::string bytes, std::string_view where)
    : bytes_(std::make_shared<const std::string>(std::move(bytes))),
      root_(std::make_shared<const Superbox>(parse_jumbf(*bytes_, where))) {
  if (root_->type != "c2pa" || root_->label != "c2pa")
    throw Error(ErrorCode::kFormat, text(where, " is no C2PA manifest store"));
  const std::size_t count = root_->children.size();
  if (count == 0 || count > kMaxManifests)
    throw Error(ErrorCode::kFormat,
                text(where, " holds ", count, " manifests, expected 1 to ", kMaxManifests));
  for (const Superbox& box : root_->children) {
    if (box.type == "c2cm")
      throw Error(ErrorCode::kFormat, text(where, " holds a compressed manifest, which is not read here"));
    if (box.type != "c2ma" && box.type != "c2um")
      throw Error(ErrorCode::kFormat, text(where, " holds a box that is no manifest"));
    manifests_.push_back(manifest_of(box));
    for (std::string& url : redacted_by(manifests_.back())) redacted_.insert(std::move(url));
  }
}

const Manifest* ManifestStore::find(std::string_view label) const {
  const auto found = std::ranges::find(manifests_, label, &Manifest::label);
  return found == manifests_.end() ? nullptr : &*found;
}

const Superbox* ManifestStore::resolve(std::string_view url, const Manifest& manifest) const {
  constexpr std::string_view kAbsolute = "/c2pa/";
  if (!url.starts_with(kSelf)) return nullptr;
  url.remove_prefix(kSelf.size());
  if (!url.starts_with('/')) return url.empty() ? nullptr : descend(manifest.box, url);
  if (!url.starts_with(kAbsolute) || url.size() == kAbsolute.size()) return nullptr;
  return descend(root_.get(), url.substr(kAbsolute.size()));
}

}  // namespace understudy::provenance::c2pa
