#include "net/smtp.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "net/smtp_test_support.h"

namespace rekey::net {
namespace {

using base::Code;

const SmtpEnvelope kEnvelope{"rekey@example.org", "ops@example.org"};
constexpr std::string_view kMail = "Subject: hello\r\n\r\n.a dot\r\nend\r\n";

SmtpServer server_at(std::uint16_t port) {
  SmtpServer server;
  server.host = "127.0.0.1";
  server.port = port;
  server.security = SmtpSecurity::kNone;
  return server;
}

TEST(SmtpThreaded, HandsTheMailOverAsItIs) {
  TestMailServer server;
  const auto status = send_mail(server_at(server.port()), kEnvelope, kMail);
  ASSERT_TRUE(status) << status.error().detail;
  ASSERT_EQ(server.mails().size(), 1U);
  EXPECT_EQ(server.mails()[0].from.substr(0, 19), "<rekey@example.org>");
  EXPECT_EQ(server.mails()[0].to, "<ops@example.org>");
  EXPECT_EQ(server.mails()[0].data, kMail);
}

TEST(SmtpThreaded, LogsInWithTheNameAndPassword) {
  TestMailServer server;
  SmtpServer settings = server_at(server.port());
  settings.username = "mailer";
  settings.password = base::Secret("pass word");
  ASSERT_TRUE(send_mail(settings, kEnvelope, kMail));
  using std::string_literals::operator""s;
  EXPECT_EQ(server.mails()[0].login, "\0mailer\0pass word"s);
  server.set_replies({{"AUTH", "535 no"}});
  const auto refused = send_mail(settings, kEnvelope, kMail);
  EXPECT_EQ(refused.error().code, Code::kUnauthenticated);
  EXPECT_EQ(refused.error().detail.find("pass word"), std::string::npos);
}

TEST(SmtpThreaded, TellsWhatMayPassFromWhatSomebodyMustMend) {
  TestMailServer server;
  const auto code_after = [&](const std::string& verb, const std::string& reply) {
    server.set_replies({{verb, reply}});
    const auto status = send_mail(server_at(server.port()), kEnvelope, kMail);
    EXPECT_FALSE(status) << verb;
    return status ? Code::kInternal : status.error().code;
  };
  EXPECT_EQ(code_after("RCPT", "550 nobody here"), Code::kRefused);
  EXPECT_EQ(code_after("RCPT", "451 later"), Code::kUnavailable);
  EXPECT_EQ(code_after("MAIL", "452 full"), Code::kUnavailable);
  EXPECT_EQ(code_after("DATA", "554 no"), Code::kRefused);
  EXPECT_EQ(code_after(".", "554 spam"), Code::kRefused);
  EXPECT_EQ(code_after(".", "451 later"), Code::kUnavailable);
  EXPECT_EQ(code_after("HELLO", "421 busy"), Code::kUnavailable);
  EXPECT_EQ(code_after(".", ""), Code::kTimeout);
}

TEST(SmtpThreaded, GivesTheServersWords) {
  TestMailServer server;
  server.set_replies({{"RCPT", "550 5.1.1 nobody here"}});
  const auto status = send_mail(server_at(server.port()), kEnvelope, kMail);
  EXPECT_NE(status.error().detail.find("550 5.1.1 nobody here"), std::string::npos)
      << status.error().detail;
}

TEST(SmtpThreaded, ARefusalHasItsCodeAndWords) {
  TestMailServer server;
  server.set_replies({{"RCPT", "550 5.1.1 no such user"}});
  const auto refused = send_mail(server_at(server.port()), kEnvelope, "x\r\n");
  ASSERT_FALSE(refused);
  const auto reply = refusal_of(refused.error());
  ASSERT_TRUE(reply) << refused.error().detail;
  EXPECT_EQ(reply->code, 550);
  EXPECT_EQ(reply->words, "550 5.1.1 no such user");
  server.set_replies({{"RCPT", "451 later"}});
  EXPECT_FALSE(refusal_of(send_mail(server_at(server.port()), kEnvelope, "x\r\n").error()));
  EXPECT_FALSE(refusal_of({base::Code::kRefused, "no trusted TLS with x"}));
}

TEST(SmtpThreaded, WhereNobodyListensItMayBeTriedAgain) {
  std::uint16_t port = 0;
  {
    const Descriptor listener = listen_on_tcp("127.0.0.1", 0).value();
    port = port_of(listener);
  }
  EXPECT_EQ(send_mail(server_at(port), kEnvelope, kMail).error().code, Code::kUnavailable);
}

TEST(SmtpThreaded, GoesOnWithoutTlsNeverWhereTlsIsAskedFor) {
  TestMailServer server;
  SmtpServer settings = server_at(server.port());
  settings.security = SmtpSecurity::kStartTls;
  EXPECT_EQ(send_mail(settings, kEnvelope, kMail).error().code, Code::kRefused);
  EXPECT_TRUE(server.mails().empty());
}

TEST(Smtp, RefusesAddressesHostsAndPasswordsInClear) {
  const auto code = [](const SmtpServer& server, const SmtpEnvelope& envelope) {
    return send_mail(server, envelope, kMail).error().code;
  };
  SmtpServer server = server_at(1);
  EXPECT_EQ(code(server, {"a@b", "c@d>\r\nDATA"}), Code::kInvalidArgument);
  EXPECT_EQ(code(server, {"a@b\r\n", "c@d"}), Code::kInvalidArgument);
  for (const std::string host : {"", "mail.example.org/x", "user@host", "-x", "a b"}) {
    server.host = host;
    EXPECT_EQ(code(server, kEnvelope), Code::kInvalidArgument) << host;
  }
  server.host = "mail.example.org";
  server.username = "mailer";
  EXPECT_EQ(code(server, kEnvelope), Code::kInvalidArgument);
}

// A mail server that speaks STARTTLS, in Python: its standard library has TLS, our test has none.
constexpr const char* kStartTlsServer = R"py(
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
listener.settimeout(60)
open(sys.argv[3] + ".new", "w").write(str(listener.getsockname()[1]))
import os; os.rename(sys.argv[3] + ".new", sys.argv[3])
def converse(link):
    file, data, mail = link.makefile("rwb", 0), False, b""
    file.write(b"220 ready\r\n")
    while line := file.readline():
        if data:
            mail += line
            if line == b".\r\n":
                open(sys.argv[4], "wb").write(mail); data = False; file.write(b"250 taken\r\n")
        elif line.startswith(b"EHLO"): file.write(b"250-here\r\n250 STARTTLS\r\n")
        elif line.startswith(b"STARTTLS"):
            file.write(b"220 go\r\n"); link = context.wrap_socket(link, server_side=True)
            file = link.makefile("rwb", 0)
        elif line.startswith(b"DATA"): data = True; file.write(b"354 go\r\n")
        elif line.startswith(b"QUIT"): file.write(b"221 bye\r\n"); return
        else: file.write(b"250 ok\r\n")
while True:
    link, _ = listener.accept()
    link.settimeout(20)
    try: converse(link)
    except OSError: pass
)py";

class StartTls : public ::testing::Test {
 protected:
  StartTls() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rekey-smtp-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    std::ofstream(folder_ + "/server.py") << kStartTlsServer;
  }
  ~StartTls() override {
    if (server_ > 0) {
      ::kill(server_, SIGKILL);
      ::waitpid(server_, nullptr, 0);
    }
    std::filesystem::remove_all(folder_);
  }

