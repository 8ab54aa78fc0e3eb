#include "rotation/inventory/intake_key.h"

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/root_key.h"
#include "crypto/seal.h"

namespace rekey::rotation {
namespace {

using base::Code;

constexpr std::int64_t kLimitBytes = 4096;
constexpr std::string_view kSealContext = "rekey intake key";

}  // namespace

base::Result<crypto::RootKey> read_run_key(platform::Files& files, const std::string& folder) {
  const std::string path = folder + "/run.key";
  const auto text = files.read(path, kLimitBytes);
  if (!text && text.error().code == Code::kNotFound) {
    return base::fail(Code::kUnavailable,
                      fmt::format("{} is missing, and nothing that is sealed can be read without "
                                  "it; put it back",
                                  path));
  }
  if (!text) return tl::unexpected(text.error());
  auto key = crypto::RootKey::parse(text->reveal());
  if (!key) return tl::unexpected(base::with_context(path, key.error()));
  return key;
}

std::string intake_context(const std::string& client_id, const std::string& run_id) {
  return fmt::format("{} {}", client_id, run_id);
}

base::Result<crypto::IntakeKey> load_intake_key(platform::Files& files, const std::string& folder) {
  REKEY_TRY(const crypto::RootKey run_key, read_run_key(files, folder));
  const std::string path = folder + "/intake.key";
  if (const auto facts = files.facts(path); !facts) {
    if (facts.error().code != Code::kNotFound) return tl::unexpected(facts.error());
    const crypto::IntakeKey made = crypto::make_intake_key();
    const auto sealed = crypto::seal(run_key, kSealContext, made.private_bytes().reveal());
    REKEY_CHECK(files.create(path, base::base64url_encode(sealed), 0600));
  }
  REKEY_TRY(const base::Secret text, files.read(path, kLimitBytes));
  const auto sealed = base::base64url_decode(text.reveal());
  if (!sealed) return tl::unexpected(base::with_context(path, sealed.error()));
  REKEY_TRY(const base::Secret bytes, crypto::open(run_key, kSealContext, *sealed));
  return crypto::IntakeKey::from_private_bytes(bytes);
}

}  // namespace rekey::rotation
