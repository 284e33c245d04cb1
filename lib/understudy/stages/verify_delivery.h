#pragma once

#include <filesystem>
#include <vector>

#include "understudy/provenance/delivery_report.h"

namespace understudy::stages {

/// What a delivered file is judged by.
struct DeliveryRules {
  std::filesystem::path trust;                 ///< PEM with the roots that are trusted; empty: none
  std::vector<std::filesystem::path> records;  ///< consent records to compare with
};

/// Reads what a delivered file or folder of pictures says of itself and checks it. The authority of this
/// computer (see c2pa::data_home()) is known too, as self-issued. Throws Error kInput when the file, the
/// roots or a record is unreadable, kFormat when roots or a record are none.
provenance::DeliveryReport inspect_delivery(const std::filesystem::path& path, const DeliveryRules& rules);

}  // namespace understudy::stages
