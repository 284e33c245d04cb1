#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "understudy/core/files.h"
#include "understudy/core/json.h"

namespace understudy::provenance::c2pa {

/// What the official reader says of one file.
struct OfficialAnswer {
  std::string state;                ///< "Trusted", "Valid", "Invalid" or "Error"
  std::string error;                ///< its words where it could not read a manifest
  std::vector<std::string> codes;   ///< failures and informational codes, sorted, each once
  std::vector<std::string> labels;  ///< of the active manifest's assertions
  Json all;
};

/// Tests that need the official reader: skipped, with the reason, where it is not installed.
class OfficialReader : public testing::Test {
 protected:
  void SetUp() override {
    const auto missing = std::filesystem::path(C2PA_READER) / "missing.txt";
    if (std::filesystem::exists(missing))
      GTEST_SKIP() << "The official C2PA reader is missing: " << read_file(missing);
  }

  /// Asks once for all `files`; `roots` is a PEM file, or empty for no trust.
  static std::vector<OfficialAnswer> ask(std::span<const std::filesystem::path> files,
                                         const std::filesystem::path& roots) {
    std::string command = text("cd '", C2PA_READER, "' && node read.mjs");
    if (!roots.empty()) command += text(" --trust '", roots.string(), "'");
    for (const auto& file : files) command += text(" '", std::filesystem::absolute(file).string(), "'");
    std::string out;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> block{};
    while (std::size_t got = std::fread(block.data(), 1, block.size(), pipe)) out.append(block.data(), got);
    ::pclose(pipe);
    std::vector<OfficialAnswer> answers;
    for (const Json& told : parse_json(out, "the official reader's answer")) answers.push_back(answer(told));
    return answers;
  }

 private:
  static OfficialAnswer answer(const Json& told) {
    OfficialAnswer out{told.at("state"), told.value("error", ""), {}, {}, told};
    for (const char* kind : {"failure", "informational"})
      for (const Json& code : told.at(kind)) out.codes.push_back(code);
    std::ranges::sort(out.codes);
    out.codes.erase(std::unique(out.codes.begin(), out.codes.end()), out.codes.end());
    // It says so of every file, since it never asks the network.
    std::erase(out.codes, "signingCredential.ocsp.skipped");
    for (const Json& label : told.value("assertions", Json::array())) out.labels.push_back(label);
    return out;
  }
};

}  // namespace understudy::provenance::c2pa
