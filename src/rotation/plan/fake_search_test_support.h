// Who searches for copies, in tests: keeps what it was asked for and says what it is told to.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/secret.h"
#include "rotation/drivers/secret_search.h"

namespace rekey::rotation::fakes {

class FakeSearch final : public SecretSearch {
 public:
  base::Result<SearchReport> search(const std::vector<std::string>& roots,
                                    std::span<const base::Secret> values) override {
    asked.push_back(roots);
    for (const base::Secret& value : values) looked_for.emplace_back(value.reveal());
    if (is_away) return base::fail(base::Code::kUnavailable, "/code: no such file");
    return report;
  }
  std::vector<std::vector<std::string>> asked;
  std::vector<std::string> looked_for;
  SearchReport report;
  bool is_away = false;
};

}  // namespace rekey::rotation::fakes
