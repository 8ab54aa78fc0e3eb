// The one error type inside the program, and Result<T> that carries it.
//
// Code is a closed list. Each surface (OAuth, MCE bodies, problem details, exit codes) has one
// table that maps it; nothing else decides what a user sees. An Error never holds a secret value.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace rekey::base {

enum class Code {
  kInvalidArgument,  // the caller's input is malformed or not allowed; mend it and ask again
  kNotFound,         // the thing named does not exist
  kAlreadyExists,    // the thing to be created exists
  kConflict,         // the state changed meanwhile, or another writer holds it; read again
  kTooEarly,         // allowed later; the detail names the instant
  kLimitReached,     // a policy's or a resource's bound; the detail says what frees a place
  kRefused,          // a rule of the lifecycle or of a rotation forbids it
  kUnauthenticated,  // who asks is not known
  kForbidden,        // who asks is known and may not
  kExpired,          // it was valid and its end has passed
  kUnsupported,      // this version or this peer cannot do it
  kUnavailable,      // a peer, disk or lock is away for now; retry
  kTimeout,          // no answer in time; the outcome is unknown; look before acting again
  kCorrupt,          // stored data fails its check
  kNeedsPerson,      // somebody has to act first; the detail says who and what
  kIo,               // the operating system refused; the detail has its words
  kInternal,         // a mistake in the program
};

// Stable lower-case name, for logs and JSON: "invalid_argument", …
[[nodiscard]] std::string_view name_of(Code code) noexcept;

// True where the same call may succeed later without anybody changing anything.
[[nodiscard]] bool is_retryable(Code code) noexcept;

// A code and a sentence for a tired person: what happened, to what, what to do next.
struct Error {
  Code code = Code::kInternal;
  std::string detail;
};

template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> fail(Code code, std::string detail) {
  return tl::unexpected<Error>(Error{code, std::move(detail)});
}

// Puts a fact in front of an error's detail: "reading /x: permission denied".
[[nodiscard]] Error with_context(std::string_view fact, Error error);

}  // namespace rekey::base

#define REKEY_CONCAT_INNER(a, b) a##b
#define REKEY_CONCAT(a, b) REKEY_CONCAT_INNER(a, b)

// REKEY_TRY(auto x, expression): x is the value, or the function returns the error.
#define REKEY_TRY(declaration, ...) \
  REKEY_TRY_IMPL(REKEY_CONCAT(rekey_result_, __LINE__), declaration, __VA_ARGS__)
#define REKEY_TRY_IMPL(result, declaration, ...)                                       \
  auto result = (__VA_ARGS__);                                                         \
  if (!result) return tl::unexpected<::rekey::base::Error>(std::move(result).error()); \
  declaration = *std::move(result)

// The same for a Status.
#define REKEY_CHECK(...) REKEY_CHECK_IMPL(REKEY_CONCAT(rekey_status_, __LINE__), __VA_ARGS__)
#define REKEY_CHECK_IMPL(status, ...)       \
  if (auto status = (__VA_ARGS__); !status) \
  return tl::unexpected<::rekey::base::Error>(std::move(status).error())
