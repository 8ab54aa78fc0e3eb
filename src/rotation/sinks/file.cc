#include "rotation/sinks/file.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "base/text.h"
#include "crypto/digest.h"
#include "documents/document.h"
#include "rotation/inventory.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Secret;

class FileSink final : public Sink {
 public:
  FileSink(SinkSpec spec, const documents::Format& format, platform::Files& files)
      : spec_(std::move(spec)), format_(format), files_(files) {}

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{}, {}", spec_.path, spec_.key);
  }
  [[nodiscard]] std::string address() const override {
    // Links and other spellings of one file are one place.
    std::error_code failure;
    const auto file = std::filesystem::weakly_canonical(spec_.path, failure);
    return fmt::format("file:{}#{}", failure ? spec_.path : file.string(), spec_.key);
  }

  [[nodiscard]] base::Result<SinkContent> read() override {
    REKEY_TRY(const Secret document, read_document());
    REKEY_TRY(Secret value, read_value(document));
    const crypto::Digest digest = crypto::sha256(document.reveal());
    return SinkContent{std::move(value), base::hex_encode(digest)};
  }

  [[nodiscard]] base::Status check_writable(std::string_view sample) override {
    REKEY_TRY(const platform::FileFacts facts, files_.facts(spec_.path));
    if (!facts.is_regular) {
      return base::fail(Code::kUnsupported, fmt::format("{} is not a regular file", spec_.path));
    }
    REKEY_TRY(const Secret document, read_document());
    REKEY_TRY(const Secret changed, replace(document, sample));
    static_cast<void>(changed);
    return {};
  }

  [[nodiscard]] base::Status write(const Secret& expected, const Secret& value) override {
    base::Status status;
    for (int attempt = 0; attempt < kExchangeAttempts; ++attempt) {
      status = write_once(expected, value);
      // Somebody may have edited another line just now; the value itself decides.
      if (status || status.error().code != Code::kConflict) break;
    }
    return status;
  }

 private:
  static constexpr int kExchangeAttempts = 3;

  [[nodiscard]] base::Status write_once(const Secret& expected, const Secret& value) {
    REKEY_TRY(const Secret document, read_document());
    REKEY_TRY(const Secret present, read_value(document));
    if (!(present == expected)) {
      return base::fail(
          Code::kConflict,
          fmt::format("{} holds a value that the engine did not write: somebody changed "
                      "it since it was read; nothing was overwritten",
                      describe()));
    }
    REKEY_TRY(const Secret changed, replace(document, value.reveal()));
    return files_.exchange(spec_.path, document.reveal(), changed.reveal());
  }
  [[nodiscard]] base::Result<Secret> read_document() {
    return files_.read(spec_.path, kSinkFileLimitBytes);
  }
  [[nodiscard]] base::Result<Secret> read_value(const Secret& document) const {
    auto value = documents::read_value(format_, document.reveal(), spec_.key);
    if (!value) return tl::unexpected(base::with_context(spec_.path, value.error()));
    return value;
  }
  [[nodiscard]] base::Result<Secret> replace(const Secret& document, std::string_view value) const {
    auto changed = documents::replace_value(format_, document.reveal(), spec_.key, value);
    if (!changed) return tl::unexpected(base::with_context(spec_.path, changed.error()));
    return changed;
  }

  SinkSpec spec_;
  const documents::Format& format_;
  platform::Files& files_;
};

}  // namespace

base::Result<std::unique_ptr<Sink>> make_file_sink(const SinkSpec& spec, platform::Files& files) {
  const documents::Format* format = documents::find_format(spec.format);
  if (format == nullptr) {
    return base::fail(Code::kUnsupported,
                      fmt::format("{}: there is no format {}", spec.path, spec.format));
  }
  return std::make_unique<FileSink>(spec, *format, files);
}

}  // namespace rekey::rotation
