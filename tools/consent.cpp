#include "understudy/stages/consent.h"

#include "understudy/cli/tool.h"
#include "understudy/provenance/consent.h"

namespace stages = understudy::stages;

int main(int argc, char** argv) {
  stages::NewConsentOptions made;
  std::vector<std::filesystem::path> files;
  std::string role;
  understudy::cli::Tool tool{"consent", "Makes, shows and checks consent records."};
  tool.app().require_subcommand(1)->fallthrough();

  CLI::App* create = tool.app().add_subcommand("new", "write a new record");
  create->add_option("--subject", made.subject, "name or pseudonym of the person")->required();
  understudy::cli::add_choice(*create, "--role", made.role, understudy::provenance::roles(),
                              "side the person plays")
      ->required();
  understudy::cli::add_choice(*create, "--basis", made.basis, understudy::provenance::bases(),
                              "what the use rests on")
      ->required();
  create->add_option("--use", made.uses, "what the face may be used for; may be given several times")
      ->type_name("TEXT");
  create->add_option("--until", made.until, "last valid day")->type_name("YYYY-MM-DD");
  create
      ->add_option("--evidence", made.evidence, "document that stands behind the record; its digest is kept")
      ->type_name("FILE");
  create->add_option("-o,--output", made.output, "the record")->required()->type_name("FILE");

  CLI::App* show = tool.app().add_subcommand("show", "print records");
  show->add_option("file", files, "consent records")->required();

  CLI::App* check =
      tool.app().add_subcommand("check", "say whether records are valid today; exit code 7 when one is not");
  check->add_option("file", files, "consent records")->required();
  understudy::cli::add_choice(*check, "--role", role, understudy::provenance::roles(),
                              "side the person is to play");

  return tool.run(argc, argv, [&](understudy::Run&) {
    if (*create) return stages::new_consent(made);
    return *show ? stages::show_consent(files) : stages::check_consent(files, role);
  });
}
