#include "net/descriptor.h"

#include <unistd.h>

namespace rekey::net {

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

}  // namespace rekey::net
