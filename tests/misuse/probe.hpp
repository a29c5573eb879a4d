#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "options.hpp"
#include "wrong.hpp"

namespace xgrad::test {

/// A call with some of its arguments wrong, made for every wrong value of each argument alone and for some of several.
/// A function that is public and in no probe fails coverage_test.cpp.
struct Probe {
  /// As the user calls it, and what its errors begin with; others may follow, as of a method.
  std::vector<std::string> names;
  std::function<void()> run;
};
using Probes = std::vector<Probe>;

/// An argument of a call: its right value (0), and wrong ones from 1 on.
struct Argument {
  std::size_t count = 0;
  std::function<void(std::size_t)> choose;
  const Tensor* tensor = nullptr;  ///< where it is one
};

/// Makes the calls, and checks each: it returns, and what it returned runs, or throws an Error that starts with one of
/// the names. The right call must return.
void make_calls(const std::vector<std::string>& names, const std::vector<Argument>& arguments,
                const std::function<std::vector<Tensor>()>& call);

namespace detail {
/// The tensors in a result.
template <class T>
void collect(const T&, std::vector<Tensor>&);
inline void collect(const Tensor& result, std::vector<Tensor>& into) { into.push_back(result); }
inline void collect(const TopK& r, std::vector<Tensor>& into) { into.insert(into.end(), {r.values, r.indices}); }
inline void collect(const MaxPooled& r, std::vector<Tensor>& into) { into.insert(into.end(), {r.values, r.indices}); }
inline void collect(const SlogDet& r, std::vector<Tensor>& into) { into.insert(into.end(), {r.sign, r.logabs}); }
inline void collect(const Qr& r, std::vector<Tensor>& into) { into.insert(into.end(), {r.q, r.r}); }
inline void collect(const Eigh& r, std::vector<Tensor>& into) { into.insert(into.end(), {r.values, r.vectors}); }
inline void collect(const Lu& r, std::vector<Tensor>& into) { into.insert(into.end(), {r.p, r.l, r.u}); }
inline void collect(const LuFactor& r, std::vector<Tensor>& into) { into.insert(into.end(), {r.lu, r.pivots}); }
inline void collect(const Lstsq& r, std::vector<Tensor>& into) {
  into.insert(into.end(), {r.solution, r.residuals, r.rank, r.singular_values});
}
inline void collect(const Svd& r, std::vector<Tensor>& into) { into.insert(into.end(), {r.u, r.s, r.vh}); }
inline void collect(const ValuesIndices& r, std::vector<Tensor>& into) {
  into.insert(into.end(), {r.values, r.indices});
}
inline void collect(const VarMean& r, std::vector<Tensor>& into) { into.insert(into.end(), {r.var, r.mean}); }
inline void collect(const StdMean& r, std::vector<Tensor>& into) { into.insert(into.end(), {r.std, r.mean}); }
inline void collect(const MinMax& r, std::vector<Tensor>& into) { into.insert(into.end(), {r.min, r.max}); }
inline void collect(const Unique& r, std::vector<Tensor>& into) {
  into.insert(into.end(), {r.values, r.inverse, r.counts});
}
template <class T>
void collect(const std::vector<T>& results, std::vector<Tensor>& into);
template <class A, class B>
void collect(const std::pair<A, B>& results, std::vector<Tensor>& into) {
  collect(results.first, into);
  collect(results.second, into);
}
template <class T>
void collect(const std::vector<T>& results, std::vector<Tensor>& into) {
  for (const auto& result : results) collect(result, into);
}
/// Everything else holds none.
template <class T>
void collect(const T&, std::vector<Tensor>&) {}
}  // namespace detail

/// The right value of an argument, the wrong ones, and the one that is given now.
template <class T>
struct Choice {
  std::vector<T> values;
  T now;

  explicit Choice(const T& right) : values(wrong(right)), now(right) { values.insert(values.begin(), right); }
  Argument argument() {
    return {values.size(), [this](std::size_t i) { now = values[i]; }};
  }
};

/// Tensors that are huge, beside. They never run, so each is made when it is given: what waits runs along with
/// whatever does.
template <>
struct Choice<Tensor> {
  std::vector<Tensor> values;
  std::vector<Shape> huge;
  Tensor now;

  explicit Choice(const Tensor& right) : values(wrong(right)), huge(huge_shapes(right.shape())), now(right) {
    values.insert(values.begin(), right);
  }
  Argument argument() {
    const auto choose = [this](std::size_t i) {
      now = i < values.size() ? values[i] : zeros(huge[i - values.size()], values[0].dtype());
    };
    return {values.size() + huge.size(), choose, &now};
  }
};

/// A probe of a function, from one right call of it: `names` are that of the function and those in whose name its
/// errors speak; what is called gets arguments of the types given.
template <class F, class... A>
Probe probe(std::vector<std::string> names, F f, A... right) {
  return {names, [=] {
            std::tuple<Choice<A>...> choices{right...};
            std::apply(
                [&](auto&... choice) {
                  make_calls(names, {choice.argument()...}, [&]() -> std::vector<Tensor> {
                    std::vector<Tensor> tensors;
                    if constexpr (std::is_void_v<decltype(f(choice.now...))>)
                      f(choice.now...);
                    else
                      detail::collect(f(choice.now...), tensors);
                    return tensors;
                  });
                },
                choices);
          }};
}
template <class F, class... A>
Probe probe(const char* name, F f, A... right) {
  return probe(std::vector<std::string>{name}, std::move(f), std::move(right)...);
}

/// Runs all probes of a list.
void run(const Probes& probes);

inline void append(Probes& probes, Probes more) { probes.insert(probes.end(), more.begin(), more.end()); }

}  // namespace xgrad::test
