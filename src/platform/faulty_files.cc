#include "platform/faulty_files.h"

namespace rekey::platform {

template <typename Effect>
auto FaultyFiles::pass(const std::string& path, const Effect& effect) -> decltype(effect()) {
  if (is_crashed_) return base::fail(base::Code::kIo, path + ": the program has crashed (planned)");
  ++calls_;
  if (calls_ != fault_.at_call) return effect();
  is_crashed_ = fault_.kind == Fault::Kind::kCrash;
  if (fault_.moment == Fault::Moment::kAfterEffect) {
    if (auto outcome = effect(); !outcome) return outcome;
  }
  return base::fail(base::Code::kIo, path + ": the disk failed (planned)");
}

void FaultyFiles::plan(const Fault& fault) {
  fault_ = fault;
  calls_ = 0;
}

void FaultyFiles::restart() {
  fault_.at_call = 0;
  is_crashed_ = false;
}

base::Result<base::Secret> FaultyFiles::read(const std::string& path, std::int64_t limit_bytes) {
  return pass(path, [&] { return inner_.read(path, limit_bytes); });
}

base::Result<FileFacts> FaultyFiles::facts(const std::string& path) {
  return pass(path, [&] { return inner_.facts(path); });
}

base::Status FaultyFiles::create(const std::string& path, std::string_view content, mode_t mode) {
  return pass(path, [&] { return inner_.create(path, content, mode); });
}

base::Status FaultyFiles::exchange(const std::string& path, std::string_view expected,
                                   std::string_view content) {
  return pass(path, [&] { return inner_.exchange(path, expected, content); });
}

base::Status FaultyFiles::replace(const std::string& path, std::string_view content, mode_t mode) {
  return pass(path, [&] { return inner_.replace(path, content, mode); });
}

base::Status FaultyFiles::remove(const std::string& path) {
  return pass(path, [&] { return inner_.remove(path); });
}

base::Status FaultyFiles::make_folder(const std::string& path, mode_t mode) {
  return pass(path, [&] { return inner_.make_folder(path, mode); });
}

}  // namespace rekey::platform
