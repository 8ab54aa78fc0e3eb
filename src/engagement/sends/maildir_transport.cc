#include "engagement/sends/maildir_transport.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "platform/maildir.h"

namespace rekey::engagement::sends {

namespace {

using base::Code;

bool is_at(std::string_view address, std::string_view domain) {
  const std::string_view host = address.substr(std::min(address.rfind('@') + 1, address.size()));
  if (base::equal_ignoring_case(host, domain)) return true;
  return host.size() > domain.size() && host[host.size() - domain.size() - 1] == '.' &&
         base::equal_ignoring_case(host.substr(host.size() - domain.size()), domain);
}

class MaildirTransport final : public Transport {
 public:
  explicit MaildirTransport(std::string folder) : folder_(std::move(folder)) {}

  [[nodiscard]] base::Status deliver(const OutgoingMail& mail) override {
    if (is_at(mail.to, "bounce.example")) {
      return base::fail(Code::kRefused, "550 5.1.1 mailbox unavailable");
    }
    if (is_at(mail.to, "defer.example")) {
      return base::fail(Code::kUnavailable, "451 4.3.0 try again later");
    }
    // Whoever empties a mailbox may take its folders with it.
    REKEY_TRY(auto box, platform::Maildir::open(folder_));
    const std::string name = mail.id + ".rekey";
    if (mail.may_have_been_delivered) {
      REKEY_TRY(const bool is_there, box.has(name));
      if (is_there) return {};
    }
    base::Status status = box.deliver(name, mail.text);
    if (!status && status.error().code == Code::kAlreadyExists) return {};
    return status;
  }
  [[nodiscard]] bool knows_its_mails() const noexcept override { return true; }

 private:
  std::string folder_;
};

}  // namespace

base::Result<std::unique_ptr<Transport>> open_maildir_transport(std::string folder) {
  REKEY_TRY(const auto box, platform::Maildir::open(folder));
  static_cast<void>(box);
  return std::unique_ptr<Transport>(std::make_unique<MaildirTransport>(std::move(folder)));
}

}  // namespace rekey::engagement::sends
