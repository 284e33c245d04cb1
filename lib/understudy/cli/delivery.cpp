#include "understudy/cli/delivery.h"

#include "understudy/cli/tool.h"

namespace understudy::cli {

void add_delivery(CLI::App& app, stages::DeliveryOptions& options) {
  const auto states = [&](const char* name, std::vector<std::string>& to, const char* help) {
    app.add_option(name, to, help)->type_name("TEXT")->allow_extra_args(false);
  };
  provenance::ConsentScope& scope = options.scope;
  states("--project", scope.project, "what it is made for: the project of the consent records");
  states("--use", scope.use, "a use that the records must grant; may be given several times");
  states("--media", scope.media, "a medium that it is shown in; may be given several times");
  states("--territory", scope.territory, "where it is shown; may be given several times");
  add_choice(app, "--profile", options.profile, stages::delivery_profiles(), "what it is delivered for",
             ".toml");
  app.add_option("--label", options.label,
                 "burn these words or this picture in, or none; else as the profile says")
      ->type_name("TEXT|FILE");
  app.add_option("--label-font", options.label_font, "font of the label's words; else DejaVu Sans")
      ->type_name("FILE");
}

}  // namespace understudy::cli
