// For the tests of notices: subjects, settings, and a channel that keeps what it is given.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "notice/channel.h"
#include "notice/schedule.h"
#include "notice/settings.h"
#include "notice/subject.h"

namespace rekey::notice {

inline const base::Instant kStart = base::parse_instant("2026-11-25T12:00:00Z").value();

inline Subject secret_ending(const std::string& id, base::Instant at) {
  Subject subject;
  subject.id = "secret/" + id;
  subject.recipients = {"payments"};
  subject.package = "Payments";
  subject.client_id = "abcdefghijklmnopqrstuvwx";
  subject.secret = "fp:0123456789ab";
  subject.at = at;
  return subject;
}

inline Subject occasion(SubjectKind kind, const std::string& id, base::Instant at) {
  Subject subject = secret_ending(id, at);
  subject.id = "run/" + id;
  subject.kind = kind;
  return subject;
}

// Two recipients with a command each, of which "admins" is the fallback.
inline Settings two_teams() {
  Settings settings;
  settings.commands = {{"pay", {"true"}, std::chrono::seconds{30}},
                       {"adm", {"true"}, std::chrono::seconds{30}}};
  settings.recipients = {{"payments", {}, {}, {"pay"}, {}}, {"admins", {}, {}, {"adm"}, {}}};
  settings.fallback = {"admins"};
  return settings;
}

inline WebhookSettings webhook_to(const std::string& name, const std::string& url,
                                  WebhookShape shape) {
  WebhookSettings webhook;
  webhook.name = name;
  webhook.url = url;
  webhook.shape = shape;
  return webhook;
}

using Deliver = std::function<base::Status(const Outgoing&)>;

class FunctionChannel final : public Channel {
 public:
  explicit FunctionChannel(Deliver deliver) : deliver_(std::move(deliver)) {}
  [[nodiscard]] base::Status deliver(const Outgoing& outgoing) override {
    return deliver_(outgoing);
  }

 private:
  Deliver deliver_;
};

}  // namespace rekey::notice
