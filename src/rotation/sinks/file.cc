#include "rotation/sinks/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "crypto/digest.h"
#include "documents/document.h"
#include "documents/elsewhere.h"
#include "documents/encoding.h"
#include "documents/part.h"
#include "platform/canonical_path.h"
#include "rotation/drivers/secret_search.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Secret;

std::string location_of(const DriverSpec& spec) {
  const std::string part = spec.text("part");
  return fmt::format("{}, {}{}{}", spec.text("path"), spec.text("key"), part.empty() ? "" : ", ",
                     part);
}

base::Status check_part(const DriverSpec& spec) {
  const std::string part = spec.text("part");
  if (part.empty()) return {};
  REKEY_CHECK(documents::check_part(part));
  const bool is_percent =
      documents::encoding_of(spec.text("encoding")) == documents::Encoding::kPercent;
  if (is_percent || !documents::is_percent_encoded(part)) return {};
  return base::fail(Code::kInvalidArgument,
                    fmt::format("{} is percent-encoded; add encoding: percent", part));
}

base::Status complete(DriverSpec& spec) {
  REKEY_CHECK(check_part(spec));
  const std::string path = spec.text("path");
  if (path.empty() || spec.find("format") != nullptr) return {};
  const std::string_view format = documents::guess_format(path);
  std::error_code failure;
  const bool is_away = format.empty() && !std::filesystem::exists(path, failure) && !failure;
  if (is_away) {
    return base::fail(
        Code::kInvalidArgument,
        fmt::format("there is no file {}; mend the path (if it is right: its format cannot be told "
                    "from its name; add format: {})",
                    path, fmt::join(documents::format_names(), " or ")));
  }
  if (format.empty()) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("the format of {} cannot be told from its name; add format: {}",
                                  path, fmt::join(documents::format_names(), " or ")));
  }
  spec.set("format", std::string(format));
  return {};
}

class FileSink final : public Sink {
 public:
  FileSink(const DriverSpec& spec, const documents::Format& format, const DriverParts& parts)
      : path_(spec.text("path")),
        key_(spec.text("key")),
        part_(spec.text("part")),
        encoding_(documents::encoding_of(spec.text("encoding"))),
        location_(location_of(spec)),
        format_(format),
        files_(parts.files),
        clock_(parts.clock) {}

  [[nodiscard]] std::string describe() const override { return location_; }
  [[nodiscard]] std::string address() const override {
    return fmt::format("file:{}#{}{}{}", platform::without_links(path_), key_,
                       part_.empty() ? "" : "#", part_);
  }

  // By bytes: one key has many spellings. Another name of the file is another place, since writing
  // leaves it with what it holds.
  [[nodiscard]] bool is_at(const FoundPlace& place) override {
    if (!place.is_file || place.path != platform::without_links(path_)) return false;
    const auto document = read_document();
    if (!document) return false;
    const auto spot = format_.locate(document->reveal(), key_);
    if (!spot || place.begin < spot->begin || place.end > spot->end) return false;
    return part_.empty() || place.part.empty() || place.part == part_;
  }

  [[nodiscard]] base::Result<SinkContent> read() override {
    REKEY_TRY(const Secret document, read_document());
    REKEY_TRY(Secret value, read_value(document));
    const crypto::Digest digest = crypto::sha256(document.reveal());
    return SinkContent{std::move(value), base::hex_encode(digest)};
  }

  [[nodiscard]] base::Status check_writable(std::string_view sample) override {
    REKEY_TRY(const platform::FileFacts facts, files_.facts(path_));
    if (!facts.is_regular) {
      return base::fail(Code::kUnsupported, fmt::format("{} is not a regular file", path_));
    }
    REKEY_CHECK(platform::check_one_name(path_, facts.names));
    REKEY_CHECK(files_.check_exchangeable(path_));
    REKEY_TRY(const Secret document, read_document());
    REKEY_TRY(const Secret changed, replace(document, sample));
    static_cast<void>(changed);
    return {};
  }

  [[nodiscard]] base::Status write(const Secret& expected, const Secret& value) override {
    const base::Duration begun_at = clock_.monotonic();
    for (int attempt = 0;; ++attempt) {
      base::Status status = write_once(expected, value);
      if (!status && status.error().code == Code::kIo) return say_obstacle(std::move(status));
      const bool is_over = clock_.monotonic() - begun_at >= kExchangePatience;
      if (status || is_over || status.error().code != Code::kUnavailable) return status;
      clock_.sleep_for(pause(attempt));
    }
  }

 private:
  // Several runs may write into one file, and people edit it: each waits for its turn.
  static constexpr base::Duration kExchangePatience = std::chrono::seconds{15};
  static constexpr base::Duration kFirstPause{8};
  static constexpr int kDoublings = 5;

  // Doubling, less up to the half, by the place: those who meet once do not meet again.
  [[nodiscard]] base::Duration pause(int attempt) const {
    const base::Duration full = kFirstPause * (1 << std::min(attempt, kDoublings));
    const std::size_t share = std::hash<std::string>{}(location_ + std::to_string(attempt)) % 128;
    return full - full * static_cast<int>(share) / 256;
  }

