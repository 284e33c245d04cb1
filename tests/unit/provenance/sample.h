#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "understudy/core/files.h"
#include "understudy/core/refused.h"
#include "understudy/provenance/consent.h"

namespace understudy::provenance {

inline constexpr const char* kSampleId = "123e4567-e89b-42d3-a456-426614174000";

inline Date day(const char* iso) {
  return parse_date(iso).value();
}

/// A record with every field set but those for signatures and credit, a minor's, valid all through 2026.
inline Consent sample_consent() {
  Consent consent;
  consent.id = kSampleId;
  consent.subject = "Ada Exämple";
  consent.role = Role::kLikeness;
  consent.basis = "consent";
  consent.minor = true;
  consent.died = "1931-05-02";
  consent.project = "Harbour";
  consent.production = "Example Pictures";
  consent.uses = {"feature film", "trailer"};
  consent.excluded_uses = {"advertising"};
  consent.political = true;
  consent.media = {"cinema", "streaming"};
  consent.territory = {"DE", "AT"};
  consent.limits = {"no other age"};
  consent.valid_from = day("2026-01-01");
  consent.valid_until = day("2026-12-31");
  consent.evidence = Evidence{"signed.pdf", std::string(64, 'a')};
  consent.data_holder = "vault 2";
  consent.delete_by = day("2027-12-31");
  consent.label_required = true;
  consent.representation = "union: Jane Roe";
  consent.revocation_contact = "ada@example.org";
  consent.grantor = Party{"Eva Exämple", "guardian"};
  consent.guardian = Party{"Eva Exämple", "mother"};
  consent.notes = "line one\nline \"two\"\tend";
  return consent;
}

inline ConsentSummary sample_summary() {
  return {sample_consent(), std::string(64, 'b')};
}

/// The code and the message of the Error that `call` throws; fails the test when it throws none.
struct Caught {
  int code = 0;
  std::string message;
  std::string hint;
  std::optional<Refused> refused = {};
};

template <class Call>
Caught caught(Call&& call) {
  try {
    call();
  } catch (const Error& e) {
    const Refused* refused = refused_of(e);
    return {static_cast<int>(e.code()), e.message(), e.hint(),
            refused ? std::optional(*refused) : std::nullopt};
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// A fresh folder that is removed with the test.
class TemporaryFolder : public ::testing::Test {
 protected:
  TemporaryFolder() : folder_(std::filesystem::temp_directory_path() / temporary_name("provenance-test")) {
    std::filesystem::create_directories(folder_);
  }
  ~TemporaryFolder() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const char* name, std::string_view content) const {
    write_file(folder_ / name, content);
    return folder_ / name;
  }

  std::filesystem::path folder_;
};

}  // namespace understudy::provenance
