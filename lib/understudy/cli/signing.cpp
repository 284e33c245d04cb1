#include "understudy/cli/signing.h"

namespace understudy::cli {

void add_signing(CLI::App& app, stages::SigningOptions& to) {
  const auto place = [&](const char* name, std::filesystem::path& path, const char* help, const char* kind) {
    app.add_option(name, path, help)->type_name(kind);
  };
  place("--sign-key", to.key, "private key (PEM) that signs the content credentials", "FILE");
  place("--sign-cert", to.certificate, "its certificate (PEM), and those that lead to its authority's",
        "FILE");
  app.add_option("--tsa-url", to.tsa_url, "ask this time-stamp authority (RFC 3161) when it was signed")
      ->type_name("URL");
  place("--authority", to.authority, "folder of the local authority, which signs without them", "DIR");
  place("--registry", to.registry, "folder for copies of the content credentials", "DIR");
  app.add_flag("--accept-invalid-ingredient", to.accept_invalid_ingredient,
               "merge a plate whose own content credentials are invalid, and say so in the new ones");
}

}  // namespace understudy::cli
