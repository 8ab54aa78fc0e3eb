#include "cli/intake_door.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "cli/card_text.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "net/tls_listener.h"
#include "rotation/inventory/intake_key.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr base::Duration kUsualLife = std::chrono::minutes{15};
constexpr base::Duration kLongestLife = std::chrono::hours{24};
constexpr std::int64_t kMostPemBytes = 64 * 1024;
constexpr std::size_t kMostHostCharacters = 253;

tl::unexpected<base::Error> no_host(std::string_view text) {
  return fail(Code::kInvalidArgument,
              fmt::format("--intake takes HOST or HOST:PORT, the name or address under which the "
                          "other person's browser comes ([::1]:8443 for IPv6), not \"{}\"",
                          text));
}

// In the form that browsers send back in Origin; nullopt where it is no address of that family.
std::optional<std::string> short_form(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> written{};
  if (::inet_pton(family, text.c_str(), bytes.data()) != 1) return std::nullopt;
  return std::string(::inet_ntop(family, bytes.data(), written.data(), written.size()));
}

bool is_host_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  // A last label of digits alone would be read as an address (URL standard, "ends in a number").
  const auto last_label = text.substr(text.rfind('.') + 1);
  return !text.empty() && text.size() <= kMostHostCharacters &&
         std::all_of(text.begin(), text.end(), fits) &&
         last_label.find_first_not_of("0123456789") != std::string_view::npos;
}

Result<std::uint16_t> parse_port(std::string_view digits, std::string_view whole) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (problem != std::errc{} || end != digits.data() + digits.size()) return no_host(whole);
  return port;
}

// Host, port and the address to listen on.
Result<IntakeOptions> parse_host(const std::string& text) {
  IntakeOptions options;
  const bool is_in_brackets = text.starts_with('[');
  const auto end = is_in_brackets ? text.find(']') : text.find(':');
  std::string host = text.substr(0, end);
  auto rest = end == std::string::npos ? std::string() : text.substr(end);
  if (is_in_brackets) {
    if (rest.empty()) return no_host(text);
    host.erase(0, 1);
    rest.erase(0, 1);
  }
  if (!rest.empty()) {
    if (rest.front() != ':') return no_host(text);
    REKEY_TRY(options.port, parse_port(std::string_view(rest).substr(1), text));
  }
  std::transform(host.begin(), host.end(), host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (const auto address = short_form(is_in_brackets ? AF_INET6 : AF_INET, host)) {
    options.host = options.listen_address = *address;
    return options;
  }
  if (is_in_brackets || !is_host_name(host)) return no_host(text);
  options.listen_address = host == "localhost" ? "127.0.0.1" : "0.0.0.0";
  options.host = std::move(host);
  return options;
}

Result<base::Secret> read_pem(const Context& context, const Arguments& arguments,
                              std::string_view option) {
  auto text = context.files.read(arguments.get_or(option, ""), kMostPemBytes);
  if (!text) return tl::unexpected(base::with_context(option, as_file_away(text.error())));
  return text;
}

// An error's detail as the page shows it.
std::string as_sentence(std::string detail) {
  if (detail.empty()) return detail;
  if (detail.front() >= 'a' && detail.front() <= 'z') {
    detail.front() = static_cast<char>(detail.front() - 'a' + 'A');
  }
  if (detail.back() != '.') detail += '.';
  return detail;
}

}  // namespace

Result<std::optional<IntakeOptions>> intake_options(const Context& context,
                                                    const Arguments& arguments) {
  const auto host = arguments.get("--intake");
  if (!host) {
    for (const std::string_view option :
         {"--intake-listen", "--intake-certificate", "--intake-key", "--intake-lasts"}) {
      if (!arguments.has(option)) continue;
      return fail(Code::kInvalidArgument, fmt::format("{} goes with --intake HOST", option));
    }
    return std::nullopt;
  }
  REKEY_TRY(auto options, parse_host(*host));
  options.listen_address = arguments.get_or("--intake-listen", options.listen_address);
  options.lasts = kUsualLife;
  if (const auto lasts = arguments.get("--intake-lasts")) {
    const auto given = base::parse_duration(*lasts);
    if (!given || *given < std::chrono::seconds{1} || *given > kLongestLife) {
      return fail(Code::kInvalidArgument,
                  fmt::format("--intake-lasts takes a time from 1s to 24h, not \"{}\"", *lasts));
    }
    options.lasts = *given;
  }
  if (arguments.has("--intake-certificate") != arguments.has("--intake-key")) {
    return fail(Code::kInvalidArgument, "--intake-certificate and --intake-key go together");
  }
  if (arguments.has("--intake-key")) {
    REKEY_TRY(const auto certificate, read_pem(context, arguments, "--intake-certificate"));
    options.certificate_pem = std::string(certificate.reveal());
    REKEY_TRY(options.key_pem, read_pem(context, arguments, "--intake-key"));
    if (const auto pair = net::check_pair(options.certificate_pem, options.key_pem); !pair) {
      return tl::unexpected(
          base::with_context("--intake-certificate and --intake-key", pair.error()));
    }
  }
  return std::optional(std::move(options));
}

