#include "understudy/stages/model_lineage.h"

#include <algorithm>

#include "understudy/core/run.h"

namespace understudy::stages {
namespace {

/// The entries of `earlier` that are not in `now`, then those of `now`. Two are the same when they agree in
/// `key`, or, where they have no such field, in everything.
Json joined_lists(const Json& earlier, const Json& now, const char* key) {
  const auto same = [key](const Json& a, const Json& b) {
    return a.is_object() && b.is_object() && a.contains(key) && b.contains(key) ? a[key] == b[key] : a == b;
  };
  Json out = Json::array();
  for (const Json& entry : earlier)
    if (std::ranges::none_of(now, [&](const Json& other) { return same(entry, other); }))
      out.push_back(entry);
  for (const Json& entry : now) out.push_back(entry);
  return out;
}

}  // namespace

Json lineage_of(std::span<const dataset::Dataset> likeness, std::span<const dataset::Dataset> performer) {
  Json datasets = Json::array(), consents = Json::array();
  for (const auto& side : {likeness, performer}) {
    for (const dataset::Dataset& dataset : side) {
      datasets.push_back({{"role", dataset.info().role},
                          {"digest", dataset.digest("align")},
                          {"consent", dataset.info().consent.value("id", "")}});
      consents.push_back(dataset.info().consent);
    }
  }
  return {{"program_version", version()}, {"datasets", datasets}, {"consents", consents}};
}

Json joined_lineage(const Json& earlier, Json now) {
  for (const auto& [list, key] : {std::pair{"datasets", "digest"}, std::pair{"consents", "id"}})
    now[list] = joined_lists(earlier.value(list, Json::array()), now[list], key);
  return now;
}

}  // namespace understudy::stages
