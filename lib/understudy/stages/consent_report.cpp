#include <algorithm>

#include "understudy/core/plain_text.h"
#include "understudy/dataset/dataset.h"
#include "understudy/media/metadata.h"
#include "understudy/provenance/consent_signature.h"
#include "understudy/provenance/marking.h"
#include "understudy/stages/consent.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/holdings.h"
#include "understudy/stages/model_signature.h"
#include "understudy/stages/stored_lineage.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr double kMostOthers = 0.05;  // share of a dataset's faces that may be somebody else's

/// "for the likeness Ada, under 123e..., for: feature film, until 2027-12-31".
std::string covered_text(const provenance::ConsentTerms& consent) {
  return text("the ", provenance::role_name(consent.role), " ", consent.subject, ", under ", consent.id,
              ", for: ", consent.uses.empty() ? "uses not stated" : joined(consent.uses, "; "),
              consent.valid_until ? text(", until ", provenance::date_text(*consent.valid_until)) : "");
}

class Check {
 public:
  Check(const CheckConsentOptions& options, Run& run)
      : options_(options),
        run_(run),
        gate_(options.consents, run.report),
        roots_(read_trusted_roots(options.trust)) {
    gate_.asks(options.scope);
    for (const fs::path& record : options.records)
      records_.emplace_back(record, provenance::read_consent(record));
  }

  std::string answer(const fs::path& path) const {
    if (fs::exists(path / "dataset.json")) return dataset(path);
    if (is_model_folder(path)) return model(path);
    return path.extension() == ".toml" ? record(path) : delivery(path);
  }

 private:
  std::string record(const fs::path& path) const {
    const provenance::ConsentFile file = provenance::read_consent(path);
    const provenance::Role role =
        options_.role.empty() ? file.consent.role : provenance::roles().at(options_.role);
    provenance::check_file(file, gate_.query(role, path.string()));
    return text(path.string(), ": valid for ", covered_text(file.consent), ", ", signed_text(path, file),
                "\n");
  }

  std::string dataset(const fs::path& path) const {
    const dataset::Dataset faces = gate_.open(path);
    const provenance::ConsentFile file = provenance::read_consent(path / "consent.toml");
    return text(path.string(), ": covered for ", covered_text(file.consent), ", ",
                signed_text(path / "consent.toml", file), "; ", faces_text(faces, file.consent), "\n");
  }

  std::string faces_text(const dataset::Dataset& dataset, const provenance::ConsentTerms& consent) const {
    if (options_.references.files.empty()) return "whether the faces are this person's was not checked";
    const ReferenceVerdict verdict = compare_with_references(dataset, options_.references);
    const std::string whole = dataset.root().string();
    std::vector<std::string> where;
    for (const OtherTrack& track : verdict.tracks)
      where.push_back(
          text(track.source, " frames ", track.frames, " (likeness ", fixed(track.likeness, 2), ")"));
    const std::string found =
        text(verdict.others, " of ", verdict.faces, " faces are not like the reference pictures");
    if (static_cast<double>(verdict.others) > kMostOthers * static_cast<double>(verdict.faces))
      provenance::throw_refusal(provenance::make_refusal(
          {"consent_wrong_person", consent.id, "faces", where},
          text("in ", whole, " ", found, " of ", consent.subject, ": ", joined(where, "; ")),
          "look at these frames; skip or remove what is another's with understudy-faces, or give more and "
          "better reference pictures"));
    for (const std::string& track : where)
      run_.report.add_failure(text(whole, " ", track), "not like the reference pictures");
    return verdict.others > 0
               ? found
               : text("all ", verdict.faces, " faces are like the reference pictures (likeness ",
                      fixed(verdict.least_likeness, 2), " to ", fixed(verdict.most_likeness, 2), ")");
  }

  std::string model(const fs::path& path) const {
    const ModelSignature signature = require_good_model_signature(path);
    std::string out;
    for (const auto& consent :
         gate_.check_lineage(lineage_of_model(path), path.string(), text("the model ", path.string())))
      out += text(path.string(), ": covered for ", covered_text(consent), ", its lineage ",
                  signature_text(signature, roots_), "\n");
    return out;
  }

  /// It names ids alone, so the records must be at hand.
  std::string delivery(const fs::path& path) const {
    const auto marking = provenance::find_marking(media::read_metadata(path));
    if (!marking) {
      run_.report.add_failure(path.string(), "nothing in it says that it was made with Understudy");
      return text(path.string(), ": not known\n");
    }
    std::string out;
    for (const provenance::MarkedConsent& marked : marking->consents) {
      const auto found =
          std::ranges::find(records_, marked.id, [](const auto& record) { return record.second.consent.id; });
      if (found == records_.end()) {
        run_.report.add_failure(path.string(), text("the consent record ", marked.id, " is not at hand"));
        out += text(path.string(), ": not known for the ", provenance::role_name(marked.role), ", under ",
                    marked.id, "\n");
        continue;
      }
      const auto& [where, file] = *found;
      provenance::check_file(file, gate_.query(marked.role, path.string()));
      out += text(path.string(), ": covered for ", covered_text(file.consent), ", ", signed_text(where, file),
                  "\n");
    }
    return out;
  }

  std::string signed_text(const fs::path& path, const provenance::ConsentFile& file) const {
    return provenance::signature_text(
        file.signature,
        provenance::signature_voucher(path, roots_.given, roots_.own, provenance::c2pa::now_utc()));
  }

  const CheckConsentOptions& options_;
  Run& run_;
  ConsentGate gate_;
  TrustedRoots roots_;
  std::vector<std::pair<fs::path, provenance::ConsentFile>> records_;
};

}  // namespace

Outcome check_consent(const CheckConsentOptions& options, Run& run) {
  const Check check(options, run);
  Outcome outcome;
  for (const fs::path& path : options.paths) outcome.result += check.answer(path);
  return outcome;
}

Outcome list_consents(const std::vector<fs::path>& folders, const ConsentOptions& consents, Run& run) {
  const ConsentGate gate(consents, run.report);
  Outcome outcome;
  std::vector<std::string> seen;
  Json found = Json::array();
  for (const Holding& holding : find_holdings(folders, run.report)) {
    for (const provenance::ConsentSummary& consent : holding.consents) {
      if (std::ranges::find(seen, consent.id) != seen.end()) continue;
      seen.push_back(consent.id);
      const auto refusal =
          provenance::find_refusal(&consent, gate.query(consent.role, holding.path.string()));
      const std::string state = refusal ? refusal->facts.reason : "valid";
      outcome.result += text(state, "  ", covered_text(consent), "\n");
      Json entry = provenance::to_json(consent);
      entry["state"] = state;
      found.push_back(std::move(entry));
    }
  }
  run.report.details["consents"] = std::move(found);
  return outcome;
}

}  // namespace understudy::stages