  // What a person has to mend is told as that, and not tried again.
  [[nodiscard]] base::Status say_obstacle(base::Status failed) {
    const base::Status exchangeable = files_.check_exchangeable(path_);
    const bool is_told = !exchangeable && exchangeable.error().code == Code::kForbidden;
    return is_told ? exchangeable : failed;
  }

  // kUnavailable where the file was somebody else's for a moment: the value itself decides, and it
  // is looked at anew.
  [[nodiscard]] base::Status write_once(const Secret& expected, const Secret& value) {
    REKEY_TRY(const Secret document, read_document());
    REKEY_TRY(const Secret present, read_value(document));
    if (present == value) return {};
    if (!(present == expected)) {
      return base::fail(
          Code::kConflict,
          fmt::format("{} holds a value that the engine did not write: somebody changed "
                      "it since it was read; nothing was overwritten",
                      describe()));
    }
    REKEY_TRY(const Secret changed, replace(document, value.reveal()));
    auto status = files_.exchange(path_, document.reveal(), changed.reveal());
    if (!status && status.error().code == Code::kConflict) status.error().code = Code::kUnavailable;
    return status;
  }
  [[nodiscard]] base::Result<Secret> read_document() {
    return with_cure(files_.read(path_, kSinkFileLimitBytes));
  }
  // Of what is not there: who reads this knows whether the file or the inventory is wrong.
  template <typename T>
  static base::Result<T> with_cure(base::Result<T> result) {
    if (!result && result.error().code == Code::kNotFound) {
      result.error().detail +=
          "; mend the path of this sink in the inventory, or put the file there";
    }
    return result;
  }
  [[nodiscard]] base::Result<Secret> read_value(const Secret& document) const {
    auto value = decode(document);
    if (!value) return tl::unexpected(base::with_context(path_, value.error()));
    return value;
  }
  [[nodiscard]] base::Result<Secret> decode(const Secret& document) const {
    REKEY_TRY(Secret text, documents::read_value(format_, document.reveal(), key_));
    if (!part_.empty()) {
      REKEY_TRY(const auto span, documents::locate_part(part_, text.reveal()));
      text = Secret(text.reveal().substr(span.begin, span.end - span.begin));
    }
    if (part_.empty() && encoding_ == documents::Encoding::kPlain) return text;
    REKEY_TRY(Secret value, documents::decode_value(encoding_, text.reveal()));
    const std::string_view elsewhere = documents::describe_elsewhere(value.reveal());
    if (elsewhere.empty()) return value;
    return base::fail(Code::kUnsupported,
                      fmt::format("the value of \"{}\" is {}", key_, elsewhere));
  }
  [[nodiscard]] base::Result<Secret> encode(const Secret& document, std::string_view value) const {
    if (!documents::describe_elsewhere(value).empty()) {
      return base::fail(Code::kInvalidArgument,
                        "the new value has the shape of ciphertext or of a placeholder");
    }
    Secret text = documents::encode_value(encoding_, value);
    if (!part_.empty()) {
      REKEY_TRY(const Secret whole, documents::read_value(format_, document.reveal(), key_));
      REKEY_TRY(text, documents::replace_part(part_, whole.reveal(), text.reveal()));
    }
    return documents::replace_value(format_, document.reveal(), key_, text.reveal());
  }
  [[nodiscard]] base::Result<Secret> replace(const Secret& document, std::string_view value) const {
    // A value that cannot be read is not replaced either.
    REKEY_TRY(const Secret present, read_value(document));
    static_cast<void>(present);
    auto changed = encode(document, value);
    if (!changed) return tl::unexpected(base::with_context(path_, changed.error()));
    return changed;
  }

  std::string path_;
  std::string key_;
  std::string part_;
  documents::Encoding encoding_;
  std::string location_;
  const documents::Format& format_;
  platform::Files& files_;
  platform::Clock& clock_;
};

base::Result<std::unique_ptr<Sink>> make_file_sink(const DriverSpec& spec,
                                                   const DriverParts& parts) {
  const std::string name = spec.text("format");
  const documents::Format* format = documents::find_format(name);
  if (format == nullptr) {
    return base::fail(Code::kUnsupported,
                      fmt::format("{}: there is no format {}", spec.text("path"), name));
  }
  return std::make_unique<FileSink>(spec, *format, parts);
}

}  // namespace

SinkKind file_sink() {
  const KeySpec path{"path", KeyType::kPath, true, "the file that holds the value"};
  const KeySpec format{"format", KeyType::kChoice, false, "how the file is written",
                       documents::format_names()};
  const KeySpec key{"key", KeyType::kText, true, "which value of the file it is"};
  const KeySpec part{"part", KeyType::kText, false,
                     "which part of the text at the key: uri:password, connection:NAME"};
  const KeySpec encoding{"encoding", KeyType::kChoice, false, "how the value is encoded there",
                         documents::encoding_names()};
  return {{"file", {path, format, key, part, encoding}, complete, location_of}, make_file_sink};
}

}  // namespace rekey::rotation
