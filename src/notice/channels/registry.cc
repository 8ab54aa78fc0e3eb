#include "notice/channels/registry.h"

#include <fmt/format.h>

#include <array>

#include "notice/channels/command.h"
#include "notice/channels/email.h"
#include "notice/channels/webhook.h"

namespace rekey::notice {
namespace {

constexpr std::int64_t kMaxSecretFileBytes = 4096;

using Add = void (*)(Channels&, const Settings&, platform::Files&);

constexpr std::array<Add, 3> kKinds{add_email, add_webhooks, add_commands};

}  // namespace

Channels make_channels(const Settings& settings, platform::Files& files) {
  Channels channels;
  for (const Add add : kKinds) add(channels, settings, files);
  return channels;
}

base::Result<base::Secret> read_first_line(platform::Files& files, const std::string& path) {
  REKEY_TRY(const base::Secret content, files.read(path, kMaxSecretFileBytes));
  std::string_view line = content.reveal();
  line = line.substr(0, line.find('\n'));
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  if (!line.empty()) return base::Secret(line);
  return base::fail(base::Code::kInvalidArgument,
                    fmt::format("the first line of {} is empty", path));
}

}  // namespace rekey::notice
