#include "documents/tree.h"

#include <fmt/format.h>

#include <string>

#include "documents/position.h"

namespace rekey::documents {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Secret;

// The first two that fit: more are never needed to say that there is not one.
struct Found {
  NodeId first = kNoNode;
  NodeId second = kNoNode;

  void add(NodeId id) {
    if (first == kNoNode) {
      first = id;
    } else if (second == kNoNode) {
      second = id;
    }
  }
};

class Search {
 public:
  Search(const Tree& tree, const Reading& reading) : tree_(tree), reading_(reading) {}

  [[nodiscard]] Found members(NodeId mapping, std::string_view name) const {
    Found found;
    if (tree_[mapping].kind != Node::Kind::kMapping) return found;
    for (NodeId id = tree_[mapping].first_child; id != kNoNode; id = tree_[id].next) {
      const auto text = reading_.name(tree_[id]);
      if (text && text->reveal() == name) found.add(id);
    }
    return found;
  }

  [[nodiscard]] Found items(NodeId sequence, const Step& step) const {
    Found found;
    if (tree_[sequence].kind != Node::Kind::kSequence) return found;
    std::size_t index = 0;
    for (NodeId id = tree_[sequence].first_child; id != kNoNode; id = tree_[id].next, ++index) {
      if (!step.is_selector) {
        if (std::to_string(index) == step.name) found.add(id);
        continue;
      }
      const Found both = members(id, step.name);
      const bool is_one = is_selected(both.first, step);
      if (is_one) found.add(id);
      // A member that occurs twice selects for some readers only.
      if (both.second != kNoNode && (is_one || is_selected(both.second, step))) {
        return {both.first, both.second};
      }
    }
    return found;
  }

  [[nodiscard]] Found take(NodeId id, const Step& step) const {
    const bool is_named = !step.is_selector && tree_[id].kind == Node::Kind::kMapping;
    return is_named ? members(id, step.name) : items(id, step);
  }

 private:
  [[nodiscard]] bool is_selected(NodeId member, const Step& step) const {
    if (member == kNoNode || tree_[member].kind != Node::Kind::kString) return false;
    const auto value = reading_.value(tree_[member]);
    return value && value->reveal() == step.selected;
  }

  const Tree& tree_;
  const Reading& reading_;
};

std::string line_of(const Tree& tree, std::string_view document, NodeId id) {
  const Node& node = tree[id];
  return describe_position(document, node.name_end > 0 ? node.name_begin : node.begin);
}

// From the root to one string, with what its key is made of.
class Way {
 public:
  Way(const Tree& tree, const Reading& reading, std::size_t offset)
      : tree_(tree), reading_(reading), offset_(offset) {}

  [[nodiscard]] bool find(NodeId id) {
    const Node& node = tree_[id];
    if (node.kind == Node::Kind::kString) return node.begin <= offset_ && offset_ < node.end;
    std::size_t index = 0;
    for (NodeId child = node.first_child; child != kNoNode; child = tree_[child].next, ++index) {
      steps_.push_back({id, child, index});
      if (find(child)) return true;
      steps_.pop_back();
    }
    return false;
  }

  [[nodiscard]] std::optional<std::string> key() const {
    std::string dotted;
    std::string pointer;
    bool is_dotted = true;
    for (const Step& step : steps_) {
      if (tree_[step.parent].kind == Node::Kind::kSequence) {
        const std::string selector = selector_of(step);
        dotted +=
            selector.empty() ? (dotted.empty() ? "" : ".") + std::to_string(step.index) : selector;
        pointer += '/' + std::to_string(step.index);
        continue;
      }
      const auto name = reading_.name(tree_[step.child]);
      if (!name) return std::nullopt;
      is_dotted = is_dotted && is_plain(name->reveal());
      dotted += dotted.empty() ? "" : ".";
      dotted += name->reveal();
      pointer += '/' + escaped(name->reveal());
    }
    return is_dotted ? dotted : pointer;
  }

 private:
  struct Step {
    NodeId parent = kNoNode;
    NodeId child = kNoNode;
    std::size_t index = 0;
  };

  static bool is_plain(std::string_view name) {
    return !name.empty() && name.find_first_of("./[]=") == std::string_view::npos;
  }