  static pid_t spawn(std::vector<std::string> words) {
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int failure =
        ::posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    return failure == 0 ? child : -1;
  }

  // The port, or 0 where openssl or python3 is missing.
  std::uint16_t start() {
    const pid_t openssl =
        spawn({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-keyout", folder_ + "/key.pem", "-out", certificate(), "-days", "2",
               "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"});
    int status = 1;
    if (openssl < 0 || ::waitpid(openssl, &status, 0) < 0 || status != 0) return 0;
    server_ = spawn({"python3", folder_ + "/server.py", certificate(), folder_ + "/key.pem",
                     folder_ + "/port", folder_ + "/mail"});
    std::uint16_t port = 0;
    for (int i = 0; i < 2'000 && port == 0 && server_ > 0; ++i) {
      std::ifstream(folder_ + "/port") >> port;
      if (port == 0) ::poll(nullptr, 0, 10);
    }
    return port;
  }

  [[nodiscard]] std::string certificate() const { return folder_ + "/cert.pem"; }
  [[nodiscard]] bool has_mail() const { return std::filesystem::exists(folder_ + "/mail"); }

  std::string folder_;
  pid_t server_ = -1;
};

TEST_F(StartTls, SendsNothingToACertificateThatNobodyVouchesForAndAllToATrustedOne) {
  SmtpServer settings = server_at(start());
  if (settings.port == 0) GTEST_SKIP() << "needs the programs openssl and python3";
  settings.security = SmtpSecurity::kStartTls;
  const auto refused = send_mail(settings, kEnvelope, kMail);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused) << refused.error().detail;
  EXPECT_FALSE(has_mail());
  settings.ca_file = certificate();
  const auto sent = send_mail(settings, kEnvelope, kMail);
  ASSERT_TRUE(sent) << sent.error().detail;
  EXPECT_TRUE(has_mail());
}

TEST_F(StartTls, SendsNothingToACertificateForAnotherHost) {
  SmtpServer settings = server_at(start());
  if (settings.port == 0) GTEST_SKIP() << "needs the programs openssl and python3";
  settings.security = SmtpSecurity::kStartTls;
  settings.ca_file = certificate();
  settings.host = "localhost";
  EXPECT_EQ(send_mail(settings, kEnvelope, kMail).error().code, Code::kRefused);
  EXPECT_FALSE(has_mail());
}

}  // namespace
}  // namespace rekey::net
