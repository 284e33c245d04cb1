#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/provenance/consent.h"
#include "understudy/provenance/marking.h"

namespace understudy::provenance {

/// One thing in the chain source -> dataset -> model -> delivered file, with what it was made from.
struct LineageNode {
  std::string kind;    ///< "source", "dataset", "model", "file"
  std::string name;    ///< path or file name
  std::string sha256;  ///< empty when not known
  std::vector<std::pair<std::string, std::string>>
      facts;  ///< name and value, each name once: {"iterations", "2000"}
  std::vector<ConsentSummary> consents;
  std::optional<Marking> marking;     ///< what a delivered file says about itself
  std::vector<std::string> problems;  ///< sentences: "the digest of ... does not match"
  std::vector<LineageNode> made_from;
};

/// Whether any node has a problem or a consent that does not hold on `today`.
bool has_problems(const LineageNode& node, Date today);

/// The tree for people, two spaces deeper a level, ending in a line end. Control characters from files are
/// escaped.
std::string lineage_text(const LineageNode& node, Date today);

/// The tree for programs:
/// {"kind","name","sha256","facts","consents":[{...,"state"}],"marking","problems","made_from"}. `state` is
/// "valid" or the refusal's reason on `today` (see consent_check.h).
Json lineage_json(const LineageNode& node, Date today);

}  // namespace understudy::provenance
