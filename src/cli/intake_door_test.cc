#include "cli/intake_door.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "crypto/self_signed.h"
#include "platform/files.h"

namespace rekey::cli {
namespace {

using base::Code;

class IntakeOptionsTest : public ::testing::Test {
 protected:
  base::Result<std::optional<IntakeOptions>> options_of(
      const std::map<std::string, std::string>& given) {
    Arguments arguments;
    for (const auto& [option, value] : given) arguments.options[option] = {value};
    return intake_options(context_, arguments);
  }
  IntakeOptions options_of_host(const std::string& host) {
    auto options = options_of({{"--intake", host}});
    EXPECT_TRUE(options) << options.error().detail;
    return options ? *std::move(*options) : IntakeOptions{};
  }
  std::string refusal_of(const std::map<std::string, std::string>& given) {
    const auto options = options_of(given);
    if (options) return "taken";
    EXPECT_EQ(options.error().code, Code::kInvalidArgument);
    return options.error().detail;
  }

  platform::SetClock clock_{base::from_millis(1'790'000'000'000)};
  platform::SystemFiles files_;
  Context context_{clock_, files_, [](const char*) { return std::nullopt; }, stdout, stderr, false};
};

TEST_F(IntakeOptionsTest, WithoutAHostThereIsNoPage) {
  EXPECT_FALSE(options_of({}).value().has_value());
  EXPECT_NE(refusal_of({{"--intake-lasts", "5m"}}).find("goes with --intake"), std::string::npos);
}

TEST_F(IntakeOptionsTest, AHostAndAPortAreReadAsBrowsersWriteThem) {
  struct Case {
    std::string given, host, listen;
    int port;
  };
  for (const auto& one :
       std::vector<Case>{{"Rekey.Example.ORG:8443", "rekey.example.org", "0.0.0.0", 8443},
                         {"rekey.example.org", "rekey.example.org", "0.0.0.0", 0},
                         {"localhost:0", "localhost", "127.0.0.1", 0},
                         {"192.0.2.7:443", "192.0.2.7", "192.0.2.7", 443},
                         {"[2001:DB8:0:0::7]:8443", "2001:db8::7", "2001:db8::7", 8443},
                         {"[::1]", "::1", "::1", 0}}) {
    const auto options = options_of_host(one.given);
    EXPECT_EQ(options.host, one.host);
    EXPECT_EQ(options.listen_address, one.listen);
    EXPECT_EQ(options.port, one.port);
    EXPECT_EQ(options.lasts, base::Duration(std::chrono::minutes{15}));
  }
}

TEST_F(IntakeOptionsTest, WhatIsNoHostIsRefused) {
  for (const std::string host :
       {"", ":8443", "https://a.example", "a.example/path", "::1", "[::1", "[::1]8443",
        "[a.example]", "[127.0.0.1]", "a.example:", "a.example:x", "a.example:65536",
        "a.example:-1", "a example", "user@a.example", "127.1", "1", "256.0.0.1"}) {
    EXPECT_NE(refusal_of({{"--intake", host}}).find("takes HOST or HOST:PORT"), std::string::npos)
        << host;
  }
}

TEST_F(IntakeOptionsTest, TheLinkLastsBetweenASecondAndADay) {
  const auto lasts = [this](const std::string& time) {
    return refusal_of({{"--intake", "a.example"}, {"--intake-lasts", time}});
  };
  EXPECT_EQ(lasts("1s"), "taken");
  EXPECT_EQ(lasts("24h"), "taken");
  for (const auto* time : {"0s", "999ms", "25h", "soon", ""}) {
    EXPECT_NE(lasts(time).find("from 1s to 24h"), std::string::npos) << time;
  }
}

TEST_F(IntakeOptionsTest, CertificateAndKeyGoTogether) {
  EXPECT_NE(
      refusal_of({{"--intake", "a.example"}, {"--intake-key", "/dev/null"}}).find("go together"),
      std::string::npos);
}

TEST_F(IntakeOptionsTest, ACertificateAndAKeyThatDoNotFitAreToldBeforeAnybodyGenerates) {
  const auto make = [this] {
    return crypto::make_self_signed({.host = "a.example",
                                     .not_before = clock_.now(),
                                     .not_after = clock_.now() + std::chrono::hours{1}})
        .value();
  };
  const auto one = make();
  const auto other = make();
  const std::string folder = testing::TempDir();
  const auto kept = [&](const std::string& name, std::string_view text) {
    EXPECT_TRUE(files_.replace(folder + name, text, 0600));
    return folder + name;
  };
  const auto certificate = kept("intake-door.crt", one.certificate_pem);
  const auto refusal = [&](std::string_view key) {
    return refusal_of({{"--intake", "a.example"},
                       {"--intake-certificate", certificate},
                       {"--intake-key", kept("intake-door.key", key)}});
  };
  EXPECT_EQ(refusal(one.key_pem.reveal()), "taken");
  EXPECT_NE(refusal(other.key_pem.reveal()).find("is not the certificate's"), std::string::npos);
  EXPECT_NE(refusal("nothing").find("no private key in PEM form"), std::string::npos);
}

}  // namespace
}  // namespace rekey::cli
