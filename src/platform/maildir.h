// A Maildir: a folder in which each mail is a file, readable by any mail program while it is
// written (https://cr.yp.to/proto/maildir.html).
//
// A mail is written below tmp/, synced, and then gets its name in new/; readers move it to cur/ and
// put ":2," and flags behind its name.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rekey::platform {

// One thread at a time.
class Maildir {
 public:
  // Makes the folder and its three parts, readable by this user only, where they do not exist.
  [[nodiscard]] static base::Result<Maildir> open(std::string path);

  // Durable when Ok. `name` is made of letters, digits, dots, dashes and underscores and does not
  // begin with a dot (kInvalidArgument), and is this mail's alone: kAlreadyExists where new/ has
  // it.
  [[nodiscard]] base::Status deliver(std::string_view name, std::string_view mail);
  // Whether a mail of that name is there, read or not. Looks through all of cur/.
  [[nodiscard]] base::Result<bool> has(std::string_view name) const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit Maildir(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace rekey::platform
