#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "understudy/core/table.h"

namespace understudy::cli {

struct Choice {
  std::string name, meaning;
};

/// What a shell may offer as a value, besides choices.
enum class Offer { kNothing, kFiles, kFolders };

/// An option, or an argument without one (then `names` is empty).
struct DescribedOption {
  std::vector<std::string> names = {};  ///< "-o", "--output"
  std::string value = {};               ///< what stands for its value: "FILE", "INT"; "" of a flag
  std::string help = {};
  std::vector<Choice> choices = {};
  std::string extension = {};  ///< ".toml" where a file of that kind is taken besides the choices
  std::string range = {};      ///< "from 16 to 4096", "above 0"; "" where any value is taken
  std::string standard = {};   ///< what is taken when it is not given; "" when nothing is
  std::string variable = {};   ///< of the environment, from which it is taken when it is not given
  std::vector<std::string> needs = {}, excludes = {};
  bool required = false;
  bool repeated = false;  ///< several values may follow
  bool commas = false;    ///< a value may be several, with commas between
  Offer offer = Offer::kNothing;
};

/// A program, or one of its subcommands.
struct Described {
  std::string name = {};      ///< "understudy-extract", or the subcommand's own
  std::string sentence = {};  ///< "Find the faces of a plate."
  std::vector<DescribedOption> options = {}, arguments = {};
  std::vector<Described> subcommands = {};
  bool subcommands_are_programs = false;  ///< "NAME-SUBCOMMAND" is a program with a description of its own
};

/// Reads it all from `app`, whose defaults have been tidied (options.h).
Described described(const CLI::App& app);

/// The forms of --describe.
const Table<std::string (*)(const Described&)>& description_forms();

/// A manual page in roff's man macros.
std::string manual_page(const Described& program);
/// A file for bash's completion.
std::string bash_completion(const Described& program);
/// An autoloaded function for zsh's completion.
std::string zsh_completion(const Described& program);

}  // namespace understudy::cli
