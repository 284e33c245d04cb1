#include <gmock/gmock.h>

#include "c2pa/made_manifest.h"
#include "understudy/provenance/marking.h"

using testing::Contains;
using testing::ElementsAreArray;
using testing::HasSubstr;

namespace understudy::provenance::c2pa {
namespace {

using Codes = std::vector<std::string>;

/// A broken rule, our codes, and the official state with one of its codes, or a part of its error.
struct Row {
  const char* what;
  ManifestPlan plan;
  Codes ours;
  const char* official;
  const char* official_code;
};

Cbor action(const char* name, Cbor::Map more = {}) {
  more.emplace_back("action", name);
  return more;
}

std::pair<std::string, Cbor> actions(Cbor::Array list) {
  return {"c2pa.actions.v2", Cbor::Map{{"actions", std::move(list)}}};
}

Cbor created() {
  return action("c2pa.created", {{"digitalSourceType", kDigitalSourceType}});
}

Cbor ingredient(const char* relationship) {
  return Cbor::Map{{"relationship", relationship}, {"dc:title", "plate"}, {"dc:format", "video/mp4"}};
}

constexpr const char* kIngredient = "c2pa.ingredient.v3";

Cbor naming(const char* name, const char* label, const Cbor& value) {
  return action(name, {{"parameters", Cbor::Map{{"ingredients", Cbor::Array{reference(label, value)}}}}});
}

Cbor opened() {
  return naming("c2pa.opened", kIngredient, ingredient("parentOf"));
}

ManifestPlan plan(std::vector<std::pair<std::string, Cbor>> assertions) {
  ManifestPlan out;
  out.assertions = std::move(assertions);
  return out;
}

/// A good plan with one thing changed.
template <class Change>
ManifestPlan changed(Change change) {
  ManifestPlan out = plan({actions({created()})});
  change(out);
  return out;
}

std::vector<Row> action_rows() {
  const Codes malformed = {"assertion.action.malformed"}, mismatch = {"assertion.action.ingredientMismatch"};
  return {
      {"created", plan({actions({created()})}), {}, "Trusted", nullptr},
      {"opened", plan({{kIngredient, ingredient("parentOf")}, actions({opened()})}), {}, "Trusted", nullptr},
      {"no actions", plan({}), malformed, "Invalid", "assertion.action.malformed"},
      {"an empty list", plan({actions({})}), malformed, "No Action array", nullptr},
      {"edited first", plan({actions({action("c2pa.edited")})}), malformed, "Invalid",
       "assertion.action.malformed"},
      {"no source type", plan({actions({action("c2pa.created")})}), malformed, "Invalid",
       "assertion.action.malformed"},
      {"created twice", plan({actions({created(), created()})}), malformed, "Invalid",
       "assertion.action.malformed"},
      {"opened without a parent", plan({actions({action("c2pa.opened")})}), mismatch, "Invalid",
       "assertion.action.ingredientMismatch"},
      {"opened an input",
       plan({{kIngredient, ingredient("inputTo")},
             actions({naming("c2pa.opened", kIngredient, ingredient("inputTo"))})}),
       mismatch, "Invalid", "assertion.action.ingredientMismatch"},
      {"placed nothing", plan({actions({created(), action("c2pa.placed")})}), mismatch, "Invalid",
       "assertion.action.ingredientMismatch"},
      {"watermarked without a soft binding",
       plan({actions({created(), action("c2pa.watermarked")})}),
       {"assertion.action.softBindingMissing"},
       "Invalid",
       "assertion.action.softBindingMissing"},
  };
}

std::vector<Row> ingredient_rows() {
  Cbor gone = ingredient("parentOf");
  gone.set("activeManifest",
           Cbor::Map{{"url", "self#jumbf=/c2pa/urn:c2pa:gone"}, {"hash", Cbor::bytes(std::string(32, 'x'))}});
  const Cbor without_results = gone;
  gone.set("validationResults", Cbor::Map{{"activeManifest", Cbor::Map{{"success", Cbor::Array{}},
                                                                       {"informational", Cbor::Array{}},
                                                                       {"failure", Cbor::Array{}}}}});
  return {
      {"two parents",
       plan({{kIngredient, ingredient("parentOf")},
             {kIngredient, ingredient("parentOf")},
             actions({opened()})}),
       {"manifest.multipleParents"},
       "Trusted",
       nullptr},
      {"an unknown relationship",
       plan({{kIngredient, ingredient("cousinOf")}, actions({created()})}),
       {"assertion.ingredient.malformed"},
       "AssertionDecoding",
       nullptr},
      {"a manifest that is not there",
       plan({{kIngredient, gone}, actions({naming("c2pa.opened", kIngredient, gone)})}),
       {"ingredient.manifest.missing"},
       "Invalid",
       nullptr},
      {"a manifest without results",
       plan({{kIngredient, without_results}, actions({naming("c2pa.opened", kIngredient, without_results)})}),
       {"assertion.action.ingredientMismatch", "assertion.ingredient.malformed"},
       "Invalid",
       nullptr},
  };
}

std::vector<Row> shape_rows() {
  const auto list = [](Cbor::Map& claim) -> Cbor::Array {
    for (auto& [key, value] : claim)
      if (key == Cbor("created_assertions")) return *value.as<Cbor::Array>();
    return {};
  };
  const auto relist = [](Cbor::Map& claim, Cbor::Array items) {
    for (auto& [key, value] : claim)
      if (key == Cbor("created_assertions")) value = Cbor(std::move(items));
  };
  const auto set = [](const char* field, const char* words) {
    return [=](Cbor::Map& claim) {
      for (auto& [key, value] : claim)
        if (key == Cbor(field)) value = Cbor(words);
    };
  };
  const Cbor note = Cbor::Map{{"text", "x"}};
  return {
      {"two bindings",
       changed([](ManifestPlan& it) { it.bindings = 2; }),
       {"assertion.multipleHardBindings"},
       "Invalid",
       "assertion.multipleHardBindings"},
      {"no binding",
       changed([](ManifestPlan& it) { it.bindings = 0; }),
       {"claim.hardBindings.missing"},
       "ClaimMissingHardBinding",
       nullptr},
      {"an assertion that is not listed",
       changed([&](ManifestPlan& it) {
         it.unlisted = {{"org.x", note}};
       }),
       {"assertion.undeclared"},
       "AssertionMissing",
       nullptr},
      {"a listed one that is not there",
       changed([&](ManifestPlan& it) {
         it.claim = [=](Cbor::Map& claim) {
           Cbor::Array items = list(claim);
           items.push_back(reference("org.gone", note));
           relist(claim, items);
         };
       }),
       {"assertion.missing"},
       "Invalid",
       nullptr},
      {"one of another manifest",
       changed([&](ManifestPlan& it) {
         it.claim = [=](Cbor::Map& claim) {
           Cbor::Array items = list(claim);
           items.push_back(Cbor::Map{{"url", text("self#jumbf=/c2pa/", kMadeUrn, "/c2pa.signature")},
                                     {"hash", Cbor::bytes(std::string(32, 'x'))}});
           relist(claim, items);
         };
       }),
       {"assertion.outsideManifest"},
       "Invalid",
       nullptr},
      {"an unknown hash",
       changed([&](ManifestPlan& it) { it.claim = set("alg", "md5"); }),
       {"algorithm.unsupported"},
       "Invalid",
       nullptr},
      {"an unknown field",
       changed([](ManifestPlan& it) {
         it.claim = [](Cbor::Map& claim) { claim.emplace_back("dc:format", "image/png"); };
       }),
       {},
       "Trusted",
       nullptr},
      {"another signature's place",
       changed([&](ManifestPlan& it) {
         it.claim = set("signature", "self#jumbf=/c2pa/urn:c2pa:x/c2pa.signature");
       }),
       {"claimSignature.missing"},
       "Invalid",
       nullptr},
      {"data in the padding of the signature",
       changed([](ManifestPlan& it) {
         it.cose = [](Cbor::Array& parts) { parts[1] = Cbor::Map{{"pad", Cbor::bytes("hidden words")}}; };
       }),
       {"general.error"},
       "Trusted",
       nullptr},
      {"data beside the padding",
       changed([](ManifestPlan& it) {
         it.cose = [](Cbor::Array& parts) { parts[1] = Cbor::Map{{"note", "hidden words"}}; };
       }),
       {"general.error"},
       "Trusted",
       nullptr},
      {"zeros in the padding",
       changed([](ManifestPlan& it) {
         it.cose = [](Cbor::Array& parts) {
           parts[1] = Cbor::Map{{"pad", Cbor::bytes(std::string(100, '\0'))}};
         };
       }),
       {},
       "Trusted",
       nullptr},
      {"a box that has no place",
       changed([](ManifestPlan& it) {
         it.manifest = [](std::string& boxes) { boxes += cbor_superbox("hidden", encode_cbor("words")); };
       }),
       {"general.error"},
       "Invalid",
       "claim.multiple"},
  };
}

class Rules : public SignedMedia {
 protected:
  static void walk(const std::vector<Row>& rows) {
    const std::string png = made("rules.png", "-frames:v 1");
    const Signer signer = authority().signer("es256");
    std::vector<std::pair<std::string, std::string>> files;
    for (const Row& row : rows)
      files.emplace_back(text("rule", files.size(), ".png"), made_png(png, row.plan, signer));
    const auto official = ask_of(files);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      SCOPED_TRACE(rows[i].what);
      const OurAnswer ours = our_answer(files[i].second, authority().root);
      EXPECT_EQ(ours.state, rows[i].ours.empty() ? "trusted" : "invalid");
      EXPECT_THAT(ours.codes, ElementsAreArray(rows[i].ours));
      if (official[i].error.empty())
        EXPECT_EQ(official[i].state, rows[i].official) << official[i].all.dump(1);
      else
        EXPECT_THAT(official[i].error, HasSubstr(rows[i].official));
      if (rows[i].official_code) {
        EXPECT_THAT(official[i].codes, Contains(rows[i].official_code));
      }
    }
  }
};

TEST_F(Rules, OfActions) {
  walk(action_rows());
}

TEST_F(Rules, OfIngredients) {
  walk(ingredient_rows());
}

TEST_F(Rules, OfClaimsAndBoxes) {
  walk(shape_rows());
}

}  // namespace
}  // namespace understudy::provenance::c2pa
