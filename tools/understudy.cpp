#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <vector>

#include "understudy/cli/described.h"
#include "understudy/cli/programs.h"
#include "understudy/core/plain_text.h"
#include "understudy/core/run.h"

namespace {

void print_help(std::ostream& out) {
  out << "Usage: understudy NAME [OPTIONS]\n\nReplaces a performer's face in footage with a consenting "
         "person's likeness.\n\n";
  for (const auto& program : understudy::cli::programs())
    out << "  " << program.name << std::string(10 - program.name.size(), ' ') << program.description << "\n";
  out << "\nunderstudy NAME --help lists a program's options.\n";
}

/// For --describe, as the other programs do.
int describe(std::string_view form) {
  using understudy::cli::Described;
  Described front{"understudy",
                  "Replaces a performer's face in footage with a consenting person's likeness.",
                  {{.names = {"-h", "--help"}, .help = "list the programs"},
                   {.names = {"--version"}, .help = "print the version"},
                   {.names = {"--describe"}, .value = "NAME", .help = "print this in another form"}},
                  {},
                  {},
                  true};
  for (const auto& row : understudy::cli::description_forms())
    front.options.back().choices.push_back({row.name, row.description});
  for (const auto& program : understudy::cli::programs())
    front.subcommands.push_back({program.name, program.description});
  std::cout << understudy::cli::description_forms().at(form)(front);
  return 0;
}

}  // namespace

/// Runs understudy-NAME from the folder this program lies in.
int main(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name.empty() || name == "--help" || name == "-h" || name == "help") {
    print_help(name.empty() ? std::cerr : std::cout);
    return name.empty() ? static_cast<int>(understudy::ErrorCode::kUsage) : 0;
  }
  if (name == "--version") {
    std::cout << "understudy " << understudy::version() << "\n";
    return 0;
  }
  std::string file;
  try {
    if (name == "--describe") return describe(argc > 2 ? argv[2] : "");
    file = understudy::cli::programs().at(name);
  } catch (const understudy::Error& e) {
    std::cerr << "understudy: " << understudy::printable(e.message()) << "\n  " << e.hint() << "\n";
    return static_cast<int>(e.code());
  }
  std::error_code unknown;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  const std::string program = (folder / file).string();
  std::vector<char*> arguments(argv + 1, argv + argc);
  arguments.front() = const_cast<char*>(program.c_str());
  arguments.push_back(nullptr);
  execv(program.c_str(), arguments.data());
  std::cerr << "understudy: cannot run " << program << ": " << std::strerror(errno) << "\n";
  return static_cast<int>(understudy::ErrorCode::kInput);
}
