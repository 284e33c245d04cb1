#pragma once

#include <filesystem>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/provenance/delivery_report.h"

namespace understudy::stages {

/// What a delivered file is judged by.
struct DeliveryRules {
  std::filesystem::path trust;                 ///< PEM with the roots that are trusted; empty: none
  std::vector<std::filesystem::path> records;  ///< consent records to compare with
  std::filesystem::path revocations;           ///< a list of what was taken back; empty: none
  std::filesystem::path registry;  ///< of signed credentials; empty: "registry" in c2pa::data_home()
};

/// Reads what a delivered file or folder of pictures says of itself and checks it, and looks for the
/// watermark in its pictures. The authority of this computer (see c2pa::data_home()) is known too, as
/// self-issued. Throws Error kInput when the file, the roots, a record or the list of revocations is
/// unreadable, kFormat when they are none.
provenance::DeliveryReport inspect_delivery(const std::filesystem::path& path, const DeliveryRules& rules,
                                            Report& report);

}  // namespace understudy::stages
