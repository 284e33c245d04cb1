#include "understudy/provenance/c2pa/sign.h"

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/mapped_bytes.h"
#include "understudy/core/text.h"
#include "understudy/provenance/c2pa/validator.h"

namespace fs = std::filesystem;

namespace understudy::provenance::c2pa {
namespace {

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
  Signer trial = signer;
  if (signer.stamper) trial.stamper = [](std::string_view) { return std::string(); };
  std::uint64_t store_bytes = 0;
  // The size is stated inside the store, so that it may grow by a byte or two once it is known.
  for (;;) {
    Layout layout = make_layout(file, kind, store_bytes, xmp, delivery.title);
    const std::uint64_t needed = build_store(delivery, hard_binding(layout, false), trial).size();
    if (needed == store_bytes) return layout;
    store_bytes = needed;
  }
}

/// Lets the validator read what was signed, as anybody may. Who signed is not its concern here.
void check_validation(const std::optional<Validation>& found) {
  if (!found) fail_check("there are no content credentials");
  if (found->state == State::kInvalid) fail_check(joined(found->failures()));
}

AssetKind kind_of(std::string_view bytes, const Delivery& delivery) {
  const auto kind = asset_kind(bytes);
  if (!kind)
    throw Error(ErrorCode::kFormat, text(delivery.title, " is neither MP4, MOV, JPEG nor PNG"),
                "other files are signed in a sidecar");
  return *kind;
}

void check_file(const fs::path& path, const Delivery& delivery) {
  check_validation(validate_bytes(view_of(MappedBytes::open(path)), {{}, delivery.when}));
}

}  // namespace

bool holds_manifest(const fs::path& file) {
  return asset_kind(view_of(MappedBytes::open(file))).has_value();
}

std::string sign_file(const fs::path& file, const Delivery& delivery, const Signer& signer) {
  const MappedBytes mapped = MappedBytes::open(file);
  const std::string_view bytes = view_of(mapped);
  const Layout layout = fitting_layout(bytes, kind_of(bytes, delivery), delivery, signer);
  const HardBinding binding = hard_binding(layout, true);
  const std::string store = build_store(delivery, binding, signer);
  AtomicFile signed_file(file);
  write_layout(layout, store, signed_file.temporary(), delivery.title);
  check_file(signed_file.temporary(), delivery);
  signed_file.commit();
  return store;
}

SignedBytes sign_bytes(std::string_view file, const Delivery& delivery, const Signer& signer) {
  const Layout layout = fitting_layout(file, kind_of(file, delivery), delivery, signer);
  SignedBytes out;
  out.store = build_store(delivery, hard_binding(layout, true), signer);
  for (const std::string_view part : layout.before) out.file += part;
  out.file += place_bytes(layout.kind, out.store);
  for (const std::string_view part : layout.after) out.file += part;
  check_validation(validate_bytes(out.file, {{}, delivery.when}));
  return out;
}

std::string sign_sidecar(const fs::path& file, const Delivery& delivery, const Signer& signer) {
  const MappedBytes mapped = MappedBytes::open(file);
  const std::string digest = data_hash(view_of(mapped), {}, "sha256", delivery.title);
  const Cbor value = Cbor::Map{
      {"alg", "sha256"}, {"hash", Cbor::bytes(digest)}, {"name", "understudy"}, {"pad", Cbor::bytes("")}};
  const std::string store = build_store(delivery, {"c2pa.hash.data", value}, signer);
  check_validation(validate_sidecar(store, view_of(mapped), {{}, delivery.when}));
  return store;
}

fs::path sidecar_of(const fs::path& file) {
  return file.string() + ".c2pa";
}

}  // namespace understudy::provenance::c2pa
