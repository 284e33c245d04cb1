#include "understudy/cli/described.h"

#include <sstream>

namespace understudy::cli {
namespace {

/// Takes the lines apart that with_choices (tool.h) put together.
void set_help(DescribedOption& out, const std::string& description) {
  std::istringstream lines(description);
  std::getline(lines, out.help);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    out.choices.push_back({line.substr(2, colon - 2), line.substr(colon + 2)});
  }
}

/// CLI11's names of checks in words.
std::string range_in_words(const std::string& check) {
  if (check == "POSITIVE") return "above 0";
  if (check == "NONNEGATIVE") return "0 or more";
  const auto first = check.find('['), middle = check.find(" - "), last = check.find(']');
  if (check.find(" in [") == std::string::npos || middle == std::string::npos) return {};
  return "from " + check.substr(first + 1, middle - first - 1) + " to " +
         check.substr(middle + 3, last - middle - 3);
}

/// CLI11's type name is the value's own, and behind a colon what is checked.
void set_value(DescribedOption& out, const std::string& type) {
  const auto colon = type.find(':');
  const std::string check = colon == std::string::npos ? "" : type.substr(colon + 1);
  out.value = out.choices.empty() || !type.starts_with("TEXT:") ? type.substr(0, colon) : "NAME";
  out.range = range_in_words(check);
  if (const auto file = check.find("|FILE."); file != std::string::npos)
    out.extension = check.substr(file + 5);
}

Offer offer_of(const std::string& value) {
  const auto has = [&](const char* word) { return value.find(word) != std::string::npos; };
  if (has("FILE") || has("PATH") || has("INPUT") || has("VIDEO") || has("PICTURE") || has("PLATE") ||
      has("RESULT") || has("TRUTH") || has("SHOT"))
    return Offer::kFiles;
  if (has("DIR") || has("FOLDER") || has("DATASET") || has("MODEL")) return Offer::kFolders;
  return Offer::kNothing;
}

std::vector<std::string> names_of(const std::set<CLI::Option*>& options) {
  std::vector<std::string> out;
  for (const CLI::Option* option : options) out.push_back(option->get_name());
  return out;
}

DescribedOption described(const CLI::Option& option) {
  DescribedOption out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  set_help(out, option.get_description());
  if (option.get_expected_min() > 0) {
    set_value(out, option.get_type_name());
    out.standard = option.get_default_str();
    out.offer = offer_of(out.value);
    out.commas = option.get_delimiter() == ',';
    out.repeated = option.get_items_expected_max() > 1 && !out.commas;
  }
  out.variable = option.get_envname();
  out.needs = names_of(option.get_needs());
  out.excludes = names_of(option.get_excludes());
  out.required = option.get_required();
  return out;
}

std::string without_marks(std::string list) {
  if (list.starts_with('[') && list.ends_with(']')) list = list.substr(1, list.size() - 2);
  return list;
}

}  // namespace

Described described(const CLI::App& app) {
  Described out;
  out.name = app.get_name();
  out.sentence = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    DescribedOption one = described(*option);
    one.standard = without_marks(one.standard);
    if (one.names.empty()) {
      if (one.value.empty()) one.value = option->get_name();
      out.arguments.push_back(std::move(one));
    } else {
      out.options.push_back(std::move(one));
    }
  }
  for (const CLI::App* subcommand : app.get_subcommands({}))
    out.subcommands.push_back(described(*subcommand));
  return out;
}

const Table<std::string (*)(const Described&)>& description_forms() {
  static const Table<std::string (*)(const Described&)> table{
      "form",
      {{"man", "a manual page", manual_page},
       {"bash", "completions for bash", bash_completion},
       {"zsh", "completions for zsh", zsh_completion}}};
  return table;
}

}  // namespace understudy::cli
