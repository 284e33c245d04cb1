#pragma once

#include <vector>

namespace understudy::face {

/// A direction that says whose face it is; of unit length, or empty: not known. Compared with those of the
/// same embedder only.
using Identity = std::vector<float>;

/// The cosine, -1 to 1. Throws Error kBug when the two have not as many numbers.
double likeness(const Identity& a, const Identity& b);

/// Adds it to a sum, which may be empty as it may be itself.
void add(const Identity& identity, Identity& sum);

/// `sum`, as long as 1; where it is nothing, as it is.
Identity unit_length(Identity sum);

}  // namespace understudy::face
