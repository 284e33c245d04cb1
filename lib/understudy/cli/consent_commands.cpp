#include "understudy/cli/consent_commands.h"

#include "understudy/cli/options.h"
#include "understudy/provenance/consent.h"

namespace understudy::cli {
namespace {

void add_signer(CLI::App& app, stages::SignOptions& signer) {
  app.add_option("--sign-key", signer.key, "private key to sign with (PEM); else the local authority's")
      ->type_name("FILE");
  app.add_option("--sign-cert", signer.certificates, "certificates that go with the key (PEM)")
      ->type_name("FILE");
}

/// Options that may be given several times, each with one value.
void add_texts(CLI::App& app, const char* name, std::vector<std::string>& to, const char* help) {
  app.add_option(name, to, help)->type_name("TEXT")->allow_extra_args(false);
}

}  // namespace

ConsentCommands::ConsentCommands(Tool& tool) : verbs_(tool) {
  add_new();
  add_reading();
  add_signing();
  add_purge();
}

void ConsentCommands::add_new() {
  CLI::App& app = verbs_.add("new", "write a new record", [this](Run&) { return stages::new_consent(new_); });
  app.add_option("--subject", new_.subject, "name or pseudonym of the person")->required();
  add_choice(app, "--role", new_.role, provenance::roles(), "side the person plays")->required();
  add_choice(app, "--basis", new_.basis, provenance::bases(), "what the use rests on")->required();
  app.add_option("--project", new_.project, "the only project that it is for");
  add_texts(app, "--use", new_.uses, "what the face may be used for; may be given several times");
  add_texts(app, "--media", new_.media, "where it may be shown: cinema; may be given several times");
  add_texts(app, "--territory", new_.territory, "a country, or worldwide; may be given several times");
  app.add_option("--died", new_.died, "when the person died: a year or a day");
  CLI::Option* grantor =
      app.add_option("--grantor", new_.grantor, "who agreed in the person's place")->type_name("NAME");
  add_choice(app, "--authority", new_.authority, provenance::authorities(), "as what the grantor agreed")
      ->needs(grantor);
  app.add_option("--guardian", new_.guardian, "the guardian who agreed, of a minor")->type_name("NAME");
  app.add_option("--until", new_.until, "last valid day")->type_name("YYYY-MM-DD");
  app.add_option("--evidence", new_.evidence, "document that stands behind the record; its digest is kept")
      ->type_name("FILE");
  app.add_option("-o,--output", new_.output, "the record")->required()->type_name("FILE");
}

void ConsentCommands::add_reading() {
  CLI::App& show = verbs_.add("show", "print records", [this](Run&) { return stages::show_consent(shown_); });
  show.add_option("file", shown_, "consent records")->required();

  CLI::App& check =
      verbs_.add("check", "say who is covered, for what and until when; exit code 7 when one is not",
                 [this](Run& run) { return stages::check_consent(check_, run); });
  check.add_option("path", check_.paths, "consent records, datasets, models, delivered files")->required();
  add_choice(check, "--role", check_.role, provenance::roles(), "side the person of a record is to play");
  add_texts(check, "--use", check_.scope.use, "a use that must be granted; may be given several times");
  check
      .add_option("--record", check_.records,
                  "a record that delivered files name; may be given several times")
      ->type_name("FILE")
      ->allow_extra_args(false);
  check
      .add_option("--reference", check_.references.files,
                  "a picture of the person whose faces the datasets hold; may be given several times")
      ->type_name("PICTURE")
      ->allow_extra_args(false);
  check
      .add_option("--model-dir", check_.references.model_dir,
                  "folder with the landmarker's and the embedder's model files")
      ->type_name("DIR");
  check.add_option("--trust", check_.trust, "PEM file with the roots of signers that you trust")
      ->type_name("FILE");
  add_revocations(check, check_.consents.revocations);
  check.add_flag("--signed-consents", check_.consents.signed_only, "refuse records that are not signed");

  CLI::App& list =
      verbs_.add("list", "say under which records something below folders was made",
                 [this](Run& run) { return stages::list_consents(listed_, list_consents_, run); });
  list.add_option("folder", listed_, "folders with datasets and models")->required();
  add_revocations(list, list_consents_.revocations);
}

void ConsentCommands::add_signing() {
  CLI::App& sign =
      verbs_.add("sign", "sign records and models: FILE.sig beside each, lineage.json in a model",
                 [this](Run&) { return stages::sign_consents(signed_, signer_); });
  sign.add_option("file", signed_, "consent records, or models' folders")->required();
  add_signer(sign, signer_);

  CLI::App& revoke = verbs_.add("revoke", "append records to a list of what was taken back, and sign it",
                                [this](Run&) { return stages::revoke_consents(revoke_); });
  revoke.add_option("record", revoke_.records, "consent records, or their ids")->required();
  revoke.add_option("--revocations", revoke_.list, "the list; it is made when it is not there")
      ->required()
      ->envname("UNDERSTUDY_REVOCATIONS")
      ->type_name("FILE");
  revoke.add_option("--date", revoke_.date, "revoked from this day on; else at once")
      ->type_name("YYYY-MM-DD");
  revoke.add_option("--reason", revoke_.reason, "why");
  add_signer(revoke, revoke_.signer);
}

void ConsentCommands::add_purge() {
  CLI::App& app =
      verbs_.add("purge", "list what derives from a person below folders, and delete it with --yes",
                 [this](Run& run) { return stages::purge(purge_, run); });
  app.add_option("subject", purge_.subject, "a consent record, its id, or the name in records")->required();
  app.add_option("folder", purge_.folders, "folders to look through")->required();
  app.add_flag("--yes", purge_.yes, "delete what was found");
  app.add_flag("--deliveries", purge_.deliveries, "delivered files and exported networks too");
  app.add_option("-o,--output", purge_.log, "write what was found and done as JSON")->type_name("FILE");
}

}  // namespace understudy::cli
