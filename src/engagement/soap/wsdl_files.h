// The WSDL of the SOAP endpoint, in the binary.
#pragma once

#include <string_view>

namespace rekey::engagement::soap {

// "@ENDPOINT@" in it stands for the endpoint's address.
extern const std::string_view kEtframeworkWsdl;

}  // namespace rekey::engagement::soap
