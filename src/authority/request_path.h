// Cleans a request's path as contract section 8 items 1 to 3 ask.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rekey::authority {

// One per thread: keeps its buffers, so that cleaning allocates nothing in the steady state.
class RequestPath {
 public:
  // `tenant_name`: whose hosts are ours.
  explicit RequestPath(std::string_view tenant_name);

  // Doubled slashes become one; a leading
  // "/https://{tenant}.{auth|rest|soap}.marketingcloudapis.com" is taken off. False where the path
  // does not start with a slash, or names another host.
  [[nodiscard]] bool clean(std::string_view path);

  // Valid until the next call of clean.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }         // letters as sent
  [[nodiscard]] std::string_view lower() const noexcept { return lower_view_; }  // in lower case

 private:
  [[nodiscard]] bool is_own_host(std::string_view lower_host) const noexcept;

  const std::string tenant_prefix_;  // "mc….", lower case
  std::string cleaned_;
  std::string lower_;
  std::string_view text_;
  std::string_view lower_view_;
};

}  // namespace rekey::authority
