#include "rotation/drivers/drivers.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "platform/temp_folder.h"

namespace rekey::rotation {
namespace {

class ReloadCheck : public testing::Test {
 protected:
  // A script in the temporary folder, with the permission to execute it or without.
  std::string script(const std::string& name, bool is_executable) {
    const std::string path = temp_.path() + "/" + name;
    std::ofstream(path) << "#!/bin/sh\n: > " << temp_.path() << "/was-run\n";
    std::filesystem::permissions(path, std::filesystem::perms(is_executable ? 0700 : 0600));
    return path;
  }
  std::string problem_of(const std::string& program) {
    const base::Status status = drivers_.check_reload(ReloadSpec{{program, "argument"}});
    return status ? "" : status.error().detail;
  }

  platform::TempFolder temp_;
  platform::SystemClock clock_;
  platform::SystemFiles files_;
  SystemDrivers drivers_{clock_, files_};
};

TEST_F(ReloadCheck, TakesAnExecutableFileAndDoesNotRunIt) {
  EXPECT_EQ(problem_of(script("reload.sh", true)), "");
  EXPECT_FALSE(std::filesystem::exists(temp_.path() + "/was-run"));
}

TEST_F(ReloadCheck, NamesAProgramThatIsMissingOrMayNotBeExecuted) {
  const std::string missing = temp_.path() + "/absent.sh";
  EXPECT_EQ(problem_of(missing), "cannot run " + missing + ": No such file or directory");
  const std::string plain = script("plain.sh", false);
  EXPECT_EQ(problem_of(plain).rfind("cannot run " + plain + ": Permission denied", 0), 0u);
  EXPECT_EQ(problem_of(temp_.path()), "cannot run " + temp_.path() + ": Is a directory");
}

TEST_F(ReloadCheck, SearchesANameWithoutASlashInPath) {
  script("rekey-test-reload", true);
  script("rekey-test-plain", false);
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (before + ":" + temp_.path()).c_str(), 1);
  EXPECT_EQ(problem_of("rekey-test-reload"), "");
  EXPECT_EQ(problem_of("rekey-test-plain").rfind("cannot run rekey-test-plain: Permission", 0), 0u);
  ::setenv("PATH", before.c_str(), 1);
  EXPECT_EQ(problem_of("rekey-test-reload"),
            "cannot run rekey-test-reload: No such file or directory");
}

TEST(IssuerTask, KnowsTheOtherClientsOfItsKindOfIssuer) {
  const std::string own(24, 'a');
  const std::string other(24, 'b');
  const std::string text =
      "version: 1\nissuers:\n  mce: {kind: marketing-cloud, auth_url: \"https://mc1.example/\"}\n"
      "  rekey: {kind: rekey, credential: admin.json}\nintegrations:\n"
      "- {client_id: " +
      own +
      ", name: Order sync, issuer: mce}\n"
      "- {client_id: " +
      other +
      ", name: Newsletter, issuer: mce}\n"
      "- {client_id: " +
      other +
      ", name: Newsletter 2, issuer: mce, slot: bbbbbb}\n"
      "- {name: Not known yet, issuer: mce}\n"
      "- {client_id: " +
      std::string(24, 'c') + ", name: Elsewhere, issuer: rekey}\n";
  IssuerTask seen;
  DriverRegistry registry = builtin_drivers();
  for (IssuerKind& kind : registry.issuers) {
    kind.make = [&](const DriverSpec&, const IssuerTask& task,
                    const DriverParts&) -> base::Result<std::unique_ptr<Issuer>> {
      seen = task;
      return base::fail(base::Code::kUnsupported, "not in this test");
    };
  }
  const auto file = parse_inventory_file(text, "/srv/rekey.yaml", registry);
  ASSERT_TRUE(file) << file.error().detail;
  platform::SystemClock clock;
  platform::SystemFiles files;
  SystemDrivers drivers(clock, files, registry);
  EXPECT_FALSE(drivers.issuer(file->integrations.front()));
  const auto siblings = siblings_of(seen);
  ASSERT_EQ(siblings.size(), 1u);
  EXPECT_EQ(siblings.front().name, "Newsletter");
  EXPECT_EQ(siblings.front().client_id, other);
  EXPECT_EQ(siblings.front().issuer_location, "https://mc1.example/");
  const auto clients = seen.clients;
  EXPECT_FALSE(drivers.issuer(file->integrations.back()));
  EXPECT_EQ(seen.clients, clients) << "one list for all: a copy for each would be the square";
  EXPECT_TRUE(siblings_of(seen).empty()) << "the only one of its kind";
}

}  // namespace
}  // namespace rekey::rotation
