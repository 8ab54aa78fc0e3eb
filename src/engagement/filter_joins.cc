#include "engagement/filter_joins.h"

#include <fmt/format.h>

namespace rekey::engagement {

namespace {

using base::Result;

class Writer {
 public:
  explicit Writer(const WriteComparison& write_comparison) : write_comparison_(write_comparison) {}

  // `level`: how many joins it stands in.
  Result<std::string> write(const Filter& filter, std::size_t level) const {
    if (filter.operands.empty()) return write_comparison_(filter);
    if (filter.operands.size() == 1) return write(filter.operands.front(), level);
    if (level == kMostFilterLevels) {
      return base::fail(
          base::Code::kInvalidArgument,
          fmt::format("The filter's conditions are nested too deeply: at most {} of AND and "
                      "OR by turns stand in each other",
                      kMostFilterLevels));
    }
    REKEY_TRY(const std::string chain, write_chain(filter, filter.needs_all, level + 1));
    return fmt::format("({})", chain);
  }

 private:
  // The operands of `join` and of what stands in it and is joined alike.
  Result<std::string> write_chain(const Filter& join, bool needs_all, std::size_t level) const {
    std::string chain;
    for (const Filter& operand : join.operands) {
      if (!chain.empty()) chain += needs_all ? " AND " : " OR ";
      const bool is_alike = !operand.operands.empty() &&
                            (operand.operands.size() == 1 || operand.needs_all == needs_all);
      REKEY_TRY(const std::string sql,
                is_alike ? write_chain(operand, needs_all, level) : write(operand, level));
      chain += sql;
    }
    return chain;
  }

  const WriteComparison& write_comparison_;
};

}  // namespace

Result<std::string> write_joined(const Filter& filter, const WriteComparison& write_comparison) {
  return Writer(write_comparison).write(filter, 0);
}

}  // namespace rekey::engagement
