#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace understudy::provenance {

/// A day of the Gregorian calendar, without a time zone.
using Date = std::chrono::year_month_day;

/// "2026-11-23" (ISO 8601, exactly ten characters) as a day; nothing when it is written otherwise or no such
/// day exists.
std::optional<Date> parse_date(std::string_view iso);
/// The day as "2026-11-23".
std::string date_text(Date date);
/// The day it is now in UTC: the only clock of this room, for programs to hand to the checks.
Date today_utc();

}  // namespace understudy::provenance
