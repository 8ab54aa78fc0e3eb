// For tests: the intake page on a port of its own, as a rotation would serve it.
//
//   intake_page_host LASTS_SECONDS [CERTIFICATE KEY]
//
// Writes "link …", "certificate …", "fingerprint …" and "address …", then "value …" or "ended …",
// each as a line, and serves on until standard input ends. The values are examples that protect
// nothing.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "base/text.h"
#include "cli/card_text.h"
#include "intake/intake_page.h"
#include "platform/process.h"
#include "rotation/issuers/marketing_cloud_cards.h"

namespace {

using namespace rekey;

constexpr std::string_view kContext = "run 0192 for client example";
constexpr std::string_view kOldValue =
    "Old_Example_Value_that_protects_nothing_012345678901234567890123";

std::string content_of(const char* path) {
  std::stringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

void say(std::string_view name, std::string_view words) {
  fmt::print("{} {}\n", name, words);
  std::fflush(stdout);
}

intake::IntakePageSettings settings_from(int argc, char** argv, const crypto::IntakeKey& key) {
  intake::IntakePageSettings settings;
  settings.host = "localhost";
  settings.lasts = std::chrono::seconds{std::stoi(argv[1])};
  if (argc == 4) {
    settings.certificate_pem = content_of(argv[2]);
    settings.key_pem = base::Secret::take(content_of(argv[3]));
  }
  settings.address = key.address(std::string(kContext));
  settings.rules = {.lengths = {kOldValue.size()},
                    .characters = std::string(base::kBase62Alphabet) + "_"};
  settings.card = cli::to_page_card(
      rotation::staging_card({.package_name = "Order sync",
                              .client_id = "k3v9example0client0id000",
                              .tenant = "mc0123456789abcdefghijklmnop",
                              .business_unit = "500000002",
                              .run_label = "run-20270301-5b1f09c2",
                              .expires_at = base::parse_instant("2027-03-29T00:00:00Z").value(),
                              .settle = std::chrono::minutes{5},
                              .interval = std::chrono::minutes{5},
                              .life = base::Days{180},
                              .consumers = 2},
                             {}));
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  platform::forbid_core_dumps();
  if (argc != 2 && argc != 4) return 2;
  platform::SystemClock clock;
  const auto key = crypto::make_intake_key();
  auto settings = settings_from(argc, argv, key);
  settings.accept = [&key](std::string_view sealed) -> base::Status {
    REKEY_TRY(const auto value, crypto::open_sealed(key, kContext, sealed));
    if (value.reveal() == kOldValue) {
      return base::fail(base::Code::kRefused,
                        "This is the old secret. Copy the one that was staged just now.");
    }
    return {};
  };
  const auto address = settings.address;
  auto page = intake::IntakePage::start(std::move(settings), clock);
  if (!page) {
    say("failed", page.error().detail);
    return 1;
  }
  say("link", page->invitation().link.reveal());
  say("certificate", page->invitation().certificate_fingerprint);
  say("fingerprint", crypto::fingerprint_of(address));
  say("address", crypto::to_text(address));
  std::thread until_input_ends([&page] {
    while (std::getchar() != EOF) continue;
    page->stop();
  });
  const auto sealed = page->wait(base::Duration::max());
  if (sealed) {
    say("value", crypto::open_sealed(key, kContext, *sealed).value().reveal());
  } else {
    say("ended", sealed.error().detail);
  }
  until_input_ends.join();
  return 0;
}
