#include "cli/secret_input.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;

constexpr std::size_t kLimitBytes = 4096;

std::size_t waiting_bytes(int descriptor) {
  int count = 0;
  return ::ioctl(descriptor, FIONREAD, &count) == 0 ? static_cast<std::size_t>(count) : 0;
}

base::Result<base::Secret> read_standard_input() {
  std::array<char, kLimitBytes + 1> buffer{};
  const auto size = std::fread(buffer.data(), 1, buffer.size(), stdin);
  base::Secret content(std::string_view(buffer.data(), size));
  base::wipe(buffer.data(), buffer.size());
  if (size > kLimitBytes)
    return fail(Code::kInvalidArgument, "standard input is longer than 4 KiB");
  return content;
}

// Without what a paste brings along: marks, blanks, line ends around it.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kPasteBegins = "\033[200~";
  constexpr std::string_view kPasteEnds = "\033[201~";
  constexpr std::string_view kBlank = " \t\r\n";
  for (;;) {
    const std::size_t before = text.size();
    if (text.starts_with(kPasteBegins)) text.remove_prefix(kPasteBegins.size());
    if (text.ends_with(kPasteEnds)) text.remove_suffix(kPasteEnds.size());
    while (!text.empty() && kBlank.find(text.front()) != std::string_view::npos) {
      text.remove_prefix(1);
    }
    while (!text.empty() && kBlank.find(text.back()) != std::string_view::npos) {
      text.remove_suffix(1);
    }
    if (text.size() == before) return text;
  }
}

base::Result<base::Secret> as_value(std::string_view text, std::string_view name) {
  const std::string_view value = trimmed(text);
  if (value.empty()) return fail(Code::kInvalidArgument, fmt::format("{} holds no value", name));
  for (const char c : value) {
    if (c == '\n' || c == '\r') {
      return fail(Code::kInvalidArgument, fmt::format("{} has more than one line", name));
    }
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      return fail(Code::kInvalidArgument, fmt::format("{} holds a control character", name));
    }
  }
  return base::Secret(value);
}

// What can be read now or, where it is a pipe or a file, until its end.
base::Result<base::Secret> read_all(int descriptor, bool is_line) {
  std::array<char, kLimitBytes + 1> buffer{};
  std::size_t size = 0;
  while (size < buffer.size()) {
    const auto got = ::read(descriptor, buffer.data() + size, buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Code::kInvalidArgument, "the descriptor cannot be read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (is_line && buffer[size - 1] == '\n' && waiting_bytes(descriptor) == 0) break;
  }
  base::Secret content(std::string_view(buffer.data(), size));
  base::wipe(buffer.data(), buffer.size());
  if (size == buffer.size()) return fail(Code::kInvalidArgument, "that is longer than 4 KiB");
  return content;
}

}  // namespace

base::Result<base::Secret> read_hidden_line(const Context& context, const std::string& prompt) {
  base::Result<base::Secret> content;
  {
    const HiddenInput hidden;
    std::fprintf(context.out, "%s", printable(prompt).c_str());
    std::fflush(context.out);
    content = read_all(STDIN_FILENO, true);
  }
  std::fputs("\n", context.out);
  std::fflush(context.out);
  if (!content) return content;
  if (content->is_empty()) {
    return fail(Code::kNeedsPerson, "the terminal was closed before a value was given");
  }
  return as_value(content->reveal(), "what was given");
}

base::Result<base::Secret> read_secret_descriptor(int descriptor) {
  auto content = read_all(descriptor, false);
  ::close(descriptor);
  if (!content) return content;
  return as_value(content->reveal(), fmt::format("descriptor {}", descriptor));
}

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
