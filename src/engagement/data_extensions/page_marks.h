// Where the pages of a list begin, so that a page is found by its first key and not by counting.
//
// Clients ask for pages by number. Whoever has read page 2 is told where page 3 begins from here;
// rows that come or go meanwhile make no other row be seen twice or missed. Where no mark is known,
// or only an old one, pages are counted from the beginning. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/time.h"

namespace rekey::engagement::data_extensions {

class PageMarks {
 public:
  static constexpr std::size_t kMostReaders = 512;
  static constexpr std::size_t kMostPages = 1024;  // of one reader

  static constexpr base::Duration kGoodFor = std::chrono::minutes{30};

  // The last key of the page before `page`. `reader`: who reads what in which size.
  [[nodiscard]] std::optional<std::string> find(const std::string& reader, std::int64_t page,
                                                base::Instant now);
  // `page` begins after the key `after`.
  void keep(const std::string& reader, std::int64_t page, std::string after, base::Instant now);

 private:
  struct Mark {
    std::string after;
    base::Instant kept_at{};
  };
  struct Reader {
    std::map<std::int64_t, Mark> pages;
    std::uint64_t last_use = 0;
  };
  void forget_oldest();

  std::mutex mutex_;
  std::uint64_t uses_ = 0;
  std::map<std::string, Reader> readers_;
};

}  // namespace rekey::engagement::data_extensions
