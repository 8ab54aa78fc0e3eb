// What a scanner of JSON, YAML or TOML saw: mappings, sequences and scalars by their places in the
// document, and how a key finds its way through them.
//
// A tree holds offsets only, never a name or a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "documents/document.h"
#include "documents/key_path.h"

namespace rekey::documents {

// How deep a document may nest: scanners descend by recursion.
inline constexpr int kMaxDepth = 128;

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = ~NodeId{0};

struct Node {
  enum class Kind : std::uint8_t { kMapping, kSequence, kString, kOther };
  Kind kind = Kind::kOther;
  std::size_t begin = 0;  // of the text, quotes included
  std::size_t end = 0;
  std::size_t name_begin = 0;  // of the member's name; both 0 in a sequence
  std::size_t name_end = 0;
  const char* refusal = "";  // what forbids to edit anything here or below; a literal
  NodeId next = kNoNode;
  NodeId first_child = kNoNode;
  NodeId last_child = kNoNode;
};

class Tree {
 public:
  // `parent` is kNoNode for the root alone, which comes first.
  NodeId add(NodeId parent, const Node& node);
  [[nodiscard]] Node& operator[](NodeId id) { return nodes_[id]; }
  [[nodiscard]] const Node& operator[](NodeId id) const { return nodes_[id]; }
  [[nodiscard]] bool is_empty() const noexcept { return nodes_.empty(); }

 private:
  std::vector<Node> nodes_;
};

// How a format reads what stands at a node.
class Reading {
 public:
  virtual ~Reading() = default;
  // What the member's name means; nothing where it is no text.
  [[nodiscard]] virtual std::optional<base::Secret> name(const Node& node) const = 0;
  // What a string means; nothing where it is none.
  [[nodiscard]] virtual std::optional<base::Secret> value(const Node& node) const = 0;
  // What forbids to edit anything at the node or below, to follow "there stands"; else empty.
  [[nodiscard]] virtual std::string_view refusal(const Tree& tree, NodeId id) const {
    return tree[id].refusal;
  }
};

// The node at `path`. kNotFound; kConflict where a step can be taken in two ways, with both lines;
// kUnsupported where a node on the way may not be edited, or where sops encrypted the document.
// `key` is for the messages.
[[nodiscard]] base::Result<NodeId> find_node(const Tree& tree, const Reading& reading,
                                             std::string_view document, const Path& path,
                                             std::string_view key);

// The string at `path`: find_node, and kUnsupported where the node is none, with `why` ("is no
// string; put it into quotes").
[[nodiscard]] base::Result<Located> locate_string(const Tree& tree, const Reading& reading,
                                                  std::string_view document, const Path& path,
                                                  std::string_view key, std::string_view why);

// The key of the string whose text holds the byte at `offset`: dotted where every name allows it,
// with selectors where an item has a member "key", "name" or "id" of its own, else a JSON Pointer.
// kNotFound where no string is there.
[[nodiscard]] base::Result<std::string> key_at(const Tree& tree, const Reading& reading,
                                               std::size_t offset);

// The member's node, or kNoNode where there is none or more than one.
[[nodiscard]] NodeId find_member(const Tree& tree, const Reading& reading, NodeId mapping,
                                 std::string_view name);

}  // namespace rekey::documents
