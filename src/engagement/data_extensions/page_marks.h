// Where the pages of a list begin, so that a page is found by its first key and not by counting.
//
// Clients ask for pages by number. Whoever has read page 2 is told where page 3 begins from here;
// rows that come or go meanwhile make no other row be seen twice or missed. What is forgotten is
// found again by walking the keys. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace rekey::engagement::data_extensions {

class PageMarks {
 public:
  static constexpr std::size_t kMostReaders = 512;
  static constexpr std::size_t kMostPages = 1024;  // of one reader

  struct Mark {
    std::int64_t page = 1;
    std::string after;  // the last key of the page before; empty for the first page
  };

  // The nearest known beginning at or before `page`. `reader`: who reads what in which size.
  [[nodiscard]] Mark nearest(const std::string& reader, std::int64_t page);
  void keep(const std::string& reader, Mark mark);

 private:
  struct Reader {
    std::map<std::int64_t, std::string> pages;
    std::uint64_t last_use = 0;
  };
  void forget_oldest();

  std::mutex mutex_;
  std::uint64_t uses_ = 0;
  std::map<std::string, Reader> readers_;
};

}  // namespace rekey::engagement::data_extensions
