// The way on which mails leave, and what sends need to know to write them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rekey::engagement::sends {

struct MailSettings {
  std::string from_address = "sandbox@mail.example";  // where a send names none
  std::string from_name = "Sandbox";
  std::string public_url = "http://127.0.0.1";  // without a slash at its end
};

struct OutgoingMail {
  std::string id;  // letters, digits and dashes; the same whenever it is tried again
  std::string from;
  std::string to;
  std::string text;  // whole, with headers (net/mail.h)
  // An earlier try was cut off before its outcome was known.
  bool may_have_been_delivered = false;
};

// Blocks; one thread at a time.
class Transport {
 public:
  virtual ~Transport() = default;
  // Ok: handed over, durable there. kRefused: for good, with the words for the bounce.
  // kUnavailable, kTimeout, kIo: may pass, try again. kInvalidArgument: never with this mail.
  [[nodiscard]] virtual base::Status deliver(const OutgoingMail& mail) = 0;
  // Whether a mail that is tried again is seen to be there already.
  [[nodiscard]] virtual bool knows_its_mails() const noexcept = 0;
};

struct Mailer {
  MailSettings settings;
  std::unique_ptr<Transport> transport;
};

}  // namespace rekey::engagement::sends
