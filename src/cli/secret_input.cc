#include "cli/secret_input.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <system_error>

#include "base/printable.h"
#include "cli/exit_code.h"
#include "cli/no_echo.h"
#include "crypto/known_tags.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;

constexpr std::size_t kLimitBytes = 4096;
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kPasteBegins = "\x1b[200~";
constexpr std::string_view kPasteEnds = "\x1b[201~";

base::Result<base::Secret> read_standard_input() {
  std::array<char, kLimitBytes + 1> buffer{};
  const auto size = std::fread(buffer.data(), 1, buffer.size(), stdin);
  base::Secret content(std::string_view(buffer.data(), size));
  base::wipe(buffer.data(), buffer.size());
  if (size > kLimitBytes)
    return fail(Code::kInvalidArgument, "standard input is longer than 4 KiB");
  return content;
}

// Bytes on their way in, wiped when done with. Holds one more than is allowed, to see that it is
// too much.
struct Incoming {
  std::array<char, kLimitBytes + 1> bytes{};
  std::size_t size = 0;
  Incoming() = default;
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;
  ~Incoming() { base::wipe(bytes.data(), bytes.size()); }
  [[nodiscard]] std::string_view text() const { return {bytes.data(), size}; }
  [[nodiscard]] bool is_full() const { return size == bytes.size(); }
};

// One read; 0 at the end, -1 with errno where it fails.
ssize_t read_more(int descriptor, Incoming& incoming) {
  ssize_t count = 0;
  do {
    const auto room = std::span(incoming.bytes).subspan(incoming.size);
    count = ::read(descriptor, room.data(), room.size());
  } while (count < 0 && errno == EINTR);
  if (count > 0) incoming.size += static_cast<std::size_t>(count);
  return count;
}

bool has_more(int descriptor) {
  pollfd entry{descriptor, POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLIN) != 0;
}

// Given in the place of a file's name, by mistake.
bool may_be_secret(std::string_view name) {
  return name.find('/') == std::string_view::npos &&
         crypto::find_window(name) != std::string_view::npos;
}

base::Status cannot_read(std::string_view name) {
  return fail(Code::kInvalidArgument,
              fmt::format("cannot read {}: {}", name, std::generic_category().message(errno)));
}

base::Status read_to_end(int descriptor, std::string_view name, Incoming& incoming) {
  while (!incoming.is_full()) {
    const auto count = read_more(descriptor, incoming);
    if (count == 0) return {};
    if (count < 0) return cannot_read(name);
  }
  return {};
}

// To the first line's end, and what was pasted with it: a second line must be seen, and must not
// reach the shell.
base::Status read_pasted(int descriptor, std::string_view name, Incoming& incoming) {
  do {
    const auto count = read_more(descriptor, incoming);
    if (count == 0) return {};
    if (count < 0) return cannot_read(name);
  } while (!incoming.is_full() &&
           (incoming.text().find('\n') == std::string_view::npos || has_more(descriptor)));
  return {};
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

base::Result<base::Secret> clean_secret_value(std::string_view pasted, std::string_view name) {
  if (pasted.size() > kLimitBytes) {
    return fail(Code::kInvalidArgument, fmt::format("{} holds more than 4 KiB", name));
  }
  auto value = trimmed(pasted);
  if (value.starts_with(kPasteBegins)) value.remove_prefix(kPasteBegins.size());
  if (value.ends_with(kPasteEnds)) value.remove_suffix(kPasteEnds.size());
  value = trimmed(value);
  if (value.empty()) return fail(Code::kInvalidArgument, fmt::format("{} holds no value", name));
  if (value.find('\n') != std::string_view::npos) {
    return fail(Code::kInvalidArgument,
                fmt::format("{} has more than one line; copy the value alone", name));
  }
  if (const auto hidden = base::find_hidden_character(value)) {
    return fail(Code::kInvalidArgument,
                fmt::format("{} holds {}; copy the value again, without what is around it", name,
                            base::describe_hidden_character(*hidden)));
  }
  return base::Secret(value);
}

base::Result<base::Secret> read_secret_value(const Context& context,
                                             const SecretValueSource& source) {
  const int descriptor = source.descriptor.value_or(STDIN_FILENO);
  const auto name = descriptor == STDIN_FILENO ? std::string("standard input")
                                               : fmt::format("file descriptor {}", descriptor);
  Incoming incoming;
  if (::isatty(descriptor) != 1) {
    REKEY_CHECK(read_to_end(descriptor, name, incoming));
    return clean_secret_value(incoming.text(), name);
  }
  // Before the question: what is typed at once after it must not be echoed.
  const NoEcho no_echo(descriptor);
  if (!no_echo.is_on()) {
    return fail(Code::kUnavailable,
                "the terminal does not stop showing what is typed; give the value by --value-fd or "
                "on standard input");
  }
  fmt::print(context.err, "{} (it is not shown): ", source.question);
  std::fflush(context.err);
  const auto status = read_pasted(descriptor, name, incoming);
  fmt::print(context.err, "\n");
  REKEY_CHECK(status);
  if (source.may_be_later && trimmed(incoming.text()).empty()) {
    return fail(Code::kNeedsPerson, "left for later");
  }
  return clean_secret_value(incoming.text(), "what was typed");
}

base::Result<std::optional<int>> value_descriptor(const Arguments& arguments) {
  if (!arguments.has("--value-fd")) return std::nullopt;
  constexpr int kMost = 1023;
  REKEY_TRY(const auto number, arguments.number_or("--value-fd", 0, 0, kMost));
  if (number == STDOUT_FILENO || number == STDERR_FILENO) {
    return fail(Code::kInvalidArgument,
                "--value-fd: 1 and 2 are the outputs; open another, as in --value-fd 3 3< FILE");
  }
  return static_cast<int>(number);
}

base::Result<base::Secret> read_secret_input(const Context& context, const std::string& source) {
  const auto content =
      source == "-" ? read_standard_input() : context.files.read(source, kLimitBytes);
  if (!content && content.error().code == Code::kNotFound && may_be_secret(source)) {
    return fail(Code::kInvalidArgument,
                "the name of a file is wanted that holds the secret, and there is no file of the "
                "name that was given; it is not repeated here, since it looks like a secret "
                "itself: if it is one, your shell's history has it now");
  }
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
