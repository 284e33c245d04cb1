#include "understudy/provenance/consent_scope.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <string_view>

namespace understudy::provenance {
namespace {

constexpr const char* kIntimate[] = {"intimate",     "nude",        "nudity", "sexual",
                                     "pornographic", "pornography", "porn"};
constexpr const char* kPolitical[] = {"political", "politics", "election", "elections"};
constexpr const char* kEverywhere[] = {"worldwide", "all"};

std::string lower(std::string value) {
  std::transform(value.begin(), value.end(), value.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return value;
}

/// Whether a whole word of `value` is among `words`.
bool has_word(const std::string& value, std::span<const char* const> words) {
  std::string word;
  for (const char c : lower(value) + " ") {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      word += c;
      continue;
    }
    if (std::ranges::find(words, std::string_view(word)) != words.end()) return true;
    word.clear();
  }
  return false;
}

/// "film" and the whole text are both covered by "film: 'Harbour', scenes 12 to 14".
bool covers(const std::string& granted, const std::string& asked) {
  return lower(granted) == lower(asked) || lower(granted).starts_with(lower(asked) + ":");
}

bool covers(const std::vector<std::string>& granted, const std::string& asked) {
  return std::ranges::any_of(granted, [&](const std::string& entry) { return covers(entry, asked); });
}

/// A part of the scope: what the record grants, what is asked, and the option that states it.
struct Dimension {
  const char* what;
  const char* option;
  std::vector<std::string> granted;
  const std::vector<std::string>& asked;
  bool excludes_rest;  ///< a list without an entry grants nothing rather than everything
};

std::vector<Dimension> dimensions(const ConsentTerms& consent, const ConsentScope& scope) {
  const bool needs_uses = bases().at(consent.basis).needs_uses;
  std::vector<Dimension> out = {{"use", "--use", consent.uses, scope.use, needs_uses}};
  if (consent.version == 1) return out;  // its territory was free text
  std::vector<std::string> project;
  if (!consent.project.empty()) project.push_back(consent.project);
  out.push_back({"project", "--project", project, scope.project, false});
  out.push_back({"media", "--media", consent.media, scope.media, false});
  out.push_back({"territory", "--territory", consent.territory, scope.territory, false});
  return out;
}

bool is_everywhere(const std::vector<std::string>& granted) {
  return std::ranges::any_of(granted, [](const std::string& entry) {
    return std::ranges::find(kEverywhere, lower(entry)) != std::end(kEverywhere);
  });
}

std::optional<Refusal> find_dimension_refusal(const Dimension& part, const ConsentTerms& consent,
                                              const ConsentQuery& query, const std::string& record) {
  if ((part.granted.empty() && !part.excludes_rest) || is_everywhere(part.granted)) return std::nullopt;
  const std::string granted =
      part.granted.empty() ? "none is stated" : text("only: ", joined(part.granted, "; "));
  if (part.asked.empty() && query.delivers && consent.version > 1)
    return make_refusal({"consent_scope", consent.id, part.what, part.granted},
                        text(record, " limits the ", part.what, ", ", granted, "; here none was stated"),
                        text("say with ", part.option, " what this is made for"));
  std::vector<std::string> beyond;
  for (const std::string& asked : part.asked)
    if (!covers(part.granted, asked)) beyond.push_back(asked);
  if (beyond.empty()) return std::nullopt;
  return make_refusal(
      {"consent_scope", consent.id, part.what, beyond},
      text(record, " does not grant the ", part.what, " '", joined(beyond, "', '"), "', ", granted),
      text("choose what was granted with ", part.option,
           ", or agree on a wider consent and extract again with its record"));
}

std::optional<Refusal> find_forbidden_use(const ConsentTerms& consent, const ConsentQuery& query,
                                          const std::string& record) {
  std::vector<std::string> all = consent.uses;
  all.insert(all.end(), query.scope.use.begin(), query.scope.use.end());
  for (const std::string& use : all)
    if (has_word(use, kIntimate))
      return make_refusal({"consent_scope", consent.id, "use", {use}},
                          text(record, " meets the use '", use, "': intimate use is never granted"),
                          "nothing makes this possible here; where the words mean something else, say that "
                          "in other words");
  const bool grants_political = consent.political || !bases().at(consent.basis).a_person;
  for (const std::string& use : query.scope.use) {
    if (has_word(use, kPolitical) && !grants_political)
      return make_refusal({"consent_scope", consent.id, "use", {use}},
                          text(record, " does not grant political use, '", use, "' is one"),
                          "obtain a record that says political = true, and extract again with it");
    if (covers(consent.excluded_uses, use))
      return make_refusal({"consent_scope", consent.id, "use", {use}},
                          text(record, " excludes the use '", use, "'"),
                          "choose a use that was granted, or agree on another consent");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> find_scope_refusal(const ConsentTerms& consent, const ConsentQuery& query,
                                          const std::string& record) {
  if (consent.role != query.role)
    return make_refusal({"consent_scope", consent.id, "role", {role_name(query.role)}},
                        text(record, " is for the role ", role_name(consent.role),
                             ", but here it is wanted for the role ", role_name(query.role)),
                        text("swap the datasets if they were mixed up, or obtain a consent for the role ",
                             role_name(query.role)));
  if (auto found = find_forbidden_use(consent, query, record)) return found;
  if (!bases().at(consent.basis).a_person) return std::nullopt;
  for (const Dimension& part : dimensions(consent, query.scope))
    if (auto found = find_dimension_refusal(part, consent, query, record)) return found;
  return std::nullopt;
}

}  // namespace understudy::provenance
