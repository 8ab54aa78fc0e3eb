#include "discovery/git/inflate.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "base/assert.h"

namespace rekey::discovery::git {

struct Inflater::State {
  State() : decompressor(libdeflate_alloc_decompressor()) { REKEY_ASSERT(decompressor != nullptr); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { libdeflate_free_decompressor(decompressor); }
  libdeflate_decompressor* decompressor;
};

Inflater::Inflater() : state_(std::make_unique<State>()) {}
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;
Inflater::~Inflater() = default;

bool Inflater::inflate(std::span<const std::uint8_t> packed, std::span<std::uint8_t> out) {
  std::size_t taken = 0;
  std::size_t made = 0;
  // An address even where nothing is written: libdeflate computes with it.
  std::uint8_t nothing = 0;
  return libdeflate_zlib_decompress_ex(state_->decompressor, packed.data(), packed.size(),
                                       out.empty() ? &nothing : out.data(), out.size(), &taken,
                                       &made) == LIBDEFLATE_SUCCESS &&
         made == out.size();
}

namespace {

class Stream {
 public:
  explicit Stream(std::span<const std::uint8_t> packed)
      : left_(packed), is_open_(::inflateInit(&stream_) == Z_OK) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (is_open_) ::inflateEnd(&stream_);
  }

  // Fills as much of `out` as there is content for.
  std::size_t read(std::span<std::uint8_t> out) {
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    std::size_t made = 0;
    while (is_open_ && !is_at_end_ && !is_broken_ && made < out.size()) {
      const auto room = std::min(out.size() - made, kMost);
      const auto given = std::min(left_.size(), kMost);
      stream_.next_in = const_cast<Bytef*>(left_.data());  // zlib's interface; it only reads
      stream_.avail_in = static_cast<uInt>(given);
      stream_.next_out = out.data() + made;
      stream_.avail_out = static_cast<uInt>(room);
      const int answer = ::inflate(&stream_, Z_NO_FLUSH);
      left_ = left_.subspan(given - stream_.avail_in);
      made += room - stream_.avail_out;
      is_at_end_ = answer == Z_STREAM_END;
      is_broken_ = answer != Z_OK && answer != Z_STREAM_END;
    }
    return made;
  }
  [[nodiscard]] bool is_at_end() const noexcept { return is_at_end_; }

 private:
  z_stream stream_{};
  std::span<const std::uint8_t> left_;
  bool is_open_;
  bool is_at_end_ = false;
  bool is_broken_ = false;
};

}  // namespace

std::size_t inflate_beginning(std::span<const std::uint8_t> packed, std::span<std::uint8_t> out) {
  return Stream(packed).read(out);
}

bool inflate_pieces(std::span<const std::uint8_t> packed, std::size_t piece_bytes,
                    const std::function<bool(std::span<const std::uint8_t>)>& take) {
  Stream stream(packed);
  std::vector<std::uint8_t> piece(piece_bytes);
  while (!stream.is_at_end()) {
    const auto made = stream.read(piece);
    if (made == 0) break;
    if (!take({piece.data(), made})) return false;
  }
  return stream.is_at_end();
}

}  // namespace rekey::discovery::git
