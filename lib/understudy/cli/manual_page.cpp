#include <sstream>

#include "understudy/cli/described.h"
#include "understudy/cli/programs.h"
#include "understudy/core/exit_codes.h"
#include "understudy/core/run.h"

namespace understudy::cli {
namespace {

/// `words` as roff shows them unchanged; hyphens are those of the keyboard, so that options can be copied.
std::string roff(const std::string& words) {
  std::string out;
  if (words.starts_with('.') || words.starts_with('\'')) out = "\\&";
  for (const char c : words) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}
std::string bold(const std::string& words) {
  return "\\fB" + roff(words) + "\\fR";
}
std::string italic(const std::string& words) {
  return "\\fI" + roff(words) + "\\fR";
}

std::string value_of(const DescribedOption& option) {
  return option.value.empty() ? "" : italic(option.value) + (option.repeated ? " ..." : "");
}

std::string heading_of(const DescribedOption& option) {
  if (option.names.empty()) return value_of(option);
  std::vector<std::string> names;
  for (const std::string& name : option.names) names.push_back(bold(name));
  return joined(names, ", ") + (option.value.empty() ? "" : " " + value_of(option));
}

/// What else there is to know about its value, one sentence.
std::string remark_of(const DescribedOption& option) {
  std::vector<std::string> parts;
  if (option.required) parts.push_back("required");
  if (!option.range.empty()) parts.push_back(roff(option.range));
  if (!option.extension.empty()) parts.push_back("or a " + bold(option.extension) + " file");
  if (!option.standard.empty()) parts.push_back("default " + bold(option.standard));
  if (!option.variable.empty()) parts.push_back("else the environment's " + bold(option.variable));
  if (!option.needs.empty()) parts.push_back("with " + bold(joined(option.needs)));
  if (!option.excludes.empty()) parts.push_back("not with " + bold(joined(option.excludes)));
  return parts.empty() ? "" : " (" + joined(parts, "; ") + ")";
}

void write_option(std::ostream& out, const DescribedOption& option) {
  out << ".TP\n" << heading_of(option) << "\n" << roff(option.help) << remark_of(option) << "\n";
  if (option.choices.empty()) return;
  out << ".RS\n";
  for (const Choice& choice : option.choices)
    out << ".TP\n" << bold(choice.name) << "\n" << roff(choice.meaning) << "\n";
  out << ".RE\n";
}

void write_options(std::ostream& out, const Described& described) {
  for (const auto* list : {&described.arguments, &described.options})
    for (const DescribedOption& option : *list) write_option(out, option);
}

std::string usage(const Described& described) {
  std::string out = described.options.empty() ? "" : " [" + italic("OPTIONS") + "]";
  for (const DescribedOption& argument : described.arguments)
    out += argument.required ? " " + value_of(argument) : " [" + value_of(argument) + "]";
  return out;
}

void write_synopsis(std::ostream& out, const Described& program) {
  out << ".SH SYNOPSIS\n";
  if (program.subcommands.empty()) out << bold(program.name) << usage(program) << "\n";
  const char* separator = "";
  for (const Described& subcommand : program.subcommands) {
    out << separator << bold(program.name) << " " << bold(subcommand.name)
        << (program.subcommands_are_programs ? " [" + italic("OPTIONS") + "] ..." : usage(subcommand))
        << "\n";
    separator = ".br\n";
  }
}

/// A program's short name has its line in the table of programs; the front door and others speak for
/// themselves.
std::string line_of(const Described& program) {
  for (const auto& entry : programs())
    if (entry.value == program.name) return entry.description;
  return program.sentence;
}

void write_subcommands(std::ostream& out, const Described& program) {
  if (program.subcommands.empty()) return;
  out << ".SH " << (program.subcommands_are_programs ? "PROGRAMS" : "SUBCOMMANDS") << "\n";
  for (const Described& subcommand : program.subcommands) {
    if (program.subcommands_are_programs) {
      out << ".TP\n" << bold(subcommand.name) << "\n" << roff(subcommand.sentence) << "\n";
      continue;
    }
    out << ".SS " << roff(subcommand.name) << "\n" << roff(subcommand.sentence) << ".\n";
    write_options(out, subcommand);
  }
}

void write_environment(std::ostream& out, const Described& program) {
  std::vector<std::pair<std::string, std::string>> variables;
  const auto add = [&](const Described& described) {
    for (const DescribedOption& option : described.options)
      if (!option.variable.empty()) variables.emplace_back(option.variable, option.names.back());
  };
  add(program);
  for (const Described& subcommand : program.subcommands) add(subcommand);
  if (variables.empty()) return;
  out << ".SH ENVIRONMENT\n";
  std::string last;
  for (const auto& [variable, option] : variables) {
    if (variable != last)
      out << ".TP\n" << bold(variable) << "\nwhat is taken when " << bold(option) << " is not given\n";
    last = variable;
  }
}

void write_exit_status(std::ostream& out) {
  out << ".SH EXIT STATUS\n";
  for (const auto& code : exit_codes())
    out << ".TP\n" << bold(code.name) << "\n" << roff(code.description) << "\n";
}

void write_see_also(std::ostream& out, const Described& program) {
  out << ".SH SEE ALSO\n";
  std::vector<std::string> pages;
  if (program.name != "understudy") pages.push_back(bold("understudy") + "(1)");
  for (const auto& entry : programs())
    if (entry.value != program.name) pages.push_back(bold(entry.value) + "(1)");
  out << joined(pages, ",\n")
      << "\n.PP\nThe folder\n.I share/doc/understudy\nbeside that of the programs has a page for each of "
         "them.\n";
}

}  // namespace

std::string manual_page(const Described& program) {
  std::ostringstream out;
  std::string title = program.name;
  for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  out << ".TH " << roff(title) << " 1 \"\" \"Understudy " << version() << "\" \"User Commands\"\n"
      << ".SH NAME\n"
      << roff(program.name) << " \\- " << roff(line_of(program)) << "\n";
  write_synopsis(out, program);
  out << ".SH DESCRIPTION\n" << roff(program.sentence) << "\n";
  out << ".SH OPTIONS\n";
  write_options(out, program);
  write_subcommands(out, program);
  write_environment(out, program);
  write_exit_status(out);
  write_see_also(out, program);
  return out.str();
}

}  // namespace understudy::cli