IntakeDoor::IntakeDoor(const Context& context, IntakeOptions options, KeyOf key_of,
                       std::FILE* stream)
    : context_(context),
      options_(std::move(options)),
      key_of_(std::move(key_of)),
      stream_(stream) {}

Result<intake::IntakePage> IntakeDoor::open(const rotation::ValueRequest& request,
                                            crypto::IntakeAddress address,
                                            intake::AcceptSealed accept) {
  page_.reset();  // the port may be the same
  return intake::IntakePage::start({.listen_address = options_.listen_address,
                                    .port = options_.port,
                                    .host = options_.host,
                                    .certificate_pem = options_.certificate_pem,
                                    .key_pem = options_.key_pem.clone(),
                                    .lasts = options_.lasts,
                                    .address = std::move(address),
                                    .rules = {request.lengths, request.characters},
                                    .card = to_page_card(request.card),
                                    .accept = std::move(accept)},
                                   context_.clock);
}

void IntakeDoor::tell(const intake::IntakeInvitation& invitation,
                      const std::string& key_fingerprint) {
  const auto text = fmt::format(
      "Whoever generates the secret opens this link; it takes one value, until {}:\n\n  {}\n\n"
      "To compare before anything is pasted, told by another way than the link:\n\n"
      "  key          {}\n"
      "  certificate  {}{}\n",
      invitation.until, invitation.link.reveal(), key_fingerprint,
      invitation.certificate_fingerprint,
      invitation.is_self_signed
          ? "\n\nNobody vouches for this certificate, so their browser warns: "
            "they look at it there, and go on\nonly where its SHA-256 "
            "fingerprint is this one."
          : "");
  std::fprintf(stream_, "\n%s\n", printable(text).c_str());
  std::fflush(stream_);
}

Result<base::Secret> IntakeDoor::take_value(const rotation::ValueRequest& request) {
  REKEY_TRY(auto loaded, key_of_(request.client_id));
  const auto key = std::make_shared<const crypto::IntakeKey>(std::move(loaded));
  const auto address = key->address(rotation::intake_context(request.client_id, request.run_id));
  // The page outlives the request, but takes nothing any more once this call has returned.
  auto accept = [this, key, context = address.context,
                 check = request.check](std::string_view sealed) -> base::Status {
    const auto value = crypto::open_sealed(*key, context, sealed);
    const base::Status verdict = value ? check(*value) : tl::unexpected(value.error());
    if (verdict) return {};
    std::fprintf(context_.err, "rekey: not taken: %s\n", printable(verdict.error().detail).c_str());
    return fail(verdict.error().code, as_sentence(verdict.error().detail));
  };
  auto page = open(request, address, std::move(accept));
  if (!page) {
    return fail(Code::kNeedsPerson,
                fmt::format("the intake page cannot be opened: {} (--intake-listen ADDRESS names "
                            "where to listen); nothing was changed",
                            page.error().detail));
  }
  page_.emplace(*std::move(page));
  tell(page_->invitation(), crypto::fingerprint_of(address));
  const auto sealed = page_->wait(base::Duration::max());
  if (sealed) return crypto::open_sealed(*key, address.context, *sealed);
  return fail(
      Code::kNeedsPerson,
      fmt::format("{}: {}. Nothing was changed; start the run again, and it gives a new link",
                  request.card.title, sealed.error().detail));
}

}  // namespace rekey::cli
