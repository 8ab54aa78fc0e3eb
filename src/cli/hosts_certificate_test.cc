#include "cli/hosts_certificate.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "platform/temp_folder.h"

namespace rekey::cli {
namespace {

using base::Code;

constexpr base::Instant kNow = base::from_millis(1'790'000'000'000);
const std::vector<std::string> kHosts{"mc1.auth.example", "mc1.rest.example", "mc1.soap.example"};

class HostsCertificateTest : public ::testing::Test {
 protected:
  base::Result<crypto::CertificateAndKey> make(const std::vector<std::string>& hosts = kHosts,
                                               base::Instant now = kNow) {
    return make_hosts_certificate(files_, folder_, hosts, now);
  }
  std::string ca() { return std::string(files_.read(folder_.sandbox_ca(), 1 << 16)->reveal()); }

  platform::TempFolder temp_;
  platform::SystemFiles files_;
  authority::DataFolder folder_{temp_.path()};
};

TEST_F(HostsCertificateTest, TheAuthorityStaysAndTheCertificateIsNew) {
  const auto first = make();
  ASSERT_TRUE(first) << first.error().detail;
  const std::string ca_then = ca();
  const auto second = make();
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_EQ(ca(), ca_then);
  EXPECT_FALSE(first->key_pem == second->key_pem);
  for (const auto& host : kHosts) {
    EXPECT_TRUE(crypto::verify_server_certificate(ca_then, second->certificate_pem, host, kNow));
  }
}

TEST_F(HostsCertificateTest, TheAuthoritysKeyIsItsOwnersAlone) {
  ASSERT_TRUE(make());
  EXPECT_EQ(files_.facts(folder_.sandbox_ca_key())->mode, 0600u);
}

TEST_F(HostsCertificateTest, AnAuthorityForOtherHostsIsRefusedWithWhatToDo) {
  ASSERT_TRUE(make());
  const auto made = make({"mc1.auth.other"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kRefused);
  EXPECT_NE(made.error().detail.find("Remove both"), std::string::npos) << made.error().detail;
}

TEST_F(HostsCertificateTest, AnAuthorityWhoseTimeIsOverIsRefused) {
  ASSERT_TRUE(make());
  const auto made = make(kHosts, kNow + base::Days{4000});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kRefused);
}

TEST_F(HostsCertificateTest, AnAuthorityWithoutItsKeyIsRefused) {
  ASSERT_TRUE(make());
  ASSERT_TRUE(files_.remove(folder_.sandbox_ca_key()));
  const auto made = make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kRefused);
}

TEST_F(HostsCertificateTest, AKeyThatACrashLeftWithoutItsCertificateIsReplaced) {
  ASSERT_TRUE(make());
  ASSERT_TRUE(files_.remove(folder_.sandbox_ca()));
  EXPECT_TRUE(make());
  EXPECT_TRUE(make());
}

TEST_F(HostsCertificateTest, AKeyThatLiesThereIsReplacedWithItsModeAndItsLink) {
  const std::string elsewhere = temp_.path() + "/elsewhere";
  ASSERT_TRUE(files_.create(elsewhere, "mine", 0644));
  std::filesystem::create_symlink(elsewhere, folder_.sandbox_ca_key());
  ASSERT_TRUE(make());
  const auto facts = files_.facts(folder_.sandbox_ca_key());
  ASSERT_TRUE(facts);
  EXPECT_FALSE(facts->is_link);
  EXPECT_EQ(facts->mode, 0600u);
  EXPECT_EQ(files_.read(elsewhere, 64)->reveal(), "mine");
}

TEST_F(HostsCertificateTest, AKeyThatOthersMayReadIsRefusedWithWhatToDo) {
  ASSERT_TRUE(make());
  const std::filesystem::path key = folder_.sandbox_ca_key();
  std::filesystem::permissions(key, std::filesystem::perms{0640});
  const auto made = make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kRefused);
  EXPECT_NE(made.error().detail.find("chmod 600 " + key.string()), std::string::npos);
  std::filesystem::permissions(key, std::filesystem::perms{0600});
  EXPECT_TRUE(make());
}

}  // namespace
}  // namespace rekey::cli
