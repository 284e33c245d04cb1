#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/provenance/c2pa/certificate.h"

namespace understudy::provenance::c2pa {

/// Somebody's word that a message was there at a time (RFC 3161).
struct TimeStamp {
  Seconds time;
  std::vector<Certificate> chain;  ///< the authority's, leaf first, as far as the token holds it
};

/// Gets a token (DER) for a message. See ask_time_stamp_authority().
using TimeStamper = std::function<std::string(std::string_view message)>;

/// Asks nobody. Throws Error kUsage unless `url` is an address that begins with "http://".
void check_time_stamp_address(const std::string& url);

/// The token of the authority at `url`: only the message's SHA-256 goes there. Throws as
/// check_time_stamp_address(), and Error kResource when the authority cannot be reached within 30 seconds,
/// refuses, or answers with anything but a token for this message.
std::string ask_time_stamp_authority(const std::string& url, std::string_view message);

/// What a token says of the message. Throws Error kFormat, naming `where`: it is none, not signed by a
/// certificate for time-stamping that it holds, or of another message.
TimeStamp read_time_stamp(std::string_view token, std::string_view message, std::string_view where);

}  // namespace understudy::provenance::c2pa
