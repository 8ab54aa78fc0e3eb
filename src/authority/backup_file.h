// A backup in one file: a head that anybody can read, and a content that is sealed.
//
//   rekey-backup-1
//   {"tenant":…,"made_at":…}          the head: one line of JSON
//   pieces as in crypto/sealed_stream.h: the root key's line, the anchor's line, the database
//
// The content's key is random and serves this file alone. It stands in the head, wrapped with a
// passphrase (scrypt, RFC 7914, then AES-256-GCM) or to a recipient (crypto/sealed_box.h). Every
// piece vouches for the head's bytes. docs/backup.md has the form for other programs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "crypto/passphrase_key.h"
#include "crypto/sealed_box.h"
#include "crypto/sealed_stream.h"
#include "ledger/ledger.h"
#include "platform/large_file.h"

namespace rekey::authority {

// Of the addresses that backups are sealed to: no rotation's value opens as one, nor the reverse.
inline constexpr std::string_view kBackupContext = "rekey backup";

// Who can open it.
using BackupSeal = std::variant<base::Secret, crypto::IntakeAddress>;  // a passphrase, a recipient
using BackupOpener = std::variant<base::Secret, crypto::IntakeKey>;

struct BackupSizes {
  std::int64_t root_key_bytes = 0;
  std::int64_t anchor_bytes = 0;  // 0: no checkpoint was signed yet
  std::int64_t database_bytes = 0;
  [[nodiscard]] std::int64_t total_bytes() const noexcept {
    return root_key_bytes + anchor_bytes + database_bytes;
  }
};

struct BackupFacts {
  std::string tenant;
  std::string made_by;  // the program's version
  base::Instant made_at{};
  std::uint32_t root_key_id = 0;
  std::int64_t position = 0;  // of the ledger's last event
  std::optional<base::Instant> latest_event_at;
  std::int64_t checkpoint_number = 0;    // the newest one; 0: none
  std::int64_t checkpoint_position = 0;  // which it covers
  BackupSizes sizes;
};

enum class BackupSealedTo { kPassphrase, kRecipient };
struct BackupHead {
  BackupFacts facts;
  BackupSealedTo sealed_to = BackupSealedTo::kPassphrase;
  crypto::PassphraseSalt salt{};  // of a passphrase
  crypto::PassphraseCost cost;    // of a passphrase
  std::string recipient;          // fingerprint_of its address
  std::string wrapped_key;        // base64url, or a sealed line
};

// The head's two lines at the beginning of a file. kInvalidArgument where it is no backup,
// kUnsupported where a newer program made it, kCorrupt where it is cut off or damaged.
struct ParsedBackupHead {
  BackupHead head;
  std::size_t size_bytes = 0;  // of both lines
};
[[nodiscard]] base::Result<ParsedBackupHead> parse_backup_head(std::string_view start);

class BackupWriter {
 public:
  // A new file of mode 0600; kAlreadyExists where there is one. Seen only after finish().
  [[nodiscard]] static base::Result<BackupWriter> create(const std::string& path,
                                                         const BackupFacts& facts,
                                                         const BackupSeal& seal);
  // The content in its order, in portions of any size.
  [[nodiscard]] base::Status append(std::string_view content);
  // kInternal where another number of bytes was appended than the facts say.
  [[nodiscard]] base::Status finish();

 private:
  BackupWriter(platform::NewFile file, crypto::StreamSealer sealer, std::int64_t total_bytes)
      : file_(std::move(file)), sealer_(std::move(sealer)), left_bytes_(total_bytes) {}
  [[nodiscard]] base::Status flush(bool is_last);

  platform::NewFile file_;
  crypto::StreamSealer sealer_;
  std::int64_t left_bytes_;
  std::string piece_;
};

class BackupReader {
 public:
  // Reads the head: its errors, and kCorrupt where the file has another size than it tells.
  [[nodiscard]] static base::Result<BackupReader> open(const std::string& path);
  [[nodiscard]] const BackupHead& head() const noexcept { return head_; }

  // kUnauthenticated where it is not what opens this one, kCorrupt where the head was changed.
  [[nodiscard]] base::Status unlock(const BackupOpener& opener);
  // The next `size_bytes`, in one; for what is small. After unlock(). kCorrupt where it was
  // changed.
  [[nodiscard]] base::Result<base::Secret> take(std::int64_t size_bytes);
  // The rest, in portions.
  [[nodiscard]] base::Status take_rest(const std::function<base::Status(std::string_view)>& use);

 private:
  BackupReader(std::string path, platform::LargeFileReader file, BackupHead head,
               std::string head_text)
      : path_(std::move(path)),
        file_(std::move(file)),
        head_(std::move(head)),
        head_text_(std::move(head_text)),
        left_bytes_(head_.facts.sizes.total_bytes()) {}
  [[nodiscard]] base::Status next_piece();

  std::string path_;
  platform::LargeFileReader file_;
  BackupHead head_;
  std::string head_text_;
  std::optional<crypto::StreamOpener> opener_;
  std::int64_t left_bytes_;  // of the content, in pieces that were not read yet
  base::Secret piece_;
  std::size_t used_bytes_ = 0;  // of piece_
};

}  // namespace rekey::authority
