#include "authority/request_path.h"

#include <algorithm>

#include "base/text.h"

namespace rekey::authority {

namespace {

constexpr std::string_view kDomain = ".marketingcloudapis.com";
// With its two slashes collapsed.
constexpr std::string_view kScheme = "/https:/";

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), base::to_lower);
  return lower;
}

}  // namespace

RequestPath::RequestPath(std::string_view tenant_name)
    : tenant_prefix_(lower_case(tenant_name) + '.') {}

bool RequestPath::clean(std::string_view path) {
  if (!path.starts_with('/')) return false;
  cleaned_.clear();
  lower_.clear();
  for (const char c : path) {
    if (c == '/' && cleaned_.ends_with('/')) continue;
    cleaned_.push_back(c);
    lower_.push_back(base::to_lower(c));
  }
  text_ = cleaned_;
  lower_view_ = lower_;
  if (!lower_view_.starts_with(kScheme)) return true;

  const std::size_t end = std::min(lower_view_.find('/', kScheme.size()), lower_view_.size());
  if (!is_own_host(lower_view_.substr(kScheme.size(), end - kScheme.size()))) return false;
  text_.remove_prefix(end);
  lower_view_.remove_prefix(end);
  return !text_.empty();
}

bool RequestPath::is_own_host(std::string_view lower_host) const noexcept {
  if (!lower_host.starts_with(tenant_prefix_) || !lower_host.ends_with(kDomain)) return false;
  if (lower_host.size() < tenant_prefix_.size() + kDomain.size()) return false;
  lower_host.remove_prefix(tenant_prefix_.size());
  lower_host.remove_suffix(kDomain.size());
  return lower_host == "auth" || lower_host == "rest" || lower_host == "soap";
}

}  // namespace rekey::authority
