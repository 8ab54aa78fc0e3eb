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
#include "intake/intake_page.h"
#include "platform/process.h"

namespace {

using namespace rekey;

constexpr std::string_view kContext = "run 0192 for client example";
constexpr std::string_view kOldValue = "Old_Example_Value_0123456789abcd";

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
  settings.rules = {.least_characters = 32,
                    .most_characters = 32,
                    .characters = std::string(base::kBase62Alphabet) + "_",
                    .characters_words = "letters, digits and _"};
  settings.card = {.facts = {{"Package", "Newsletter sends"},
                             {"Client id", "k3v9example0client0id000"},
                             {"Tenant", "mc-example (business unit 510001)"},
                             {"Run", "0192"}},
                   .checks = {"Setup shows the package “Newsletter sends” and this client id.",
                              "You pressed “Stage Secret” just now, and the value is the new one.",
                              "You have not activated it: the rotation says when."},
                   .until = "14:05 UTC"};
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  platform::forbid_core_dumps();
  if (argc != 2 && argc != 4) return 2;
  platform::SystemClock clock;
  const auto key = crypto::make_intake_key();
  auto settings = settings_from(argc, argv, key);
  const auto rules = settings.rules;
  settings.accept = [&key, rules](std::string_view sealed) -> base::Status {
    REKEY_TRY(const auto value, crypto::open_sealed(key, kContext, sealed));
    REKEY_CHECK(intake::check_value(rules, value));
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
