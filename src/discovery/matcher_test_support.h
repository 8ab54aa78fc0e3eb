// What a matcher finds in a text, as one line.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "discovery/matcher.h"

namespace rekey::discovery {

class FindTest : public testing::Test {
 protected:
  // "detector@layers" of the hit that has this value; "nothing" where none has.
  std::string found(const std::string& text, const std::string& value,
                    const std::string& path = "x") {
    for (const Hit& hit : matcher_.match(text, path).hits) {
      if (hit.value.reveal() != value) continue;
      std::string name = hit.detector->id;
      for (const Layer layer : hit.layers) name += "@" + std::string(name_of(layer));
      return name;
    }
    return "nothing";
  }

  Matcher matcher_;
};

}  // namespace rekey::discovery
