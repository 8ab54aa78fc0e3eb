// What one message says once everything is filled in, kept before it is handed over so that a
// second try says the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engagement/sends/message.h"
#include "net/mail.h"

namespace rekey::engagement::sends {

struct ComposedMail {
  std::string from_address;
  std::string from_name;
  std::string to;
  std::vector<std::string> copies_to;
  std::vector<std::string> hidden_copies_to;
  std::string subject;
  std::string text;
  std::string html;  // with the links that are counted
  std::string unsubscribe_url;
};

[[nodiscard]] std::string to_json(const ComposedMail& mail);
[[nodiscard]] base::Result<ComposedMail> parse_composed_mail(std::string_view json);

// The mail as it is handed over: the same for the same message.
[[nodiscard]] base::Result<std::string> format_composed(const ComposedMail& composed,
                                                        const Message& message);

}  // namespace rekey::engagement::sends
