#include "engagement/sends/smtp_transport.h"

#include <utility>

namespace rekey::engagement::sends {

namespace {

using base::Code;

// Replies that are about who hands the mail over: authentication is needed, failed, or wants TLS
// (RFC 4954 section 6).
bool is_about_us(int code) noexcept {
  return code == 530 || code == 534 || code == 535 || code == 538;
}

class SmtpTransport final : public Transport {
 public:
  explicit SmtpTransport(net::SmtpServer relay) : relay_(std::move(relay)) {}

  [[nodiscard]] base::Status deliver(const OutgoingMail& mail) override {
    const base::Status status = net::send_mail(relay_, {mail.from, mail.to}, mail.text);
    if (status) return {};
    const base::Error& error = status.error();
    if (const auto refusal = net::refusal_of(error); refusal && !is_about_us(refusal->code)) {
      return base::fail(Code::kRefused, refusal->words);
    }
    // Where the relay does not know or trust us, somebody mends that, and the mail goes out then.
    const bool is_of_the_relay =
        error.code == Code::kRefused || error.code == Code::kUnauthenticated;
    return base::fail(is_of_the_relay ? Code::kUnavailable : error.code, error.detail);
  }
  // Its receiver sees the same Message-ID again.
  [[nodiscard]] bool knows_its_mails() const noexcept override { return false; }

 private:
  net::SmtpServer relay_;
};

}  // namespace

std::unique_ptr<Transport> make_smtp_transport(net::SmtpServer relay) {
  return std::make_unique<SmtpTransport>(std::move(relay));
}

}  // namespace rekey::engagement::sends
