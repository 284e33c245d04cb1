#include "understudy/stages/consent.h"

#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/provenance/consent_signature.h"
#include "understudy/stages/model_signature.h"
#include "understudy/stages/stored_lineage.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

provenance::Date date_of(const std::string& option, const std::string& value) {
  const auto date = provenance::parse_date(value);
  if (!date)
    throw Error(ErrorCode::kUsage, text(option, " '", value, "' is not a date"), "write it as 2027-12-31");
  return *date;
}

provenance::ConsentTerms terms_of(const NewConsentOptions& options) {
  provenance::ConsentTerms terms;
  terms.subject = options.subject;
  terms.role = provenance::roles().at(options.role);
  terms.basis = options.basis;
  terms.project = options.project;
  terms.died = options.died;
  terms.uses = options.uses;
  terms.media = options.media;
  terms.territory = options.territory;
  if (!options.grantor.empty()) terms.grantor = provenance::Party{options.grantor, options.authority};
  terms.minor = !options.guardian.empty();
  if (terms.minor) terms.guardian = provenance::Party{options.guardian, ""};
  if (!options.until.empty()) terms.valid_until = date_of("--until", options.until);
  return terms;
}

provenance::c2pa::Signer signer_of(const SignOptions& options) {
  if (options.key.empty() != options.certificates.empty())
    throw Error(ErrorCode::kUsage, "a key to sign with and its certificates go together",
                "give both --sign-key and --sign-cert, or neither for the local authority");
  const auto now = provenance::c2pa::now_utc();
  if (options.key.empty())
    return provenance::c2pa::local_signer(provenance::c2pa::data_home() / "authority", now);
  return provenance::c2pa::read_signer(options.key, options.certificates, now);
}

}  // namespace

Outcome new_consent(const NewConsentOptions& options) {
  if (fs::exists(options.output)) {
    throw Error(ErrorCode::kUsage,
                text(options.output.string(), " exists already; a consent record is never overwritten"),
                "choose another file name, or remove the old record yourself");
  }
  const provenance::NewConsent request{terms_of(options), options.evidence};
  write_file(options.output,
             provenance::consent_toml(provenance::new_consent(request, provenance::today_utc()), true));
  return {.written = {options.output}};
}

Outcome show_consent(const std::vector<fs::path>& files) {
  Outcome outcome;
  for (const fs::path& path : files) {
    const provenance::ConsentFile file = provenance::read_consent(path);
    const provenance::ConsentQuery query{file.consent.role, provenance::today_utc(), path.string()};
    const auto refusal = provenance::find_file_refusal(file, query);
    outcome.result += text("# ", path.string(), "\n# sha256 ", file.sha256, "\n# ",
                           provenance::signature_text(file.signature), "\n# ",
                           refusal ? refusal->message : std::string("valid today"), "\n",
                           provenance::consent_toml(file.consent));
  }
  return outcome;
}

Outcome sign_consents(const std::vector<fs::path>& files, const SignOptions& options) {
  const provenance::c2pa::Signer signer = signer_of(options);
  Outcome outcome;
  for (const fs::path& path : files) {
    if (is_model_folder(path)) {
      for (fs::path& written : sign_model(path, signer)) outcome.written.push_back(std::move(written));
      continue;
    }
    const provenance::ConsentFile file = provenance::read_consent(path);
    provenance::write_signature(path, signer);
    outcome.written.push_back(provenance::signature_path(path));
    log_info(
        text(path.string(), ": ", provenance::signature_text(provenance::read_signature(path, file.bytes))));
  }
  return outcome;
}

Outcome revoke_consents(const RevokeOptions& options) {
  provenance::Revocations list;
  if (fs::exists(options.list)) {
    const std::string content = read_file(options.list);
    provenance::require_good_signature(options.list, content);
    list = provenance::Revocations::parse(content, options.list.string());
  }
  const provenance::c2pa::Signer signer = signer_of(options.signer);
  provenance::Revocation revocation;
  if (!options.date.empty()) revocation.date = date_of("--date", options.date);
  revocation.reason = options.reason;
  for (const std::string& record : options.records)
    list.add({fs::is_regular_file(record) ? provenance::read_consent(record).consent.id : record, revocation},
             provenance::today_utc());
  fs::remove(provenance::signature_path(options.list));  // never beside another list than its own
  write_file(options.list, list.json());
  provenance::write_signature(options.list, signer);
  return {.written = {options.list, provenance::signature_path(options.list)}};
}

}  // namespace understudy::stages
