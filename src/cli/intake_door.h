// Taking values on one-time pages (intake/intake_page.h): what the command line says of them, and
// one page after the other, each with a link of its own.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "crypto/sealed_box.h"
#include "intake/intake_page.h"
#include "rotation/drivers/administrator.h"

namespace rekey::cli {

struct IntakeOptions {
  std::string host;            // as browsers write it: small letters, an address in its short form
  std::uint16_t port = 0;      // 0: one that is free
  std::string listen_address;  // HOST where that is an address; else every one of IPv4
  std::string certificate_pem;
  base::Secret key_pem;
  base::Duration lasts{};
};

// Of --intake and --intake-…; nullopt without them. kInvalidArgument says what is wrong with which.
[[nodiscard]] base::Result<std::optional<IntakeOptions>> intake_options(const Context& context,
                                                                        const Arguments& arguments);

class IntakeDoor {
 public:
  // The key to which values of a client's open run are sealed.
  using KeyOf = std::function<base::Result<crypto::IntakeKey>(const std::string& client_id)>;

  // The context outlives it. Links and refusals are told on `stream` and the error stream.
  IntakeDoor(const Context& context, IntakeOptions options, KeyOf key_of, std::FILE* stream);
  // As rotation::Administrator::take_value; the card has been shown here already. The page stays
  // until the next one or the end, so that who comes late is told why.
  [[nodiscard]] base::Result<base::Secret> take_value(const rotation::ValueRequest& request);

 private:
  base::Result<intake::IntakePage> open(const rotation::ValueRequest& request,
                                        crypto::IntakeAddress address, intake::AcceptSealed accept);
  void tell(const intake::IntakeInvitation& invitation, const std::string& key_fingerprint);

  const Context& context_;
  IntakeOptions options_;
  KeyOf key_of_;
  std::FILE* stream_;
  std::optional<intake::IntakePage> page_;
};

}  // namespace rekey::cli
