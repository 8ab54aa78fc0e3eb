#include "notice/channels/email.h"

#include <utility>

#include "net/mail.h"
#include "net/smtp.h"
#include "notice/channels/registry.h"
#include "notice/wording.h"

namespace rekey::notice {
namespace {

class EmailChannel final : public Channel {
 public:
  EmailChannel(MailSettings settings, platform::Files& files)
      : settings_(std::move(settings)), files_(files) {}

  [[nodiscard]] base::Status deliver(const Outgoing& outgoing) override {
    const std::string domain = settings_.from.substr(settings_.from.rfind('@') + 1);
    net::Mail mail;
    mail.from = settings_.from;
    mail.from_name = settings_.from_name;
    mail.to = outgoing.address;
    mail.subject = title_of(outgoing.message, outgoing.now);
    mail.date = outgoing.queued_at;
    mail.message_id = outgoing.id + "@" + domain;
    mail.list_id = settings_.list_id.empty() ? "rekey." + domain : settings_.list_id;
    mail.is_urgent = urgency_of(outgoing.message) == Urgency::kAlarm;
    mail.text = mail_text(outgoing.message, outgoing.now);
    mail.html = mail_html(outgoing.message, outgoing.now);
    REKEY_TRY(const std::string text, net::format_mail(mail));
    REKEY_TRY(const net::SmtpServer server, open_server());
    return net::send_mail(server, {mail.from, mail.to}, text);
  }

 private:
  [[nodiscard]] base::Result<net::SmtpServer> open_server() {
    net::SmtpServer server;
    server.host = settings_.host;
    server.port = settings_.port;
    server.security = settings_.security;
    server.username = settings_.username;
    server.ca_file = settings_.ca_file;
    server.timeout = settings_.timeout;
    if (!settings_.username.empty()) {
      REKEY_TRY(server.password, read_first_line(files_, settings_.password_file));
    }
    return server;
  }

  MailSettings settings_;
  platform::Files& files_;
};

}  // namespace

void add_email(Channels& channels, const Settings& settings, platform::Files& files) {
  if (settings.mail.host.empty()) return;
  channels.emplace("email", std::make_unique<EmailChannel>(settings.mail, files));
}

}  // namespace rekey::notice
