// What the names in a journey stand for: what came with the event, and what the contact is. Pure.
//
//   Event.KEY.Name, Event.KEY."Name"          what came with the event under that name
//   Contact.Key, Contact.Attribute.Set.Name   of the contact
//   Name                                      the event's, else the contact's
//
// An expression is a text in which {{…}} stands for what is named between.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engagement/contacts/contact.h"

namespace rekey::engagement::journeys {

using EventData = std::vector<std::pair<std::string, std::string>>;

class Names {
 public:
  // The references outlive it.
  Names(const std::string& contact_key, const EventData& data,
        const std::vector<contacts::Attribute>& attributes)
      : contact_key_(contact_key), data_(data), attributes_(attributes) {}

  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  // What stands for nothing leaves nothing.
  [[nodiscard]] std::string evaluate(std::string_view expression) const;

 private:
  [[nodiscard]] std::optional<std::string> of_event(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> of_contact(std::string_view set,
                                                      std::string_view name) const;
  [[nodiscard]] std::optional<std::string> contact_part(
      const std::vector<std::string>& parts) const;

  const std::string& contact_key_;
  const EventData& data_;
  const std::vector<contacts::Attribute>& attributes_;
};

}  // namespace rekey::engagement::journeys
