#include <doctest/doctest.h>

#include <thread>

#include <autograd/ops.hpp>
#include <autograd/tape.hpp>
#include <nn/parameter.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

TEST_CASE("copies of a parameter share its slot") {
  const Parameter a(tensor({1, 2}));
  const Parameter b = a;
  b.set(tensor({3, 4}));
  CHECK(difference(a, {3, 4}) == "");
  CHECK(a.id() == b.id());
  CHECK(a.id() != Parameter(tensor({3, 4})).id());
}

TEST_CASE("a parameter stands where a tensor can") {
  const Parameter a(tensor({1, 2}));
  CHECK(difference(a * a + 2.0 * a, {3, 8}) == "");
  CHECK(difference(tanh(a) - tanh(a.value()), {0, 0}) == "");
}

TEST_CASE("a parameter keeps its shape and dtype") {
  const Parameter a(tensor({1, 2}));
  CHECK(lacks(error_of([&] { a.set(tensor({1, 2, 3})); }), {"Parameter::set", "float32 (3,)", "float32 (2,)"}) == "");
  CHECK(lacks(error_of([&] { a.set(tensor({1, 2}, float64)); }), {"float64 (2,)", "float32 (2,)"}) == "");
  a.convert(float64);
  CHECK(a.dtype() == float64);
}

TEST_CASE("an undefined parameter is refused, not read") {
  const Parameter none;
  CHECK_FALSE(none.defined());
  CHECK(lacks(error_of([&] { static_cast<void>(none.value()); }), {"Parameter::value", "undefined"}) == "");
  CHECK(lacks(error_of([&] { none.set(tensor({1})); }), {"Parameter::set", "undefined"}) == "");
}

TEST_CASE("a scalar parameter can be made of a plain number, and is differentiated") {
  const Parameter scale(2.0);
  CHECK((scale * tensor({1, 2}, float64)).dtype() == float64);
  CHECK(scale.dtype() == float32);
  CHECK(scale.shape() == Shape{});
  const Tape tape;
  CHECK(difference(tape.gradient(sum(scale * tensor({1, 2})), scale), tensor(3)) == "");
}

TEST_CASE("a parameter is computed where it is made, so that other threads can use it") {
  const Parameter a(ones({2}) + 1);
  std::string found = "nothing";
  std::thread([&] { found = difference(a * 2, {4, 4}); }).join();
  CHECK(found == "");
}

TEST_CASE("a parameter list gives names, handles and values in order") {
  const Parameter a(tensor({1})), b(tensor({2}));
  const ParameterList list(NamedParameters{{"a", a}, {"b", b}});
  CHECK(list.size() == 2);
  CHECK(list.name(1) == "b");
  CHECK(list[1].id() == b.id());
  const std::vector<Tensor> values = list;
  CHECK(difference(concatenate(values), {1, 2}) == "");
  CHECK(ParameterList{a, b}.name(1) == "1");
  CHECK(ParameterList().empty());
}

}  // namespace xgrad::nn
