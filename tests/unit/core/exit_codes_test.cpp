#include "understudy/core/exit_codes.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "understudy/core/files.h"

namespace understudy {
namespace {

using testing::HasSubstr;

TEST(ExitCodes, ThePageHasTheSameSentences) {
  std::string page = read_file(std::filesystem::path(PROJECT_ROOT) / "docs/exit-codes.md");
  std::erase(page, '`');
  for (const auto& code : exit_codes())
    EXPECT_THAT(page, HasSubstr("| " + code.name + " | " + code.description + " |"));
}

TEST(ExitCodes, EveryErrorHasOne) {
  for (const ErrorCode code :
       {ErrorCode::kBug, ErrorCode::kUsage, ErrorCode::kInput, ErrorCode::kFormat, ErrorCode::kResource,
        ErrorCode::kPartial, ErrorCode::kRefused, ErrorCode::kStopped})
    EXPECT_EQ(exit_codes().at(std::to_string(static_cast<int>(code))), static_cast<int>(code));
}

}  // namespace
}  // namespace understudy
