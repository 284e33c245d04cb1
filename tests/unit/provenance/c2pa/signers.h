#pragma once

#include <string>

#include "understudy/provenance/c2pa/signer.h"
#include "unit/provenance/sample.h"

namespace understudy::provenance::c2pa {

/// Noon of 2026-06-01.
inline constexpr Seconds kNoon =
    std::chrono::sys_days(std::chrono::year(2026) / 6 / 1) + std::chrono::hours(12);

/// A root and who signs under it, valid for a year around kNoon.
struct TestAuthority {
  Key root_key = Key::generate("es256");
  Certificate root = make_root(
      {"Test", "Test root", kNoon - std::chrono::days(100), kNoon + std::chrono::days(265)}, root_key);

  Certificate leaf(const Key& key, Seconds until = kNoon + std::chrono::days(265)) const {
    return make_leaf({"Test", "Test signer", kNoon - std::chrono::days(100), until}, key, root, root_key);
  }
};

inline Signer sample_signer(const std::string& algorithm) {
  const Key key = Key::generate(algorithm);
  return {key, {TestAuthority().leaf(key)}};
}

}  // namespace understudy::provenance::c2pa
