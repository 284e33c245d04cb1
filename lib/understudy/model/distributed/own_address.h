#pragma once

#include <string>

namespace understudy::model {

/// The address under which this host reaches `host` (a name or an address; empty: itself by its own name), or
/// nothing when there is no way.
std::string own_address(const std::string& host);

/// Whether an address leads nowhere but to the host itself.
bool is_loopback(const std::string& address);

std::string host_name();

}  // namespace understudy::model
