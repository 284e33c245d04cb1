#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace understudy::stages {

/// Keeps a copy of signed content credentials in a registry: ID.c2pa, or ID-PART.c2pa for one of several
/// files of a delivery. Throws Error kResource.
void keep_in_registry(const std::filesystem::path& registry, std::string_view id, std::string_view part,
                      std::string_view store);

/// All copies that belong to a watermark's id, sorted; empty where there is no registry or none in it.
std::vector<std::filesystem::path> registry_copies(const std::filesystem::path& registry,
                                                   std::string_view id);

}  // namespace understudy::stages
