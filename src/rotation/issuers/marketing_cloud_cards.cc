#include "rotation/issuers/marketing_cloud_cards.h"

#include <fmt/format.h>

namespace rekey::rotation {
namespace {

std::vector<std::pair<std::string, std::string>> facts_of(const PackageFacts& package) {
  std::vector<std::pair<std::string, std::string>> facts;
  facts.emplace_back("Package", package.package_name);
  facts.emplace_back("Client Id", package.client_id);
  facts.emplace_back("Tenant", package.tenant);
  facts.emplace_back("Business unit", package.business_unit.empty()
                                          ? "the one in which the package was created"
                                          : "MID " + package.business_unit);
  if (package.expires_at) {
    facts.emplace_back("Present secret ends", base::format_instant(*package.expires_at));
  }
  return facts;
}

// "5 minutes", "180 days": people read these.
std::string in_words(base::Duration duration) {
  const auto say = [](std::int64_t count, std::string_view unit) {
    return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s");
  };
  if (duration % base::Days{1} == base::Duration{0}) return say(duration / base::Days{1}, "day");
  constexpr base::Duration kMinute = std::chrono::minutes{1};
  if (duration % kMinute == base::Duration{0}) return say(duration / kMinute, "minute");
  return base::format_duration(duration);
}

std::string where(const PackageFacts& package) {
  return fmt::format(
      "In Marketing Cloud Engagement: Setup > Platform Tools > Apps > Installed Packages, then "
      "{}. Compare the Client Id on the API Integration card with the one above.",
      package.package_name);
}

std::vector<std::string> wrong_package(const PackageFacts& package) {
  return {fmt::format("the Client Id on the page is not {}", package.client_id),
          fmt::format("the page belongs to another tenant than {}", package.tenant)};
}

}  // namespace

Card staging_card(const PackageFacts& package, bool is_outage) {
  Card card;
  card.title = fmt::format("Generate a new client secret for {}", package.package_name);
  card.why = fmt::format(
      "Nothing changes for anybody yet: the present secret goes on working. The new one works "
      "beside "
      "it after {}, and lives {} from the moment at which it is generated.",
      in_words(package.settle), in_words(package.life));
  if (is_outage) {
    card.why =
        "NO KNOWN SECRET IS ACCEPTED NOW. If the package is disabled or its service user inactive, "
        "mend that, generate nothing, and start the run again: it goes on with the secret that is "
        "there. Otherwise this is the quickest way out: the new secret works " +
        in_words(package.settle) + " after it was generated, before any activation.";
  }
  card.facts = facts_of(package);
  card.steps = {
      where(package),
      "Find the section Staged Secret. It has to be empty.",
      fmt::format("Press Generate. As description enter: {}", package.run_label),
      "Copy the value. It is shown this once: leave the page open until Rekey has taken it.",
      "Give it to Rekey: paste it into the field that asks for it, here or in `rekey rotate`.",
      "When it was taken, press Finish on the page. Do not press Activate.",
  };
  card.stops = wrong_package(package);
  card.stops.push_back(
      "a staged secret is there that is not of this run: generating would replace it under whoever "
      "uses it. Ask whose it is. (One with the description above is this run's own, and may be "
      "replaced.)");
  card.stops.push_back(fmt::format("less than {} passed since a secret was last generated there",
                                   in_words(package.interval)));
  card.way_back =
      "a staged secret that nobody activates hurts nobody; it can be replaced by generating again, "
      "and ends by itself.";
  return card;
}

Card activation_card(const PackageFacts& package) {
  Card card;
  card.title = fmt::format("Activate the staged client secret of {}", package.package_name);
  card.why = fmt::format(
      "Every consumer ({}) has moved, and it is proven. The moment it is activated the present "
      "secret ends, for everybody and at once.",
      package.consumers);
  card.facts = facts_of(package);
  card.facts.emplace_back("Description", package.run_label);
  card.steps = {
      where(package),
      fmt::format("In the section Staged Secret the description has to be {}", package.run_label),
      "Press Activate, and confirm.",
      "Come back to `rekey rotate`: while it runs, it notices by itself that the old secret has "
      "ended. Where it does not run, start it.",
  };
  card.stops = wrong_package(package);
  card.stops.push_back("the staged secret has another description, or none is there");
  card.stops.push_back(
      fmt::format("less than {} passed since the last activation", in_words(package.interval)));
  card.way_back =
      "there is none: an old secret cannot be brought back. If somebody stops working, give them "
      "the "
      "new value.";
  return card;
}

}  // namespace rekey::rotation
