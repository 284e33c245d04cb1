#include <sstream>

#include "understudy/cli/described.h"

namespace understudy::cli {
namespace {

/// `words` with a backslash before each of `marks`.
std::string escaped(const std::string& words, std::string_view marks) {
  std::string out;
  for (const char c : words) {
    if (marks.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// One word of the shell, whatever it holds.
std::string shell_word(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// Choices with what they mean: ((name:meaning ...)).
std::string choices_with_meanings(const DescribedOption& option) {
  std::vector<std::string> parts;
  for (const Choice& choice : option.choices)
    parts.push_back(choice.name + ":" + escaped(choice.meaning, " ;()[]{}'\"\\`$&|<>*?~#"));
  return "((" + joined(parts, " ") + "))";
}

/// Choices with commas between, as _values reads them.
std::string list_of_choices(const DescribedOption& option) {
  std::string code = "_values -s , " + option.value;
  for (const Choice& choice : option.choices)
    code += " " + shell_word(choice.name + "[" + escaped(choice.meaning, "[]\\") + "]");
  return "{" + code + "}";
}

/// Choices, or a file of that kind.
std::string choices_or_files(const DescribedOption& option) {
  return "{_alternative " + shell_word("names:name:" + choices_with_meanings(option)) + " " +
         shell_word("files:file:_files -g \"*" + option.extension + "\"") + "}";
}

/// What follows "NAME[help]" in a specification: ":FILE:_files".
std::string action_of(const DescribedOption& option) {
  std::string action;
  if (!option.extension.empty()) {
    action = choices_or_files(option);
  } else if (!option.choices.empty()) {
    action = option.commas ? list_of_choices(option) : choices_with_meanings(option);
  } else if (option.offer != Offer::kNothing) {
    action = option.offer == Offer::kFiles ? "_files" : "_files -/";
  }
  return ":" + escaped(option.value, ":") + ":" + escaped(action, ":");  // a plain colon would end it
}

void write_option(std::ostream& out, const DescribedOption& option) {
  const std::string help = "[" + escaped(option.help, "[]:\\") + "]";
  for (const std::string& name : option.names) {
    std::string spec = option.repeated ? "*" : "(" + joined(option.names, " ") + ")";
    spec += name;
    if (!option.value.empty() && name.starts_with("--")) spec += "=";
    spec += help;
    if (option.repeated) spec += ":*-*";
    if (!option.value.empty()) spec += action_of(option);
    out << " \\\n    " << shell_word(spec);
  }
}

void write_arguments(std::ostream& out, const Described& described) {
  for (const DescribedOption& argument : described.arguments)
    out << " \\\n    " << shell_word((argument.repeated ? "*" : "") + action_of(argument));
}

void write_options(std::ostream& out, const Described& described) {
  for (const DescribedOption& option : described.options) write_option(out, option);
}

void write_subcommands(std::ostream& out, const Described& program) {
  out << " \\\n    ':subcommand:->subcommand' '*:: :->rest' && return\n"
      << "  case $state in\n  subcommand)\n    local -a subcommands=(";
  for (const Described& subcommand : program.subcommands)
    out << "\n      " << shell_word(subcommand.name + ":" + escaped(subcommand.sentence, ":"));
  out << ")\n    _describe subcommand subcommands ;;\n  rest)\n    case $words[1] in\n";
  for (const Described& subcommand : program.subcommands) {
    if (program.subcommands_are_programs) continue;
    out << "    " << subcommand.name << ") _arguments -s";
    write_options(out, subcommand);
    write_options(out, program);
    write_arguments(out, subcommand);
    out << " ;;\n";
  }
  if (program.subcommands_are_programs)
    out << "    *) words[1]=" << program.name
        << "-$words[1]; (( $+functions[_$words[1]] )) && _$words[1] ;;\n";
  out << "    esac ;;\n  esac\n";
}

}  // namespace

std::string zsh_completion(const Described& program) {
  std::ostringstream out;
  out << "#compdef " << program.name << "\n\nlocal curcontext=$curcontext state line\n"
      << "typeset -A opt_args\n  _arguments -s" << (program.subcommands.empty() ? "" : " -C");
  write_options(out, program);
  if (program.subcommands.empty()) {
    write_arguments(out, program);
    out << "\n";
  } else {
    write_subcommands(out, program);
  }
  return out.str();
}

}  // namespace understudy::cli
