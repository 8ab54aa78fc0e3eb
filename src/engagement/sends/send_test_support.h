// For tests: a sandbox with a content and a send definition, whose mails go wherever the test says.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engagement/api_test_support.h"
#include "engagement/sends/transport.h"

namespace rekey::engagement::sends {

// What a transport was given, and what it answers by address.
struct Post {
  std::vector<OutgoingMail> mails;
  std::map<std::string, base::Error> refusals;
  int tries = 0;
};

class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(Post& post) : post_(post) {}
  [[nodiscard]] base::Status deliver(const OutgoingMail& mail) override {
    ++post_.tries;
    const auto refusal = post_.refusals.find(mail.to);
    if (refusal != post_.refusals.end()) return tl::unexpected<base::Error>(refusal->second);
    post_.mails.push_back(mail);
    return {};
  }
  [[nodiscard]] bool knows_its_mails() const noexcept override { return false; }

 private:
  Post& post_;
};

class SendTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    api_->set_public_url("http://sandbox.example");
    ASSERT_EQ(create_content("mail-1", "Order %%OrderId%%",
                             "<body><p>Dear %%First Name%%, <a href='https://shop.example/a'>see "
                             "it</a></p></body>")
                  .status,
              201);
    ASSERT_EQ(create_definition("order", "mail-1").status, 201);
  }
  [[nodiscard]] std::unique_ptr<Transport> make_transport() override {
    return std::make_unique<FakeTransport>(post_);
  }

  [[nodiscard]] Told create_content(const std::string& key, const std::string& subject,
                                    const std::string& html) {
    net::JsonWriter body;
    body.begin_object().member("customerKey", key).member("name", key).key("views").begin_object();
    body.key("subjectline").begin_object().member("content", subject).end_object();
    body.key("html").begin_object().member("content", html).end_object();
    body.end_object().end_object();
    return post("/asset/v1/content/assets", body.release());
  }
  // `more`: members with a comma before them.
  [[nodiscard]] Told create_definition(const std::string& key, const std::string& content,
                                       const std::string& more = "") {
    return post("/messaging/v1/email/definitions", R"({"definitionKey":")" + key + R"(","name":")" +
                                                       key + R"(","content":{"customerKey":")" +
                                                       content + R"("})" + more + "}");
  }
  // `recipient`: the members of one, without braces.
  [[nodiscard]] Told send(const std::string& message_key, const std::string& recipient) {
    return post("/messaging/v1/email/messages/" + message_key,
                R"({"definitionKey":"order","recipient":{)" + recipient + "}}");
  }
  [[nodiscard]] static std::string to_ann() {
    return R"("contactKey":"c-1","to":"ann@example.org","attributes":{"OrderId":"O-7"})";
  }
  [[nodiscard]] Told status(const std::string& message_key) {
    return get("/messaging/v1/email/messages/" + message_key);
  }
  [[nodiscard]] std::string event(const std::string& message_key) {
    return status(message_key).at("eventCategoryType");
  }
  void run(base::Duration later = std::chrono::seconds{1}) {
    clock_.advance(later);
    const auto ticked = api_->tick();
    ASSERT_TRUE(ticked) << ticked.error().detail;
  }
  // Whoever asks without a token.
  [[nodiscard]] Told read_as_anyone(const std::string& path,
                                    net::Method method = net::Method::kGet) {
    return ask_as(std::nullopt, method, path);
  }
  // The first path below http://sandbox.example/track/WHAT/ in the text of what was sent last.
  [[nodiscard]] std::string path_in_mail(const std::string& what) const {
    std::string text = post_.mails.back().text;
    for (std::size_t at = text.find("=\r\n"); at != std::string::npos; at = text.find("=\r\n")) {
      text.erase(at, 3);
    }
    const std::size_t begin = text.find("/track/" + what + "/");
    if (begin == std::string::npos) return "(none)";
    return text.substr(begin, text.find_first_of("\"'> )=\r\n", begin) - begin);
  }
  // Kinds of tracking events, in their order.
  [[nodiscard]] std::vector<std::string> tracked() {
    auto tables =
        storage::Connection::open(temp_ / "sandbox.db", storage::OpenMode::kReadOnly).value();
    auto rows = tables.prepare("SELECT kind FROM tracking_events ORDER BY event_id").value();
    std::vector<std::string> kinds;
    while (rows.step().value()) kinds.push_back(rows.text(0));
    return kinds;
  }

  Post post_;
};

}  // namespace rekey::engagement::sends
