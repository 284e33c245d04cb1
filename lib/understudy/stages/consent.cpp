#include "understudy/stages/consent.h"

#include "understudy/core/files.h"
#include "understudy/provenance/consent_check.h"
#include "understudy/provenance/date.h"

namespace fs = std::filesystem;

namespace understudy::stages {

Outcome new_consent(const NewConsentOptions& options) {
  provenance::NewConsent request;
  request.subject = options.subject;
  request.role = provenance::roles().at(options.role);
  request.basis = options.basis;
  request.uses = options.uses;
  request.evidence = options.evidence;
  if (!options.until.empty()) {
    request.valid_until = provenance::parse_date(options.until);
    if (!request.valid_until)
      throw Error(ErrorCode::kUsage, text("--until '", options.until, "' is not a date"),
                  "write it as 2027-12-31");
  }
  if (fs::exists(options.output)) {
    throw Error(ErrorCode::kUsage,
                text(options.output.string(), " exists already; a consent record is never overwritten"),
                "choose another file name, or remove the old record yourself");
  }
  write_file(options.output,
             provenance::consent_toml(provenance::new_consent(request, provenance::today_utc())));
  return {.written = {options.output}};
}

Outcome show_consent(const std::vector<fs::path>& files) {
  Outcome outcome;
  for (const fs::path& path : files) {
    const provenance::ConsentFile file = provenance::read_consent(path);
    const provenance::ConsentQuery query{file.consent.role, provenance::today_utc(), path.string(), {}};
    const auto refusal = provenance::find_refusal(&file.consent, query);
    outcome.result += text("# ", path.string(), "\n# sha256 ", file.sha256, "\n# ",
                           refusal ? refusal->message : std::string("valid today"), "\n",
                           provenance::consent_toml(file.consent));
  }
  return outcome;
}

Outcome check_consent(const std::vector<fs::path>& files, const std::string& role) {
  Outcome outcome;
  for (const fs::path& path : files) {
    const provenance::ConsentFile file = provenance::read_consent(path);
    provenance::ConsentQuery query{file.consent.role, provenance::today_utc(), path.string(), {}};
    if (!role.empty()) query.role = provenance::roles().at(role);
    provenance::check_consent(&file.consent, query);
    outcome.result += text(path.string(), ": valid for the ", provenance::role_name(query.role), " ",
                           file.consent.subject, "\n");
  }
  return outcome;
}

}  // namespace understudy::stages
