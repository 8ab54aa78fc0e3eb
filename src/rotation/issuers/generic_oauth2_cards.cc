#include "rotation/issuers/generic_oauth2_cards.h"

#include <fmt/format.h>

namespace rekey::rotation {
namespace {

Card card_with_facts(const GenericOAuth2Settings& settings, const ClientCardFacts& client) {
  Card card;
  card.facts.emplace_back("Client", client.name);
  card.facts.emplace_back("Client Id", client.client_id);
  card.facts.emplace_back("Token endpoint", settings.endpoint.url);
  card.facts.emplace_back("Description", client.run_label);
  if (client.expires_at) {
    card.facts.emplace_back("Present secret ends", base::format_instant(*client.expires_at));
  }
  card.steps.push_back(fmt::format("Open {}, and compare the client id there with {}.",
                                   settings.where, client.client_id));
  card.stops.push_back(fmt::format("the client id on the page is not {}", client.client_id));
  return card;
}

void add_notes(const GenericOAuth2Settings& settings, Card& card) {
  if (!settings.notes.empty()) card.steps.push_back(settings.notes);
}

}  // namespace

Card staging_card(const GenericOAuth2Settings& settings, const ClientCardFacts& client,
                  bool is_outage) {
  Card card = card_with_facts(settings, client);
  card.title = fmt::format("Make a new client secret for {}", client.name);
  card.why =
      "Nothing changes for anybody yet: the present secret goes on working beside the new "
      "one.";
  if (is_outage) {
    card.why =
        "NO KNOWN SECRET IS ACCEPTED NOW. If the client is disabled, mend that, make nothing, and "
        "start the run again: it goes on with the secret that is there. Otherwise a new secret is "
        "the quickest way out.";
  }
  card.steps.push_back(fmt::format(
      "Make a second secret beside the present one. Where it takes a description, enter: {}",
      client.run_label));
  add_notes(settings, card);
  card.steps.emplace_back(
      "Copy the value, and give it to Rekey: paste it where `rekey rotate` asks for it. Leave the "
      "page open until it was taken.");
  card.stops.push_back(fmt::format(
      "there are {} secrets already, or one that nobody knows: a further one may end one of them",
      settings.live_limit));
  card.stops.emplace_back("the page says that the present secret would end");
  card.way_back = "delete the new secret again, and not the present one.";
  return card;
}

Card activation_card(const GenericOAuth2Settings& settings, const ClientCardFacts& client) {
  Card card = card_with_facts(settings, client);
  card.title = fmt::format("Activate the new client secret of {}", client.name);
  card.why = fmt::format(
      "Every consumer ({}) has moved, and it is proven. The moment it is activated the present "
      "secret ends, for everybody and at once.",
      client.consumers);
  card.steps.emplace_back("Activate the secret that was made for this run.");
  add_notes(settings, card);
  card.steps.emplace_back(
      "Come back to `rekey rotate`: while it runs, it notices by itself that the old secret has "
      "ended. Where it does not run, start it.");
  card.stops.push_back(
      fmt::format("the new secret there is not the one with the description {}", client.run_label));
  card.way_back = "there may be none: if somebody stops working, give them the new value.";
  return card;
}

Card revocation_card(const GenericOAuth2Settings& settings, const ClientCardFacts& client,
                     const std::string& new_id) {
  Card card = card_with_facts(settings, client);
  card.title = fmt::format("End the old client secret of {}", client.name);
  card.why = fmt::format(
      "Every consumer ({}) has moved, and it is proven; the old secret is only a risk now. From "
      "its end on it is refused for everybody.",
      client.consumers);
  card.facts.emplace_back("New secret, which stays", new_id);
  card.steps.push_back(fmt::format(
      "Delete the old secret: not the one that was made for this run ({}).", client.run_label));
  add_notes(settings, card);
  card.steps.emplace_back(
      "Come back to `rekey rotate`: while it runs, it notices by itself that the old secret is "
      "refused. Where it does not run, start it.");
  card.stops.emplace_back("you cannot tell which of the secrets there is the old one");
  card.way_back = "there is none: a deleted secret cannot be brought back.";
  return card;
}

Card nothing_to_do_card(const ClientCardFacts& client) {
  Card card;
  card.title = fmt::format("Nothing to do at the issuer of {} now", client.name);
  card.why = "A program of the inventory does this step.";
  card.steps.emplace_back("Start `rekey rotate`, and it goes on.");
  card.stops = {"somebody is about to make or delete a secret there by hand"};
  return card;
}

}  // namespace rekey::rotation
