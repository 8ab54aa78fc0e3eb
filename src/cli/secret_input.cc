#include "cli/secret_input.h"

#include <fmt/format.h>

#include <array>

#include "cli/exit_code.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;

constexpr std::size_t kLimitBytes = 4096;

base::Result<base::Secret> read_standard_input() {
  std::array<char, kLimitBytes + 1> buffer{};
  const auto size = std::fread(buffer.data(), 1, buffer.size(), stdin);
  base::Secret content(std::string_view(buffer.data(), size));
  base::wipe(buffer.data(), buffer.size());
  if (size > kLimitBytes)
    return fail(Code::kInvalidArgument, "standard input is longer than 4 KiB");
  return content;
}

}  // namespace

base::Result<base::Secret> read_secret_input(const Context& context, const std::string& source) {
  const auto content =
      source == "-" ? read_standard_input() : context.files.read(source, kLimitBytes);
  if (!content) return tl::unexpected(as_file_away(content.error()));
  auto line = content->reveal();
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto name = source == "-" ? std::string("standard input") : source;
  if (line.empty()) return fail(Code::kInvalidArgument, fmt::format("{} holds no value", name));
  if (line.find('\n') != std::string_view::npos) {
    return fail(Code::kInvalidArgument, fmt::format("{} has more than one line", name));
  }
  return base::Secret(line);
}

}  // namespace rekey::cli
