#include <sstream>

#include "understudy/cli/described.h"

namespace understudy::cli {
namespace {

std::string function_of(const std::string& program) {
  std::string out = "_" + program;
  for (char& c : out)
    if (c == '-') c = '_';
  return out;
}

std::string names_in(const std::vector<Described>& subcommands, const char* separator) {
  std::vector<std::string> names;
  for (const Described& subcommand : subcommands) names.push_back(subcommand.name);
  return joined(names, separator);
}

// What all files share. `opt` becomes the last option before the cursor and `gap` the number of words after
// it; bash makes three words of
// --option=value.
constexpr const char* kHelpers = R"bash(_understudy_words() {  # a value may be a list with commas between
  local before=${cur%"${cur##*,}"}
  COMPREPLY+=($(compgen -P "$before" -W "$1" -- "${cur#"$before"}"))
}
_understudy_paths() {  # -f or -d, and what a file's name has to end with
  compopt -o filenames 2>/dev/null
  local path
  while IFS= read -r path; do
    [[ -d $path || $path == *"${2-}" ]] && COMPREPLY+=("$path")
  done < <(compgen "$1" -- "$cur")
}
_understudy_place() {
  local word i
  cur=${COMP_WORDS[COMP_CWORD]} opt= gap=0
  [[ $cur == = ]] && cur=
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      =) ;;
      -?*) opt=$word gap=0 ;;
      *) gap=$((gap + 1)) ;;
    esac
  done
}
)bash";

/// The commands that offer values of the option, or an empty text.
std::string offers(const DescribedOption& option) {
  std::vector<std::string> names, commands;
  for (const Choice& choice : option.choices) names.push_back(choice.name);
  if (!names.empty()) commands.push_back("_understudy_words '" + joined(names, " ") + "'");
  if (!option.extension.empty()) {
    commands.push_back("_understudy_paths -f " + option.extension);
  } else if (option.offer != Offer::kNothing) {
    commands.push_back(option.offer == Offer::kFiles ? "_understudy_paths -f" : "_understudy_paths -d");
  }
  return joined(commands, "; ");
}

/// The cases of `described`'s options that take values: $verb:$opt:$gap.
void write_value_cases(std::ostream& out, const Described& described, const std::string& verb) {
  for (const DescribedOption& option : described.options) {
    if (option.value.empty()) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names)
      patterns.push_back(verb + ":" + name + (option.repeated ? ":*" : ":0"));
    const std::string commands = offers(option);
    out << "      " << joined(patterns, "|") << ") " << commands << (commands.empty() ? "" : "; ")
        << "return ;;\n";
  }
}

std::string options_of(const Described& described) {
  std::vector<std::string> names;
  for (const DescribedOption& option : described.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return joined(names, " ");
}

void write_words(std::ostream& out, const Described& described, const std::string& verb,
                 const std::string& more_options) {
  out << "    " << verb << ")\n      if [[ $cur == -* ]]; then _understudy_words '" << options_of(described)
      << (more_options.empty() ? "" : " ") << more_options << "'\n";
  if (!described.subcommands.empty())
    out << "      else _understudy_words '" << names_in(described.subcommands, " ") << "'\n";
  for (const DescribedOption& argument : described.arguments)
    if (const std::string commands = offers(argument); !commands.empty())
      out << "      else " << commands << "\n";
  out << "      fi ;;\n";
}

void write_verb_search(std::ostream& out, const Described& program) {
  out << "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case $word in "
      << names_in(program.subcommands, "|") << ") verb=$word; break ;; esac\n  done\n";
}

std::string completion_of_program(const Described& program) {
  std::ostringstream out;
  const std::string function = function_of(program.name);
  out << kHelpers << function << "() {\n  local cur opt gap word verb=\n  local IFS=$' \\t\\n'\n"
      << "  COMPREPLY=()\n  _understudy_place\n";
  if (!program.subcommands.empty()) write_verb_search(out, program);
  out << "  if [[ $cur != -* ]]; then\n    case $verb:$opt:$gap in\n";
  for (const Described& subcommand : program.subcommands) write_value_cases(out, subcommand, subcommand.name);
  write_value_cases(out, program, "*");
  out << "    esac\n  fi\n  case $verb in\n";
  for (const Described& subcommand : program.subcommands)
    write_words(out, subcommand, subcommand.name, options_of(program));
  write_words(out, program, "*", "");
  out << "  esac\n}\ncomplete -F " << function << " " << program.name << "\n";
  return out.str();
}

/// `understudy NAME` completes as understudy-NAME, whose file lies beside this one.
std::string completion_of_front_door(const Described& program) {
  std::ostringstream out;
  out << R"bash(_understudy() {
  local name=${COMP_WORDS[1]-}
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ')bash"
      << names_in(program.subcommands, " ") << " " << options_of(program) << R"bash(' -- "$name"))
    return
  fi
  case $name in )bash"
      << names_in(program.subcommands, "|") << R"bash() ;; *) return ;; esac
  declare -F "_understudy_$name" >/dev/null || source "${BASH_SOURCE[0]%/*}/understudy-$name"
  COMP_WORDS=("understudy-$name" "${COMP_WORDS[@]:2}")
  COMP_CWORD=$((COMP_CWORD - 1))
  "_understudy_$name"
}
complete -F _understudy understudy
)bash";
  return out.str();
}

}  // namespace

std::string bash_completion(const Described& program) {
  return program.subcommands_are_programs ? completion_of_front_door(program)
                                          : completion_of_program(program);
}

}  // namespace understudy::cli
