#include "understudy/stages/model_signature.h"

#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/provenance/consent_check.h"
#include "understudy/provenance/consent_signature.h"
#include "understudy/stages/stored_lineage.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr const char* kFormat = "understudy-lineage";
constexpr int kVersion = 1;

fs::path statement_of(const fs::path& folder) {
  return folder / "lineage.json";
}

Json statement(const fs::path& folder) {
  Json out = {{"format", kFormat}, {"version", kVersion}, {"lineage", lineage_of_model(folder)}};
  if (const fs::path weights = newest_weights(folder); !weights.empty())
    out["weights"] = {{"file", weights.filename().string()}, {"sha256", sha256_file(weights)}};
  return out;
}

/// Compares the model with a statement whose signature is good.
void compare(const Json& signed_for, const fs::path& folder, ModelSignature& out) {
  const std::string where = out.statement.string();
  if (json_field<std::string>(signed_for, "format", where) != kFormat ||
      json_field<int>(signed_for, "version", where) != kVersion)
    throw Error(ErrorCode::kFormat, text(where, " is no statement of version ", kVersion, " of a lineage"));
  if (json_field<Json>(signed_for, "lineage", where) != lineage_of_model(folder)) {
    out.signature.trouble = text("the consents and datasets of ", folder.string(),
                                 " are others than those that ", out.signature.signer, " signed for");
    return;
  }
  const Json weights = json_field_or<Json>(signed_for, "weights", Json::object(), where);
  if (weights.empty()) return;
  const fs::path file = folder / fs::path(json_field<std::string>(weights, "file", where)).filename();
  if (!fs::is_regular_file(file))
    out.weights = "trained on since it was signed";
  else if (sha256_file(file) == json_field<std::string>(weights, "sha256", where))
    out.weights = "as signed";
  else
    out.signature.trouble = text(file.string(), " was changed after ", out.signature.signer, " signed it");
}

}  // namespace

std::vector<fs::path> sign_model(const fs::path& folder, const provenance::c2pa::Signer& signer) {
  const fs::path path = statement_of(folder), signature = provenance::signature_path(path);
  const Json says = statement(folder);
  fs::remove(signature);  // never beside another statement than its own
  write_json_file(path, says);
  provenance::write_signature(path, signer);
  return {path, signature};
}

ModelSignature read_model_signature(const fs::path& folder) {
  ModelSignature out{statement_of(folder), {}, {}};
  if (!fs::exists(out.statement)) return out;
  try {
    const std::string bytes = read_file(out.statement);
    out.signature = provenance::read_signature(out.statement, bytes);
    if (!out.signature.present)
      out.signature.trouble = text(out.statement.string(), " has lost its signature");
    else if (out.signature.trouble.empty())
      compare(parse_json(bytes, out.statement.string()), folder, out);
  } catch (const Error& e) {
    out.signature.trouble = e.message();
  }
  out.signature.present = true;
  return out;
}

ModelSignature require_good_model_signature(const fs::path& folder) {
  ModelSignature out = read_model_signature(folder);
  if (!out.signature.trouble.empty())
    provenance::throw_refusal(provenance::make_refusal(
        {"lineage_broken", "", "model", {}},
        text("the signature of the model's lineage does not hold: ", out.signature.trouble),
        "put back the model as it was signed, or have it signed anew with understudy-consent sign"));
  return out;
}

std::string signature_text(const ModelSignature& signature, const TrustedRoots& roots) {
  return provenance::signature_text(signature.signature,
                                    provenance::signature_voucher(signature.statement, roots.given, roots.own,
                                                                  provenance::c2pa::now_utc()));
}

}  // namespace understudy::stages
