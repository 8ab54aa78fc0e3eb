// A double of Files for tests of what happens when the disk or the program fails half-way.
//
// It passes every call on to another Files and counts it. At a chosen call it fails: before the
// effect or after it (the effect is there, the caller is told otherwise), once or as a crash, after
// which nothing works until restart(). One thread.
#pragma once

#include "platform/files.h"

namespace rekey::platform {

struct Fault {
  enum class Moment { kBeforeEffect, kAfterEffect };
  enum class Kind { kError, kCrash };
  int at_call = 1;  // counted from 1 over all calls, reads too
  Moment moment = Moment::kBeforeEffect;
  Kind kind = Kind::kError;
};

class FaultyFiles final : public Files {
 public:
  // `inner` must outlive this.
  explicit FaultyFiles(Files& inner) : inner_(inner) {}

  // Counting starts anew; a fault that was not reached is forgotten.
  void plan(const Fault& fault);
  // The program runs again: calls pass, the planned fault is spent.
  void restart();
  [[nodiscard]] bool is_crashed() const noexcept { return is_crashed_; }
  // Calls since plan(), or since the start: how many places there are to fail at.
  [[nodiscard]] int calls() const noexcept { return calls_; }

  [[nodiscard]] base::Result<base::Secret> read(const std::string& path,
                                                std::int64_t limit_bytes) override;
  [[nodiscard]] base::Result<FileFacts> facts(const std::string& path) override;
  [[nodiscard]] base::Status create(const std::string& path, std::string_view content,
                                    mode_t mode) override;
  [[nodiscard]] base::Status exchange(const std::string& path, std::string_view expected,
                                      std::string_view content) override;
  [[nodiscard]] base::Status replace(const std::string& path, std::string_view content,
                                     mode_t mode) override;
  [[nodiscard]] base::Status remove(const std::string& path) override;
  [[nodiscard]] base::Status make_folder(const std::string& path, mode_t mode) override;

 private:
  // Runs `effect` with the fault around it where this is the call that it was planned for.
  template <typename Effect>
  auto pass(const std::string& path, const Effect& effect) -> decltype(effect());

  Files& inner_;
  Fault fault_{.at_call = 0};
  int calls_ = 0;
  bool is_crashed_ = false;
};

}  // namespace rekey::platform