  static std::string escaped(std::string_view name) {
    std::string token;
    for (const char c : name) {
      if (c == '~' || c == '/') {
        token += c == '~' ? "~0" : "~1";
      } else {
        token += c;
      }
    }
    return token;
  }

  // "[key=et_clientSecret]" where no other item has that, and the value is not in it.
  [[nodiscard]] std::string selector_of(const Step& step) const {
    const Search search(tree_, reading_);
    for (const char* member : {"key", "name", "id"}) {
      const Found found = search.members(step.child, member);
      if (found.first == kNoNode || found.second != kNoNode) continue;
      const Node& node = tree_[found.first];
      const auto text = reading_.value(node);
      const bool is_value = node.begin <= offset_ && offset_ < node.end;
      if (!text || is_value || !is_plain(text->reveal())) continue;
      const Found same = search.items(step.parent, {member, true, std::string(text->reveal())});
      if (same.second != kNoNode) continue;
      return fmt::format("[{}={}]", member, text->reveal());
    }
    return {};
  }

  const Tree& tree_;
  const Reading& reading_;
  std::size_t offset_;
  std::vector<Step> steps_;
};

}  // namespace

Result<std::string> key_at(const Tree& tree, const Reading& reading, std::size_t offset) {
  Way way(tree, reading, offset);
  auto key = !tree.is_empty() && way.find(0) ? way.key() : std::nullopt;
  if (!key || key->empty()) return fail(Code::kNotFound, "no value of this document is there");
  return *std::move(key);
}

NodeId Tree::add(NodeId parent, const Node& node) {
  const auto id = static_cast<NodeId>(nodes_.size());
  nodes_.push_back(node);
  if (parent == kNoNode) return id;
  if (nodes_[parent].last_child == kNoNode) {
    nodes_[parent].first_child = id;
  } else {
    nodes_[nodes_[parent].last_child].next = id;
  }
  nodes_[parent].last_child = id;
  return id;
}

NodeId find_member(const Tree& tree, const Reading& reading, NodeId mapping,
                   std::string_view name) {
  const Found found = Search(tree, reading).members(mapping, name);
  return found.second == kNoNode ? found.first : kNoNode;
}

Result<NodeId> find_node(const Tree& tree, const Reading& reading, std::string_view document,
                         const Path& path, std::string_view key) {
  const auto not_found = [key] {
    return fail(Code::kNotFound, fmt::format("there is no key \"{}\" in this document", key));
  };
  if (tree.is_empty()) return not_found();
  const Search search(tree, reading);
  const NodeId sops = search.members(0, "sops").first;
  if (sops != kNoNode && tree[sops].kind == Node::Kind::kMapping) {
    return fail(Code::kUnsupported,
                fmt::format("{}: this document is encrypted by sops, and a value written in clear "
                            "text would break it; edit it with sops",
                            line_of(tree, document, sops)));
  }
  NodeId at = 0;
  for (std::size_t i = 0;; ++i) {
    if (const auto refusal = reading.refusal(tree, at); !refusal.empty()) {
      return fail(Code::kUnsupported,
                  fmt::format("{}: on the way to \"{}\" stands {}",
                              describe_position(document, tree[at].begin), key, refusal));
    }
    if (i == path.size()) return at;
    const Found found = search.take(at, path[i]);
    if (found.first == kNoNode) return not_found();
    if (found.second != kNoNode) {
      return fail(
          Code::kConflict,
          fmt::format("the key \"{}\" is ambiguous: {} and {} both fit; remove one", key,
                      line_of(tree, document, found.first), line_of(tree, document, found.second)));
    }
    at = found.first;
  }
}

base::Result<Located> locate_string(const Tree& tree, const Reading& reading,
                                    std::string_view document, const Path& path,
                                    std::string_view key, std::string_view why) {
  REKEY_TRY(const NodeId id, find_node(tree, reading, document, path, key));
  const Node& node = tree[id];
  auto value = reading.value(node);
  if (!value) {
    return base::fail(base::Code::kUnsupported,
                      fmt::format("{}: the value at \"{}\" {}",
                                  describe_position(document, node.begin), key, why));
  }
  return Located{node.begin, node.end, std::move(*value)};
}

}  // namespace rekey::documents
