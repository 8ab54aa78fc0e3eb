#include "cli/hosts_certificate.h"

#include <fmt/format.h>

#include <utility>

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
using crypto::CertificateAndKey;

constexpr std::int64_t kMostPemBytes = 64 * 1024;
constexpr base::Duration kCaLifetime = base::Days{3650};
// What browsers take at most; a server that runs for longer needs a restart.
constexpr base::Duration kCertificateLifetime = base::Days{397};
constexpr base::Duration kClockSkew = base::Days{1};  // of a client whose clock is behind
constexpr mode_t kForAll = 0644;
constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kOthers = 077;

// The key first: without its certificate, after a crash, nobody has been told to trust it yet.
Result<CertificateAndKey> make_ca(platform::Files& files, const authority::DataFolder& folder,
                                  const std::vector<std::string>& hosts, base::Instant now) {
  // So that somebody who trusts those of two sandboxes can tell them apart.
  const std::string tenant = hosts.front().substr(0, hosts.front().find('.'));
  REKEY_TRY(auto ca, crypto::make_local_ca({.common_name = "Rekey sandbox " + tenant,
                                            .hosts = hosts,
                                            .not_before = now - kClockSkew,
                                            .not_after = now + kCaLifetime}));
  // To write into a file that is there would keep its mode, its owner, and where a link leads.
  const std::string key = folder.sandbox_ca_key();
  if (const auto removed = files.remove(key); !removed && removed.error().code != Code::kNotFound) {
    return tl::unexpected(removed.error());
  }
  REKEY_CHECK(files.create(key, ca.key_pem.reveal(), kOwnerOnly));
  REKEY_CHECK(files.create(folder.sandbox_ca(), ca.certificate_pem, kForAll));
  return ca;
}

Result<CertificateAndKey> load_or_make_ca(platform::Files& files,
                                          const authority::DataFolder& folder,
                                          const std::vector<std::string>& hosts,
                                          base::Instant now) {
  const auto certificate = files.read(folder.sandbox_ca(), kMostPemBytes);
  if (!certificate && certificate.error().code == Code::kNotFound) {
    return make_ca(files, folder, hosts, now);
  }
  if (!certificate) return tl::unexpected(certificate.error());
  CertificateAndKey ca;
  ca.certificate_pem = std::string(certificate->reveal());
  REKEY_TRY(ca.key_pem, files.read(folder.sandbox_ca_key(), kMostPemBytes));
  return ca;
}

base::Error as_refusal(const authority::DataFolder& folder, const base::Error& error) {
  return {Code::kRefused,
          fmt::format("{} and sandbox-ca.key beside it cannot vouch for the sandbox's hosts: {}. "
                      "Remove both, start again, and give clients the one that is made then",
                      folder.sandbox_ca(), error.detail)};
}

// Where there is an authority to go on with.
base::Status check_key_is_private(platform::Files& files, const authority::DataFolder& folder) {
  const std::string path = folder.sandbox_ca_key();
  const auto key = files.facts(path);
  if (!files.facts(folder.sandbox_ca()) || !key || (key->mode & kOthers) == 0) return {};
  return fail(
      Code::kRefused,
      fmt::format("{} is open to other users (mode {:03o}), and whoever has it can pretend to be "
                  "this sandbox. Where nobody has read it, make it private: chmod 600 {}. Else "
                  "remove it and sandbox-ca.pem beside it, start again, and give clients the one "
                  "that is made then",
                  path, static_cast<unsigned>(key->mode), path));
}

}  // namespace

Result<CertificateAndKey> make_hosts_certificate(platform::Files& files,
                                                 const authority::DataFolder& folder,
                                                 const std::vector<std::string>& hosts,
                                                 base::Instant now) {
  REKEY_CHECK(check_key_is_private(files, folder));
  const auto ca = load_or_make_ca(files, folder, hosts, now);
  if (!ca) return tl::unexpected(as_refusal(folder, ca.error()));
  auto made = crypto::issue_server_certificate(*ca, {.common_name = "Rekey sandbox",
                                                     .hosts = hosts,
                                                     .not_before = now - kClockSkew,
                                                     .not_after = now + kCertificateLifetime});
  if (!made) return tl::unexpected(as_refusal(folder, made.error()));
  for (const auto& host : hosts) {
    const auto verdict =
        crypto::verify_server_certificate(ca->certificate_pem, made->certificate_pem, host, now);
    if (!verdict) return tl::unexpected(as_refusal(folder, verdict.error()));
  }
  return made;
}

}  // namespace rekey::cli
