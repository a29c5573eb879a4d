#include "wrong_calls.hpp"

namespace xgrad::test {

WrongCalls wrong_index_calls() {
  const Tensor none, x = zeros({2, 3}), index = zeros({2, 3}, int64), vector = zeros({2}, int64), scalar = tensor(1);
  const Tensor floats = zeros({2}), mask = zeros({2, 3}, boolean), weight = zeros({4, 5});
  const Tensor beyond = i64({0, 2}), before = i64({1, -3}), three = i64({0, 1, 7});
  const Slice no_step{.step = 0};
  using Indices = std::vector<Index>;
  WrongCalls rows = {
      without("take", "x", [=](const Tensor& t) { take(t, index); }),
      without("take", "indices", [=](const Tensor& t) { take(x, t); }),
      {"take", Kind::dtype, [=] { take(x, floats); }, {"'indices'", "float32", "(2,)", "int64 is expected"}},
      {"take", Kind::dtype, [=] { take(x, mask); }, {"'indices'", "bool", "(2, 3)", "int64 is expected"}},
      {"take", Kind::value, [=] { eval(take(x, beyond)); }, {"index 2", "position 1", "axis of 2", "-2 to 1"}},
      {"take", Kind::value, [=] { eval(take(x, before)); }, {"index -3", "position 1", "axis of 2", "-2 to 1"}},
      {"take", Kind::value, [=] { eval(take(x, i64({least_int}))); }, {"index -9223372036854775808", "axis of 2"}},
      {"take",
       Kind::value,
       [=] {
         eval(take(zeros({0, 3}), vector));
       },
       {"index 0", "position 0", "axis of 0"}},
      without("gather", "x", [=](const Tensor& t) { gather(t, 0, index); }),
      without("gather", "index", [=](const Tensor& t) { gather(x, 0, t); }),
      {"gather", Kind::dtype, [=] { gather(x, 1, x); }, {"'index'", "float32", "(2, 3)", "int64 is expected"}},
      {"gather", Kind::shape, [=] { gather(x, 1, vector); }, {"'index'", "(2,)", "(2, 3)", "expected"}},
      {"gather",
       Kind::shape,
       [=] {
         gather(x, 1, zeros({3, 3}, int64));
       },
       {"'index'", "(3, 3)", "(2, 3)", "at most its extents"}},
      {"gather",
       Kind::value,
       [=] {
         eval(gather(x, 1, i64({{0}, {3}})));
       },
       {"index 3", "position 1", "axis of 3"}},
      without("scatter_add", "index",
              [=](const Tensor& t) {
                scatter_add({2, 3}, 0, t, x);
              }),
      without("scatter_add", "values",
              [=](const Tensor& t) {
                scatter_add({2, 3}, 0, index, t);
              }),
      {"scatter_add",
       Kind::dtype,
       [=] {
         scatter_add({2, 3}, 1, x, x);
       },
       {"'index'", "float32", "int64 is expected"}},
      {"scatter_add",
       Kind::shape,
       [=] {
         scatter_add({2, 3}, 1, zeros({2, 4}, int64), x);
       },
       {"'values'", "(2, 4)", "(2, 3)", "at least the index's extents"}},
      {"scatter_add",
       Kind::shape,
       [=] {
         scatter_add({1, 3}, 1, index, x);
       },
       {"(2, 3)", "(1, 3)", "at most its extents"}},
      {"scatter_add",
       Kind::value,
       [=] {
         eval(scatter_add({2, 3}, 0, i64({{0, 2, 1}}), zeros({1, 3})));
       },
       {"index 2", "position 1", "axis of 2"}},
      without("one_hot", "labels", [=](const Tensor& t) { one_hot(t, 3); }),
      {"one_hot", Kind::dtype, [=] { one_hot(floats, 3); }, {"'labels'", "float32", "(2,)", "int64 is expected"}},
      {"one_hot", Kind::range, [=] { one_hot(index, -1); }, {"classes is -1", "expected 0 or more"}},
      {"one_hot",
       Kind::value,
       [=] {
         eval(one_hot(i64({0, 3}), 3));
       },
       {"label 3", "position 1", "0 to 2"}},
      {"one_hot", Kind::value, [=] { eval(one_hot(i64({-1}), 3)); }, {"label -1", "position 0", "0 to 2"}},
      {"one_hot", Kind::value, [=] { eval(one_hot(vector, 0)); }, {"label 0", "position 0", "0 classes"}},
      without("index_select", "x", [=](const Tensor& t) { index_select(t, 0, vector); }),
      without("index_select", "index", [=](const Tensor& t) { index_select(x, 0, t); }),
      {"index_select", Kind::dtype, [=] { index_select(x, 0, floats); }, {"'index'", "float32", "int64 is expected"}},
      {"index_select", Kind::shape, [=] { index_select(x, 0, index); }, {"'index'", "(2, 3)", "expected a vector"}},
      {"index_select", Kind::value, [=] { eval(index_select(x, 0, beyond)); }, {"index 2", "position 1", "axis of 2"}},
      without("index_add", "x", [=](const Tensor& t) { index_add(t, 0, vector, x); }),
      without("index_add", "index", [=](const Tensor& t) { index_add(x, 0, t, x); }),
      without("index_add", "source", [=](const Tensor& t) { index_add(x, 0, vector, t); }),
      {"index_add", Kind::dtype, [=] { index_add(x, 0, floats, x); }, {"'index'", "float32", "int64 is expected"}},
      {"index_add",
       Kind::shape,
       [=] {
         index_add(x, 0, vector, zeros({3, 3}));
       },
       {"'source'", "(3, 3)", "ed (2, 3)"}},
      {"index_add", Kind::value, [=] { eval(index_add(x, 0, beyond, x)); }, {"index 2", "position 1", "axis of 2"}},
      without("take_along_axis", "x", [=](const Tensor& t) { take_along_axis(t, index, 0); }),
      without("take_along_axis", "indices", [=](const Tensor& t) { take_along_axis(x, t, 0); }),
      {"take_along_axis",
       Kind::dtype,
       [=] { take_along_axis(x, x, 0); },
       {"'indices'", "float32", "int64 is expected"}},
      {"take_along_axis",
       Kind::shape,
       [=] { take_along_axis(x, vector, 0); },
       {"'indices'", "(2,)", "(2, 3)", "expec"}},
      {"take_along_axis",
       Kind::shape,
       [=] {
         take_along_axis(x, zeros({2, 2}, int64), 0);
       },
       {"(2, 2)", "(2, 3)"}},
      {"take_along_axis",
       Kind::value,
       [=] {
         eval(take_along_axis(x, i64({{0}, {3}}), 1));
       },
       {"index 3", "position 1", "axis of 3", "-3 to 2"}},
      without("put_along_axis", "x", [=](const Tensor& t) { put_along_axis(t, index, x, 0); }),
      without("put_along_axis", "indices", [=](const Tensor& t) { put_along_axis(x, t, x, 0); }),
      without("put_along_axis", "values", [=](const Tensor& t) { put_along_axis(x, index, t, 0); }),
      {"put_along_axis",
       Kind::dtype,
       [=] { put_along_axis(x, x, x, 0); },
       {"'indices'", "float32", "int64 is expecte"}},
      {"put_along_axis", Kind::shape, [=] { put_along_axis(x, vector, x, 0); }, {"'indices'", "(2,)", "(2, 3)"}},
      {"put_along_axis",
       Kind::shape,
       [=] {
         put_along_axis(x, index, zeros({4, 3}), 0);
       },
       {"(2, 3)", "'values'", "(4, 3)", "expected", "(2, 3)"}},
      {"put_along_axis",
       Kind::value,
       [=] {
         eval(put_along_axis(x, i64({{0}, {3}}), scalar, 1));
       },
       {"index 3", "position 1", "axis of 3", "-3 to 2"}},
      without("masked_fill", "x", [=](const Tensor& t) { masked_fill(t, mask, 0); }),
      without("masked_fill", "mask", [=](const Tensor& t) { masked_fill(x, t, 0); }),
      without("masked_fill", "value", [=](const Tensor& t) { masked_fill(x, mask, t); }),
      {"masked_fill", Kind::dtype, [=] { masked_fill(x, x, 0); }, {"'mask'", "float32", "(2, 3)", "bool is expected"}},
      {"masked_fill", Kind::shape, [=] { masked_fill(x, mask, floats); }, {"'value'", "(2,)", "expected ()"}},
      {"masked_fill",
       Kind::shape,
       [=] {
         masked_fill(floats, zeros({2, 3}, boolean), 0);
       },
       {"(2,) and (2, 3)", "do not broadcast"}},
      {"masked_fill", Kind::shape, [=] { masked_fill(x, zeros({4}, boolean), 0); }, {"(4,)", "(2, 3)", "expected"}},
      without("masked_select", "x", [=](const Tensor& t) { masked_select(t, mask); }),
      without("masked_select", "mask", [=](const Tensor& t) { masked_select(x, t); }),
      {"masked_select", Kind::dtype, [=] { masked_select(x, x); }, {"'mask'", "float32", "(2, 3)", "bool is expected"}},
      {"masked_select", Kind::shape, [=] { masked_select(x, zeros({4}, boolean)); }, {"(2, 3)", "(4,)", "expected"}},
      without("nonzero", "x", [=](const Tensor& t) { nonzero(t); }),
      without("embedding", "indices", [=](const Tensor& t) { embedding(t, weight); }),
      without("embedding", "weight", [=](const Tensor& t) { embedding(vector, t); }),
      {"embedding", Kind::dtype, [=] { embedding(floats, weight); }, {"'indices'", "float32", "int64 is expected"}},
      {"embedding", Kind::shape, [=] { embedding(vector, floats); }, {"'weight'", "(2,)", "expected (rows, width)"}},
      {"embedding", Kind::range, [=] { embedding(vector, weight, {4}); }, {"padding_idx is 4", "(4, 5)", "-4 to 3"}},
      {"embedding",
       Kind::range,
       [=] { embedding(vector, weight, {least_int}); },
       {"padding_idx is -9223372036854775808", "(4, 5)", "-4 to 3"}},
      {"embedding", Kind::value, [=] { eval(embedding(three, weight)); }, {"index 7", "position 2", "axis of 4"}},
      {"embedding", Kind::value, [=] { eval(embedding(three, weight, {1})); }, {"index 7", "position 2", "axis of 4"}},
      without("index_put", "x", [=](const Tensor& t) { index_put(t, Indices{1}, 0); }),
      without("index_put", "values", [=](const Tensor& t) { index_put(x, Indices{1}, t); }),
      without("index_put", "indices", [=](const Tensor& t) { index_put(x, Indices{t}, 0); }),
      {"index_put", Kind::shape, [=] { index_put(x, Indices{1}, floats); }, {"'values'", "(2,)", "(3,)", "expected"}},
      {"index_put", Kind::range, [=] { index_put(x, Indices{2}, 0); }, {"index 2", "axis 0", "(2, 3)", "-2 to 1"}},
      {"index_put", Kind::dtype, [=] { index_put(x, Indices{floats}, 0); }, {"'indices'", "float32", "int64"}},
      without("at", "x", [=](const Tensor& t) { at(t, Indices{1}); }),
      without("at", "indices", [=](const Tensor& t) { at(x, Indices{t}); }),
      {"at", Kind::range, [=] { at(x, Indices{2}); }, {"index 2", "axis 0", "(2, 3)", "expected -2 to 1"}},
      {"at",
       Kind::range,
       [=] {
         at(x, Indices{0, -4});
       },
       {"index -4", "axis 1", "(2, 3)", "expected -3 to 2"}},
      {"at", Kind::range, [=] { at(x, Indices{least_int}); }, {"index -9223372036854775808", "axis 0", "(2, 3)"}},
      {"at", Kind::range, [=] { at(x, Indices{no_step}); }, {"step 0", "axis 0", "(2, 3)", "expected another number"}},
      {"at",
       Kind::shape,
       [=] {
         at(x, Indices{0, 0, 0});
       },
       {"3 axes", "(2, 3)", "expected at most 2"}},
      {"at",
       Kind::shape,
       [=] {
         at(x, Indices{ellipsis, ellipsis});
       },
       {"2 ellipses", "expected at most one"}},
      {"at", Kind::shape, [=] { at(x, Indices{zeros({3}, boolean)}); }, {"mask", "(3,)", "(2, 3)", "expected equal"}},
      {"at", Kind::shape, [=] { at(x, Indices{Tensor(true)}); }, {"mask of shape ()", "(2, 3)", "expected one axis"}},
      {"at",
       Kind::shape,
       [=] {
         at(x, Indices{vector, zeros({3}, int64)});
       },
       {"(2,)", "(3,)", "expected equal ext"}},
      {"at", Kind::shape, [=] { at(x, Indices(9, newaxis)); }, {"(2, 3)", "at most 8"}},
      {"at", Kind::dtype, [=] { at(x, Indices{floats}); }, {"'indices'", "float32", "(2,)", "int64 is expected"}},
      {"at", Kind::value, [=] { eval(at(x, Indices{beyond})); }, {"index 2", "position 1", "axis of 2", "-2 to 1"}},
      {"at",
       Kind::value,
       [=] {
         eval(at(x, Indices{vector, i64({0, 5})}));
       },
       {"index 5", "position 1", "axis of 3"}},
  };
  append(rows, wrong_axes("take", [=](const Tensor& t, int axis) { take(t, vector, axis); }));
  append(rows, wrong_axes("gather", [=](const Tensor& t, int axis) { gather(t, axis, zeros(t.shape(), int64)); }));
  append(rows, wrong_axes("scatter_add", [=](const Tensor& t, int axis) {
           scatter_add(t.shape(), axis, zeros(t.shape(), int64), t);
         }));
  append(rows, wrong_axes("index_select", [=](const Tensor& t, int axis) { index_select(t, axis, vector); }));
  append(rows, wrong_axes("index_add", [=](const Tensor& t, int axis) { index_add(t, axis, vector, t); }));
  append(rows, wrong_axes("take_along_axis",
                          [=](const Tensor& t, int axis) { take_along_axis(t, zeros(t.shape(), int64), axis); }));
  append(rows, wrong_axes("put_along_axis",
                          [=](const Tensor& t, int axis) { put_along_axis(t, zeros(t.shape(), int64), t, axis); }));
  return rows;
}

TEST_CASE("wrong indices and masks are refused by name, with what was given and expected") {
  check(wrong_index_calls());
}

TEST_CASE("a refused value does not keep others from being computed") {
  const Tensor good = ones({2}) + 1;
  const Tensor bad = take(zeros({2, 3}), i64({7}));
  CHECK(error_of([&] { eval(bad); }) != "no Error");
  CHECK(difference(good, {2, 2}) == "");
  CHECK(error_of([&] { eval(bad); }) != "no Error");
}

}  // namespace xgrad::test
