// SOAP envelopes, in and out (contract section 4.9).
//
// In: versions 1.1 and 1.2, header and body in any order and prefix, the token in `fueloauth` with
// or without a namespace, WS-Addressing where it is given. The element in the body says what is
// asked; SOAPAction is not needed. Out: always the prefix "soap", which some clients look for by
// its letters, in the version that was asked in. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "engagement/ids.h"
#include "engagement/soap/xml_reader.h"
#include "net/http.h"

namespace rekey::engagement::soap {

inline constexpr std::string_view kPartnerSpace = "http://exacttarget.com/wsdl/partnerAPI";

enum class SoapVersion { k11, k12 };

struct Message {
  SoapVersion version = SoapVersion::k11;
  std::string token;       // empty where the header has none, or more than one
  std::string message_id;  // of WS-Addressing; empty where there is none
  XmlElement request;      // the one element in the body
};

enum class FaultKind {
  kSecurity,  // in the namespace of WS-Security: "Token Expired", "Login Failed"
  kClient,    // the request is at fault
  kServer,    // we are; with an apifault
  kVersion,   // an envelope of another SOAP
};

struct Fault {
  FaultKind kind = FaultKind::kClient;
  std::string text;
  SoapVersion version = SoapVersion::k11;
  std::string message_id;
  int code = 2;  // in the apifault: UnexpectedError
};

[[nodiscard]] tl::expected<Message, Fault> read_message(std::string_view bytes);

// What an answer's header says.
struct AnswerHeader {
  SoapVersion version = SoapVersion::k11;
  std::string_view action;  // "RetrieveResponse"
  std::string_view message_id;
  base::Instant now{};
};
// 200 with `body`, which is the element in the answer's body.
[[nodiscard]] net::Response answer_with(const AnswerHeader& header, std::string_view body,
                                        const Ids& ids);
// 500, whatever the fault: clients look for the fault, not for the status. `endpoint` is our own
// address.
[[nodiscard]] net::Response answer_with(const Fault& fault, std::string_view endpoint,
                                        base::Instant now, const Ids& ids);

}  // namespace rekey::engagement::soap
