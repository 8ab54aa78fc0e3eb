#include "cli/serve_mail.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "cli/secret_input.h"
#include "engagement/sends/maildir_transport.h"
#include "engagement/sends/smtp_transport.h"
#include "net/loopback.h"
#include "net/mail.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
using engagement::sends::MailSettings;
using engagement::sends::Transport;
using net::SmtpSecurity;

struct SecurityName {
  std::string_view name;
  SmtpSecurity security;
};
constexpr std::array<SecurityName, 3> kSecurities{{{"starttls", SmtpSecurity::kStartTls},
                                                   {"tls", SmtpSecurity::kTls},
                                                   {"none", SmtpSecurity::kNone}}};

// In clear to this machine, and not at all to others, where nothing is said.
Result<SmtpSecurity> read_security(const Arguments& arguments, const std::string& host) {
  const auto text = arguments.get("--smtp-security");
  if (!text) {
    return net::is_loopback_host(host) ? SmtpSecurity::kNone : SmtpSecurity::kStartTls;
  }
  for (const SecurityName& known : kSecurities) {
    if (known.name == *text) return known.security;
  }
  return fail(Code::kInvalidArgument, "--smtp-security takes one of: starttls, tls, none");
}

base::Status check_together(const Arguments& arguments) {
  if (arguments.has("--smtp-user") != arguments.has("--smtp-password-file")) {
    return fail(Code::kInvalidArgument, "--smtp-user and --smtp-password-file go together");
  }
  for (const char* option :
       {"--smtp-security", "--smtp-user", "--smtp-password-file", "--smtp-ca-file"}) {
    if (arguments.has(option) && !arguments.has("--smtp-relay")) {
      return fail(Code::kInvalidArgument, fmt::format("{} goes with --smtp-relay", option));
    }
  }
  return {};
}

}  // namespace

Result<net::SmtpServer> parse_relay(const std::string& text) {
  net::SmtpServer relay;
  const std::size_t colon = text.rfind(':');
  const std::size_t begin = colon == std::string::npos ? text.size() : colon + 1;
  const auto [end, problem] =
      std::from_chars(text.data() + begin, text.data() + text.size(), relay.port);
  relay.host = text.substr(0, std::min(colon, text.size()));
  if (relay.host.starts_with('[') && relay.host.ends_with(']')) {
    relay.host = relay.host.substr(1, relay.host.size() - 2);
  } else if (relay.host.find(':') != std::string::npos) {
    relay.host.clear();
  }
  if (!relay.host.empty() && problem == std::errc{} && relay.port != 0 &&
      end == text.data() + text.size()) {
    return relay;
  }
  return fail(Code::kInvalidArgument,
              "--smtp-relay takes HOST:PORT, such as relay.example.org:587 or [::1]:25");
}

Result<MailOptions> read_mail_options(const Context& context, const Arguments& arguments) {
  REKEY_CHECK(check_together(arguments));
  MailOptions options;
  MailSettings& settings = options.settings;
  settings.from_address = arguments.get_or("--mail-from", settings.from_address);
  if (!net::check_mail_address(settings.from_address)) {
    return fail(Code::kInvalidArgument, "--mail-from takes an address such as shop@example.org");
  }
  const auto text = arguments.get("--smtp-relay");
  if (!text) return options;
  REKEY_TRY(net::SmtpServer relay, parse_relay(*text));
  REKEY_TRY(relay.security, read_security(arguments, relay.host));
  relay.username = arguments.get_or("--smtp-user", "");
  relay.ca_file = arguments.get_or("--smtp-ca-file", "");
  if (!relay.username.empty()) {
    if (relay.security == SmtpSecurity::kNone && !net::is_loopback_host(relay.host)) {
      return fail(Code::kInvalidArgument,
                  "the password for the relay would cross the network in clear; use "
                  "--smtp-security starttls or tls");
    }
    REKEY_TRY(relay.password,
              read_secret_input(context, arguments.get_or("--smtp-password-file", "")));
  }
  options.relay = std::move(relay);
  return options;
}

Result<std::unique_ptr<Transport>> open_transport(std::optional<net::SmtpServer> relay,
                                                  const std::string& folder) {
  if (!relay) return engagement::sends::open_maildir_transport(folder);
  return engagement::sends::make_smtp_transport(*std::move(relay));
}

}  // namespace rekey::cli
