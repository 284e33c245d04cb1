#include "understudy/provenance/lineage.h"

#include <algorithm>

#include "understudy/core/plain_text.h"
#include "understudy/provenance/consent_check.h"

namespace understudy::provenance {
namespace {

/// The reason why the consent does not hold on `today`, or "valid".
std::string consent_state(const ConsentSummary& consent, Date today) {
  const auto found = find_refusal(&consent, {.role = consent.role, .today = today, .whose = ""});
  return found ? found->facts.reason : "valid";
}

/// Collects "name  value" lines at one depth.
class Lines {
 public:
  Lines(std::string& out, int depth) : out_(out), indent_(static_cast<std::size_t>(depth) * 2, ' ') {}
  void add(const std::string& name, const std::string& value) {
    if (!value.empty()) out_ += text(indent_, "  ", printable(name), ": ", printable(value), "\n");
  }

 private:
  std::string& out_;
  std::string indent_;
};

void add_consent(Lines& lines, const ConsentSummary& consent, Date today) {
  std::string line =
      text(consent.id, " (", consent.subject, "), ", role_name(consent.role), ", basis ", consent.basis);
  if (consent.valid_until) line += text(", until ", date_text(*consent.valid_until));
  lines.add("consent", text(line, ", on ", date_text(today), ": ", consent_state(consent, today)));
}

void add_marking(Lines& lines, const Marking& marking) {
  lines.add("made with", text("Understudy ", marking.program_version));
  lines.add("digital source type", std::string(kDigitalSourceType));
  if (is_internal_test(marking)) lines.add("note", "internal test, not for delivery");
  lines.add("model sha256", marking.model_sha256);
  lines.add("source sha256", marking.source_sha256);
  for (const MarkedConsent& consent : marking.consents)
    lines.add("consent", text(consent.id, ", ", role_name(consent.role), ", basis ", consent.basis,
                              consent.credit.empty() ? "" : text(", credit ", consent.credit)));
}

void add_node(std::string& out, const LineageNode& node, Date today, int depth) {
  out += text(std::string(static_cast<std::size_t>(depth) * 2, ' '), printable(node.kind), " ",
              printable(node.name), "\n");
  Lines lines(out, depth);
  lines.add("sha256", node.sha256);
  for (const auto& [name, value] : node.facts) lines.add(name, value);
  for (const ConsentSummary& consent : node.consents) add_consent(lines, consent, today);
  if (node.marking) add_marking(lines, *node.marking);
  for (const std::string& problem : node.problems) lines.add("PROBLEM", problem);
  for (const LineageNode& parent : node.made_from) add_node(out, parent, today, depth + 1);
}

}  // namespace

bool has_problems(const LineageNode& node, Date today) {
  const auto refused = [&](const ConsentSummary& consent) {
    return consent_state(consent, today) != "valid";
  };
  return !node.problems.empty() || std::any_of(node.consents.begin(), node.consents.end(), refused) ||
         std::any_of(node.made_from.begin(), node.made_from.end(),
                     [&](const LineageNode& parent) { return has_problems(parent, today); });
}

std::string lineage_text(const LineageNode& node, Date today) {
  std::string out;
  add_node(out, node, today, 0);
  return out;
}

Json lineage_json(const LineageNode& node, Date today) {
  Json json = {{"kind", node.kind}, {"name", node.name}, {"sha256", node.sha256}};
  json["facts"] = Json::object();
  for (const auto& [name, value] : node.facts) json["facts"][name] = value;
  json["consents"] = Json::array();
  for (const ConsentSummary& consent : node.consents) {
    Json entry = to_json(consent);
    entry["state"] = consent_state(consent, today);
    json["consents"].push_back(std::move(entry));
  }
  json["marking"] = node.marking ? to_json(*node.marking) : Json(nullptr);
  json["problems"] = node.problems;
  json["made_from"] = Json::array();
  for (const LineageNode& parent : node.made_from) json["made_from"].push_back(lineage_json(parent, today));
  return json;
}

}  // namespace understudy::provenance
