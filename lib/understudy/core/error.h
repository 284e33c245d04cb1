#pragma once

#include <exception>
#include <string>
#include <utility>

namespace understudy {

/// Why a program stops. The values are the exit codes of every program; `docs/exit-codes.md` explains them.
enum class ErrorCode {
  kBug = 1,       ///< a broken promise inside Understudy
  kUsage = 2,     ///< wrong option, mode or combination
  kInput = 3,     ///< missing or unreadable
  kFormat = 4,    ///< readable, but of a wrong format or version
  kResource = 5,  ///< device, memory or disk
  kPartial = 6,   ///< finished, some items failed
  kRefused = 7,   ///< consent missing, expired or out of scope
  kStopped = 75,  ///< stopped by a signal or a time budget, state saved: run it again
};

/// The one exception type of the library. `message` says what was found and what was expected,
/// `hint` what to do about it (may be empty).
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, std::string hint = {})
      : code_(code), message_(std::move(message)), hint_(std::move(hint)) {}
  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
  std::string hint_;
};

}  // namespace understudy
