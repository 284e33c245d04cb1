#include "understudy/provenance/c2pa/sign.h"

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/mapped_bytes.h"
#include "understudy/core/text.h"
#include "understudy/provenance/c2pa/cose.h"
#include "understudy/provenance/c2pa/jumbf.h"

namespace fs = std::filesystem;

namespace understudy::provenance::c2pa {
namespace {

constexpr const char* kSidecarBinding = "c2pa.hash.data";

std::string_view view_of(const MappedBytes& file) {
  return {reinterpret_cast<const char*>(file.data()), static_cast<std::size_t>(file.size())};
}

[[noreturn]] void fail_check(std::string_view why) {
  throw Error(ErrorCode::kResource, text("what was signed does not read back (self_verify_failed): ", why),
              "nothing was written; run the same command again, and check the disk if it happens twice");
}

/// The layout for a store of the size that the store for this very layout has.
Layout fitting_layout(std::string_view file, AssetKind kind, const Delivery& delivery, const Signer& signer) {
  const std::string xmp = delivery_xmp(delivery);
  std::uint64_t store_bytes = 0;
  // The size is stated inside the store, so that it may grow by a byte or two once it is known.
  for (;;) {
    Layout layout = make_layout(file, kind, store_bytes, xmp, delivery.title);
    const std::uint64_t needed = build_store(delivery, hard_binding(layout, false), signer).size();
    if (needed == store_bytes) return layout;
    store_bytes = needed;
  }
}

/// The digest in the binding that a store's last manifest holds.
std::string bound_hash(const Superbox& manifest, const char* label) {
  const Superbox* assertions = manifest.child("c2pa.assertions");
  const Superbox* binding = assertions ? assertions->child(label) : nullptr;
  if (!binding) fail_check(text("there is no ", label));
  return cbor_field<Cbor::Bytes>(decode_cbor(binding->contents.front().payload, label), "hash", label).value;
}

/// Reads the signature and the binding of a store as anybody would.
void check_store(std::string_view bytes, const char* label, const std::string& hash) {
  const Superbox store = parse_jumbf(bytes, "the manifest store");
  const Superbox& manifest = store.children.back();
  const CoseSign1 cose =
      parse_cose(manifest.child("c2pa.signature")->contents.front().payload, "the signature");
  const std::string_view claim = manifest.child("c2pa.claim.v2")->contents.front().payload;
  if (!cose_verifies(cose, cose.chain.front().public_key(), claim)) fail_check("the signature does not hold");
  if (bound_hash(manifest, label) != hash) fail_check("the content's digest is another");
}

void check_file(const fs::path& path, AssetKind kind, const std::string& store, const char* label) {
  const MappedBytes mapped = MappedBytes::open(path);
  const std::string where = "the signed file";
  const auto found = find_store(view_of(mapped), kind, where);
  if (!found || found->store != store) fail_check("the manifest store is another");
  check_store(store, label,
              kind == AssetKind::kBmff ? bmff_hash(view_of(mapped), mandatory_exclusions(), "sha256", where)
                                       : data_hash(view_of(mapped), {found->place}, "sha256", where));
}

}  // namespace

bool holds_manifest(const fs::path& file) {
  return asset_kind(view_of(MappedBytes::open(file))).has_value();
}

std::string sign_file(const fs::path& file, const Delivery& delivery, const Signer& signer) {
  const MappedBytes mapped = MappedBytes::open(file);
  const std::string_view bytes = view_of(mapped);
  const auto kind = asset_kind(bytes);
  if (!kind)
    throw Error(ErrorCode::kFormat, text(delivery.title, " is neither MP4, MOV, JPEG nor PNG"),
                "other files are signed in a sidecar");
  const Layout layout = fitting_layout(bytes, *kind, delivery, signer);
  const HardBinding binding = hard_binding(layout, true);
  const std::string store = build_store(delivery, binding, signer);
  AtomicFile signed_file(file);
  write_layout(layout, store, signed_file.temporary());
  check_file(signed_file.temporary(), *kind, store, binding.label);
  signed_file.commit();
  return store;
}

std::string sign_sidecar(const fs::path& file, const Delivery& delivery, const Signer& signer) {
  const auto hash = [&] {
    const MappedBytes mapped = MappedBytes::open(file);
    return data_hash(view_of(mapped), {}, "sha256", delivery.title);
  };
  const Cbor value = Cbor::Map{
      {"alg", "sha256"}, {"hash", Cbor::bytes(hash())}, {"name", "understudy"}, {"pad", Cbor::bytes("")}};
  const std::string store = build_store(delivery, {kSidecarBinding, value}, signer);
  check_store(store, kSidecarBinding, hash());
  return store;
}

fs::path sidecar_of(const fs::path& file) {
  return file.string() + ".c2pa";
}

}  // namespace understudy::provenance::c2pa
