#include "understudy/core/nearest_name.h"

#include <algorithm>
#include <vector>

namespace understudy {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

const std::string& nearest_name(std::string_view word, std::span<const std::string> names) {
  return *std::ranges::min_element(names, {},
                                   [&](const std::string& name) { return edit_distance(word, name); });
}

}  // namespace understudy
