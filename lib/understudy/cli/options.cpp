#include "understudy/cli/options.h"

#include <toml++/toml.h>

#include <sstream>

namespace understudy::cli {
namespace {

std::string value_text(const toml::node& node) {
  if (const auto* string = node.as_string()) return string->get();
  std::ostringstream out;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_floating_point<decltype(value)>) {
      out << json_text(Json(value.get()));
    } else if constexpr (toml::is_value<decltype(value)>) {
      out << std::boolalpha << value.get();
    } else {
      throw CLI::ConfigError(
          text("the value at line ", node.source().begin.line, " is nested, which no option is"));
    }
  });
  return out.str();
}

void add_items(const toml::table& table, const std::vector<std::string>& parents,
               std::vector<CLI::ConfigItem>& items) {
  for (const auto& [key, node] : table) {
    if (const auto* section = node.as_table()) {
      auto inner = parents;
      inner.emplace_back(key.str());
      // CLI11's marks for the begin and the end of a section.
      items.push_back({inner, "++", {}});
      add_items(*section, inner, items);
      items.push_back({inner, "--", {}});
      continue;
    }
    CLI::ConfigItem item{parents, std::string(key.str()), {}};
    if (const auto* list = node.as_array()) {
      for (const toml::node& entry : *list) item.inputs.push_back(value_text(entry));
      if (list->empty()) continue;
    } else {
      item.inputs.push_back(value_text(node));
    }
    items.push_back(std::move(item));
  }
}

bool is_flag(const CLI::Option& option) {
  return option.get_expected_min() == 0;
}
bool is_list(const CLI::Option& option) {
  return option.get_items_expected_max() > 1;
}

/// The option's name in files: the long one, or a positional's own.
std::string name_of(const CLI::Option& option) {
  return option.get_lnames().empty() ? option.get_name() : option.get_lnames().front();
}

Json typed(const CLI::Option& option, const std::string& value) {
  if (is_flag(option)) return value == "true";
  const std::string type = option.get_type_name();
  const bool number = type.starts_with("INT") || type.starts_with("UINT") || type.starts_with("FLOAT");
  const Json parsed = number ? Json::parse(value, nullptr, false) : Json();
  return parsed.is_number() ? parsed : Json(value);
}

Json value_of(const CLI::Option& option) {
  const std::vector<std::string> given =
      option.empty() ? std::vector<std::string>{} : option.reduced_results();
  if (is_list(option)) {
    Json out = Json::array();
    for (const std::string& value : given) out.push_back(typed(option, value));
    return out;
  }
  return typed(option, given.empty() ? option.get_default_str() : given.front());
}

/// Whether the default would be taken if it were given.
bool default_is_usable(CLI::Option& option) {
  if (is_flag(option)) return true;
  std::string value = option.get_default_str();
  if (value.empty()) return false;
  for (int i = 0;; ++i) {
    try {
      if (!(*option.get_validator(i))(value).empty()) return false;
    } catch (const CLI::OptionNotFound&) {
      return true;
    }
  }
}

void write_comment(std::ostream& out, const std::string& comment) {
  std::istringstream lines(comment);
  for (std::string line; std::getline(lines, line);) out << "# " << line << "\n";
}

/// JSON's numbers, strings and lists are TOML's too, but for numbers behind the range of 64 bits with a sign.
std::string toml_value(const Json& value) {
  if (value.is_number_unsigned() && !std::in_range<std::int64_t>(value.get<std::uint64_t>()))
    return text('"', value, '"');
  return json_text(value);
}

void write_options(std::ostream& out, CLI::App& app) {
  for (CLI::Option* option : app.get_options({})) {
    if (!option->get_configurable()) continue;
    out << "\n";
    write_comment(out, option->get_description());
    const Json value = value_of(*option);
    const bool is_comment = option->empty() && !default_is_usable(*option);
    out << (is_comment ? "# " : "") << name_of(*option) << " = "
        << (is_comment && value == "" ? "" : toml_value(value)) << "\n";
  }
  for (CLI::App* subcommand : app.get_subcommands()) {
    out << "\n[" << subcommand->get_name() << "]\n";
    write_options(out, *subcommand);
  }
}

}  // namespace

std::vector<CLI::ConfigItem> TomlConfig::from_config(std::istream& input) const {
  std::vector<CLI::ConfigItem> out;
  try {
    add_items(toml::parse(input), {}, out);
  } catch (const toml::parse_error& e) {
    throw CLI::ConfigError(text("the file given with --config is not TOML: line ", e.source().begin.line,
                                ": ", e.description()));
  }
  return out;
}

std::string config_text(CLI::App& app) {
  std::ostringstream out;
  write_comment(out, app.get_name() + ": " + app.get_description());
  write_options(out, app);
  return out.str();
}

Json options_json(CLI::App& app) {
  Json out = Json::object();
  for (const CLI::Option* option : app.get_options({}))
    if (option->get_configurable()) out[name_of(*option)] = value_of(*option);
  for (CLI::App* subcommand : app.get_subcommands()) out[subcommand->get_name()] = options_json(*subcommand);
  return out;
}

void add_revocations(CLI::App& app, std::filesystem::path& to) {
  app.add_option("--revocations", to, "list of consents that were taken back")
      ->envname("UNDERSTUDY_REVOCATIONS")
      ->type_name("FILE");
}

void tidy_defaults(CLI::App& app) {
  for (CLI::Option* option : app.get_options({})) {
    // CLI11 writes paths with quotation marks around them, and empty lists as brackets.
    std::string value = option->get_default_str();
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    option->default_str(value == "[]" || value == "{}" ? "" : value);
  }
  for (CLI::App* subcommand : app.get_subcommands({})) tidy_defaults(*subcommand);
}

}  // namespace understudy::cli
