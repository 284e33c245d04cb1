#include "understudy/provenance/c2pa/actions.h"

#include <algorithm>

namespace understudy::provenance::c2pa {
namespace {

constexpr std::string_view kWhere = "an action";

/// A text, as in the first version of actions, or {name, version}.
std::string software_text(const Cbor* agent) {
  if (!agent) return {};
  if (const auto* words = agent->as<std::string>()) return *words;
  const std::string version = optional_text(*agent, "version", kWhere);
  return text(optional_text(*agent, "name", kWhere), version.empty() ? "" : " ", version);
}

std::string when_text(const Cbor* when) {
  if (!when) return {};
  if (const auto* tagged = when->as<Cbor::Tagged>()) when = &tagged->content.front();
  const auto* words = when->as<std::string>();
  return words ? *words : std::string();
}

class Rules {
 public:
  Rules(const std::vector<Assertion>& assertions, const std::vector<Ingredient>& ingredients,
        const ManifestStore& store, const Manifest& manifest, Findings& findings)
      : assertions_(assertions),
        ingredients_(ingredients),
        store_(store),
        manifest_(manifest),
        findings_(findings) {}

  std::vector<Action> all() {
    const bool strict = manifest_.claim_version == 2 && !manifest_.is_update;
    for (const Assertion& each : assertions_) {
      if (each.label != "c2pa.actions" && each.label != "c2pa.actions.v2") continue;
      url_ = each.url;
      if (each.cbor) read(*each.cbor, strict);
    }
    if (strict && out_.empty()) fail("malformed", "no action says how the file came to be");
    return std::move(out_);
  }

 private:
  void fail(const char* code, std::string why) {
    findings_.failure.push_back({text("assertion.action.", code), url_, std::move(why)});
  }

  void read(const Cbor& assertion, bool strict) {
    try {
      for (const Cbor& item : cbor_field<Cbor::Array>(assertion, "actions", "the actions")) {
        out_.push_back({cbor_field<std::string>(item, "action", kWhere),
                        optional_text(item, "digitalSourceType", kWhere), when_text(item.find("when")),
                        optional_text(item, "description", kWhere),
                        software_text(item.find("softwareAgent"))});
        if (strict) check(item, out_.back());
      }
    } catch (const Error& e) {
      fail("malformed", e.message());
    }
  }

  void check(const Cbor& item, const Action& action) {
    const bool opens = action.action == "c2pa.created" || action.action == "c2pa.opened";
    if (opens != (out_.size() == 1))
      fail("malformed", opens ? text(action.action, " is not the first action")
                              : text("the first action is ", action.action, ", neither created nor opened"));
    if (action.action == "c2pa.created" && action.source_type.empty())
      fail("malformed", "c2pa.created is without a digital source type");
    const std::vector<const Ingredient*> named = ingredients_of(item);
    const auto all_are = [&](std::string_view relationship) {
      return std::ranges::all_of(
          named, [&](const Ingredient* each) { return each && each->relationship == relationship; });
    };
    if (action.action == "c2pa.opened" && (named.size() != 1 || !all_are("parentOf")))
      fail("ingredientMismatch", "c2pa.opened names no parent");
    if ((action.action == "c2pa.placed" || action.action == "c2pa.removed") &&
        (named.empty() || !all_are("componentOf")))
      fail("ingredientMismatch", text(action.action, " names no component"));
    if (action.action == "c2pa.watermarked" &&
        std::ranges::find(assertions_, "c2pa.soft-binding", &Assertion::label) == assertions_.end())
      fail("softBindingMissing", "c2pa.watermarked is without a soft binding");
  }

  /// The ingredients that an action names; null for what is none.
  std::vector<const Ingredient*> ingredients_of(const Cbor& item) const {
    std::vector<const Ingredient*> out;
    const Cbor* parameters = item.find("parameters");
    const Cbor* list = parameters ? parameters->find("ingredients") : nullptr;
    if (!list) return out;
    const auto* items = list->as<Cbor::Array>();
    if (!items) throw Error(ErrorCode::kFormat, "the ingredients of an action are no list");
    for (const Cbor& each : *items) {
      const Assertion* assertion =
          find_assertion(assertions_, store_, manifest_, hashed_uri(each, "an action's ingredient").url);
      const auto found =
          assertion ? std::ranges::find(ingredients_, assertion->url, &Ingredient::url) : ingredients_.end();
      out.push_back(found == ingredients_.end() ? nullptr : &*found);
    }
    return out;
  }

  const std::vector<Assertion>& assertions_;
  const std::vector<Ingredient>& ingredients_;
  const ManifestStore& store_;
  const Manifest& manifest_;
  Findings& findings_;
  std::string url_;
  std::vector<Action> out_;
};

}  // namespace

std::vector<Action> check_actions(const std::vector<Assertion>& assertions,
                                  const std::vector<Ingredient>& ingredients, const ManifestStore& store,
                                  const Manifest& manifest, Findings& findings) {
  return Rules(assertions, ingredients, store, manifest, findings).all();
}

}  // namespace understudy::provenance::c2pa
