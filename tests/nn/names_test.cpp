#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/loss.hpp>
#include <nn/metrics.hpp>

#include "autograd/expect.hpp"

// Errors name what the user called, not the operations that it is composed of: also those of values that are refused in
// the run, long after the call.
namespace xgrad {
namespace {

using test::error_of;
using test::f64;
using test::i64;

struct Call {
  std::string function;
  std::function<Tensor()> call;
};

/// Calls whose values are out of range, which only the run sees.
std::vector<Call> refused_in_the_run() {
  const Tensor x = f64({{1, 2, 3}, {4, 5, 6}}), far = i64({0, 7}), labels = i64({0, 9});
  const nn::CrossEntropyOptions smooth{.label_smoothing = 0.1};
  return {{"take", [=] { return take(x, far, 1); }},
          {"gather", [=] { return gather(x, 1, expand_dims(far, 1)); }},
          {"scatter_add",
           [=] {
             return scatter_add({2, 3}, 1, expand_dims(far, 1), f64({{1}, {2}}));
           }},
          {"one_hot", [=] { return one_hot(labels, 3); }},
          {"index_select", [=] { return index_select(x, 0, far); }},
          {"index_add", [=] { return index_add(x, 0, far, x); }},
          {"take_along_axis", [=] { return take_along_axis(x, expand_dims(far, 1), 1); }},
          {"put_along_axis", [=] { return put_along_axis(x, expand_dims(far, 1), 1.0, 1); }},
          {"embedding", [=] { return embedding(far, x); }},
          {"at", [=] { return at(x, {far}); }},
          {"at",
           [=] {
             return at(x, {i64({0, 0}), far});
           }},
          {"cross_entropy", [=] { return nn::cross_entropy(x, labels); }},
          {"cross_entropy", [=] { return nn::cross_entropy(x, labels, {.ignore_index = {}}); }},
          {"cross_entropy", [=] { return nn::cross_entropy(x, labels, smooth); }},
          {"nll_loss", [=] { return nn::nll_loss(x, labels); }}};
}

/// Calls that are refused at once, by one of the operations they are made of or by their own checks.
std::vector<Call> refused_at_once() {
  const Tensor x = f64({{1, 2, 3}, {4, 5, 6}}), flat = f64({1, 2}), none, whole = i64({1, 2});
  return {{"softmax", [=] { return softmax(x, 5); }},
          {"std", [=] { return xgrad::std(x, 5); }},
          {"norm", [=] { return norm(x, 2, 5); }},
          {"pad",
           [=] {
             return pad(whole, {{1, 1}}, {.value = 0.5});
           }},
          {"eye", [=] { return eye(-1); }},
          {"stack",
           [=] {
             return stack({x, flat});
           }},
          {"masked_fill", [=] { return masked_fill(whole, true, 0.5); }},
          {"clip", [=] { return clip(none, 0, 1); }},
          {"accuracy", [=] { return nn::accuracy(x, flat); }},
          {"mse_loss", [=] { return nn::mse_loss(x, flat); }},
          {"cross_entropy", [=] { return nn::cross_entropy(x, flat); }}};
}

void names_its_function(const std::string& function, const std::string& text) {
  CHECK_MESSAGE(text.starts_with(function + ": "), text);
}

}  // namespace

TEST_CASE("values that are refused in the run are refused in the name of the function that was called") {
  for (const Call& row : refused_in_the_run()) names_its_function(row.function, error_of([&] { eval(row.call()); }));
}

TEST_CASE("calls are refused in the name of the function that was called") {
  for (const Call& row : refused_at_once()) names_its_function(row.function, error_of([&] { eval(row.call()); }));
}

TEST_CASE("derivatives and batches of examples refuse values in the same name") {
  const Tensor table = f64({{1, 2}, {3, 4}}), far = i64({0, 7});
  const auto rows = [&](const Tensor& x) { return sum(embedding(far, x)); };
  names_its_function("embedding", error_of([&] { eval(gradient(rows, table)); }));
  const auto loss = [&](const Tensor& x) { return nn::cross_entropy(x, i64({0, 9})); };
  names_its_function("cross_entropy", error_of([&] { eval(gradient(loss, table)); }));
  const auto each = vmap(TensorsFunction([](const std::vector<Tensor>& x) { return index_select(x[0], 0, x[1]); }));
  names_its_function("index_select", error_of([&] { eval(each({stack({table, table}), i64({{0}, {7}})})); }));
}

TEST_CASE("what waits for a run and is run along by another function keeps its own name") {
  const Tensor wrong = take(f64({1, 2}), i64({7}));
  names_its_function("take", error_of([&] { nonzero(wrong); }));
  const Tensor other = one_hot(i64({5}), 2);
  names_its_function("one_hot", error_of([&] { masked_select(f64({1, 2}), not_equal(other, 0)); }));
}

TEST_CASE("a function of one's own names itself, the outermost of several, until it returns") {
  const auto inner = [] {
    const Called called("inner");
    fail("part", "refused");
  };
  const auto outer = [&] {
    const Called called("outer");
    inner();
  };
  CHECK(error_of(inner) == "inner: refused");
  CHECK(error_of(outer) == "outer: refused");
  CHECK(error_of([] { fail("part", "refused"); }) == "part: refused");
  CHECK(error_of([] {
          const Called called("outer");
          const Called::Suspended others;
          fail("part", "refused");
        }) == "part: refused");
}

}  // namespace xgrad
