#include "understudy/provenance/c2pa/own_credentials.h"

#include "understudy/core/files.h"
#include "understudy/core/mapped_bytes.h"
#include "understudy/provenance/c2pa/sign.h"
#include "understudy/provenance/c2pa/validator.h"

namespace fs = std::filesystem;

namespace understudy::provenance::c2pa {
namespace {

Cbor status_list(const std::vector<Status>& statuses) {
  Cbor::Array out;
  for (const Status& status : statuses) {
    Cbor item = Cbor::Map{{"code", status.code}};
    if (!status.url.empty()) item.set("url", status.url);
    if (!status.explanation.empty()) item.set("explanation", status.explanation);
    out.push_back(std::move(item));
  }
  return out;
}

/// What is said of the store and of its active manifest, as an ingredient's "validationResults".
Cbor validation_results(const Validation& validation) {
  const Findings& active = validation.manifests.back().findings;
  const auto both = [](const std::vector<Status>& of_store, std::vector<Status> of_manifest) {
    of_manifest.insert(of_manifest.begin(), of_store.begin(), of_store.end());
    return status_list(of_manifest);
  };
  const Findings& store = validation.findings;
  return Cbor::Map{
      {"activeManifest", Cbor::Map{{"success", both(store.success, active.success)},
                                   {"informational", both(store.informational, active.informational)},
                                   {"failure", both(store.failure, active.failure)}}}};
}

std::string store_of(const fs::path& file) {
  const MappedBytes mapped = MappedBytes::open(file);
  const std::string_view bytes(reinterpret_cast<const char*>(mapped.data()), mapped.size());
  const auto kind = asset_kind(bytes);
  const auto found = kind ? find_store(bytes, *kind, file.string()) : std::nullopt;
  return found ? found->store : read_file(sidecar_of(file));
}

}  // namespace

void add_own_credentials(MadeFrom& made_from, const fs::path& file, Seconds now, bool accept_invalid) {
  const auto validation = validate_file(file, {{}, now});
  if (!validation) return;
  if (validation->state == State::kInvalid && !accept_invalid)
    throw Error(ErrorCode::kFormat,
                text("the content credentials of ", file.string(),
                     " are invalid (input_manifest_invalid): ", joined(validation->failures())),
                "find out who changed it since it was signed, or give --accept-invalid-ingredient, which the "
                "output's own credentials will tell");
  if (validation->manifests.empty()) return;
  made_from.store = store_of(file);
  made_from.validation = validation_results(*validation);
}

}  // namespace understudy::provenance::c2pa
