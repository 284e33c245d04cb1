#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "understudy/provenance/c2pa/signer.h"
#include "understudy/provenance/consent.h"
#include "understudy/stages/trusted_roots.h"

namespace understudy::stages {

/// Signs what a model was made from: writes MODEL/lineage.json, the lineage of its newest checkpoint with
/// that file's digest, and lineage.json.sig beside it, as for consent records. Both, as they were written.
/// Throws Error kInput and kFormat for a model that cannot be read, kResource.
std::vector<std::filesystem::path> sign_model(const std::filesystem::path& folder,
                                              const provenance::c2pa::Signer& signer);

/// What is known of the signature over a model's lineage.
struct ModelSignature {
  std::filesystem::path statement;       ///< MODEL/lineage.json
  provenance::SignatureState signature;  ///< its `trouble` also says when the lineage is another by now
  std::string weights;                   ///< "as signed", or that the model was trained on; empty: unsigned
};

/// Compares a model with what was signed of it. Never throws for what is in the statement or its signature.
ModelSignature read_model_signature(const std::filesystem::path& folder);

/// The same; throws Error kRefused (lineage_broken) where there is trouble.
ModelSignature require_good_model_signature(const std::filesystem::path& folder);

/// "unsigned", or who signed and who vouches for them.
std::string signature_text(const ModelSignature& signature, const TrustedRoots& roots);

}  // namespace understudy::stages
