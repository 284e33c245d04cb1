#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "understudy/provenance/consent.h"

namespace understudy::provenance {

/// A simple field of a record: readers, writers and checks all walk consent_fields().
struct ConsentField {
  const char* name;
  int since;            ///< version of the format
  const char* example;  ///< a value in TOML that shows what is meant
  std::variant<std::string ConsentTerms::*, std::vector<std::string> ConsentTerms::*, bool ConsentTerms::*,
               std::optional<Date> ConsentTerms::*>
      member;
};

/// In the order of the format page. To add one: a member of ConsentTerms, a row here and one in
/// docs/formats/consent.md.
std::span<const ConsentField> consent_fields();

/// One visitor out of several lambdas.
template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;  // clang 14 makes none for aggregates

}  // namespace understudy::provenance
