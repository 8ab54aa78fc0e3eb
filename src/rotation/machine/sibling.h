// What one integration of an inventory may know of the others: enough to find out whose secret a
// value is that is not its own.
#pragma once

#include <string>

namespace rekey::rotation {

struct Sibling {
  std::string name;  // the package's
  std::string client_id;
  std::string issuer_kind;
  std::string issuer_location;  // as its kind tells it
};

}  // namespace rekey::rotation
