#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace understudy::stages {

constexpr int kSheetFaces = 40;

/// Writes a PNG for people to look at: up to kSheetFaces aligned faces of the datasets, evenly spaced, each
/// as the context crop with box (white; orange when followed), landmarks (green), outline of the mask
/// (yellow) and frame number, beside its aligned crop with the mask's outline. With `person` that person's
/// faces alone. Throws Error kInput when the datasets have no aligned face, kUsage when one shows nobody of
/// that name, kResource when it cannot be written.
void write_contact_sheet(const std::vector<std::filesystem::path>& datasets,
                         const std::filesystem::path& file, const std::string& person = {});

}  // namespace understudy::stages
