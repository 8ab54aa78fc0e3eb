// `rekey scan --verify`: whether secrets that were found still work, asked where the user says.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "discovery/progress.h"
#include "discovery/verify.h"

namespace rekey::cli {

class ScanVerification {
 public:
  // nullptr where it was not asked for. kInvalidArgument where a place is none.
  [[nodiscard]] static base::Result<std::unique_ptr<ScanVerification>> make(
      const Arguments& arguments, std::span<const discovery::Detector> detectors);

  [[nodiscard]] discovery::Pairs& pairs() noexcept { return pairs_; }
  // Asks, and notes the answers in the findings. Once.
  void run(const Context& context, std::vector<discovery::Finding>& findings,
           discovery::Progress& progress);

 private:
  ScanVerification(std::vector<discovery::TokenPlace> places, base::Duration every,
                   std::string ca_file)
      : pairs_(std::move(places)), every_(every), ca_file_(std::move(ca_file)) {}

  discovery::Pairs pairs_;
  base::Duration every_;  // least time between two requests to one place
  std::string ca_file_;   // empty: the system's authorities
};

}  // namespace rekey::cli
