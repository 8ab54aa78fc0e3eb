#include "engagement/sends/utm_error.h"

#include <fmt/format.h>

namespace rekey::engagement::sends {

using base::Code;

std::string utm_message(const UtmFault& fault, std::string_view sentence) {
  return fmt::format("MCMS_UTM_{}: {}", fault.name, sentence);
}

tl::unexpected<Refusal> refuse_utm(const UtmFault& fault, std::string_view sentence) {
  net::JsonWriter body;
  body.begin_object()
      .member("message", utm_message(fault, sentence))
      .member("errorcode", fault.errorcode)
      .member("documentation", "")
      .end_object();
  return refuse_with(reply_with(fault.status, body));
}

tl::unexpected<Refusal> refuse_utm(const base::Error& error) {
  switch (error.code) {
    case Code::kNotFound:
      return refuse_utm(kObjectNotFound, error.detail);
    case Code::kAlreadyExists:
      return refuse_utm(kObjectExists, error.detail);
    case Code::kInvalidArgument:
    case Code::kUnsupported:
      return refuse_utm(kInvalidValue, error.detail);
    default:
      return tl::unexpected<Refusal>(Refusal(error));
  }
}

}  // namespace rekey::engagement::sends
