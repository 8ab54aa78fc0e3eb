// One visitor of a variant, made of a lambda for each alternative.
#pragma once

namespace rekey::base {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace rekey::base
