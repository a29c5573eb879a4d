#include "wrong_calls.hpp"

namespace xgrad::test {

WrongCalls wrong_shape_calls() {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  const Tensor none, x = zeros({2, 3}), scalar = tensor(1), vector = zeros({4}), no_rows = zeros({0, 3});
  // Made by the call: what waits would run along with the values of other calls, and memory does not hold it.
  const auto wide = [=] { return broadcast_to(scalar, {std::int64_t{1} << 45}); };
  const std::vector<std::int64_t> one = {1}, four_two = {4, 2}, twice_open = {-1, -1}, open = {4, -1}, below = {-2, 3},
                                  empty_open = {0, -1}, too_large = {huge, huge}, sizes = {1, 1}, negative = {3, -1},
                                  overflow = {most_int, most_int, 4}, nine(9, 1);
  const std::vector<int> order = {0}, doubled = {0, 0}, outside = {0, 2};
  const std::vector<Tensor> with_none = {x, none}, only_none = {none}, others = {x, zeros({2, 4})}, ranks = {x, vector},
                            scalars = {scalar, scalar}, transposed = {x, zeros({3, 2})};
  const Slice no_step{.start = 0, .stop = 1, .step = 0};
  const std::vector<Slice> one_range = {{0, 1}}, stuck = {no_step}, ranges(3);
  const std::vector<std::pair<std::int64_t, std::int64_t>> pads = {{1, 1}, {0, 0}}, one_pad = {{1, 1}},
                                                           too_many_taken = {{-1, -2}, {0, 0}},
                                                           wide_pad = {{2, 0}, {0, 0}},
                                                           huge_pad = {{most_int, 0}, {0, 0}},
                                                           least_pad = {{least_int, 0}, {0, 0}};
  const PadOptions reflect{.mode = PadMode::reflect}, replicate{.mode = PadMode::replicate};
  WrongCalls rows = {
      without("reshape", "x", [=](const Tensor& t) { reshape(t, one); }),
      {"reshape", Kind::shape, [=] { reshape(x, four_two); }, {"(2, 3) (6 el", "(4, 2)", "of 6 elements", "has 8"}},
      {"reshape", Kind::shape, [=] { reshape(x, twice_open); }, {"(2, 3)", "(-1, -1)", "only one extent can be -1"}},
      {"reshape", Kind::shape, [=] { reshape(x, open); }, {"(2, 3)", "(4, -1)", "no extent in place of -1"}},
      {"reshape", Kind::range, [=] { reshape(x, below); }, {"(2, 3)", "(-2, 3)", "extents must be 0 or more"}},
      {"reshape", Kind::shape, [=] { reshape(no_rows, empty_open); }, {"(0, 3)", "(0, -1)", "no extent"}},
      {"reshape", Kind::shape, [=] { reshape(x, too_large); }, {"(1099511627776, 1099511627776)", "64 bits"}},
      {"reshape", Kind::shape, [=] { x.reshape({5}); }, {"(2, 3)", "(5,)", "expected a shape of 6 elements"}},
      {"reshape", Kind::shape, [=] { reshape(zeros({1}), nine); }, {"9", "at most 8"}},
      without("transpose", "x", [=](const Tensor& t) { transpose(t); }),
      without("transpose", "x", [=](const Tensor& t) { transpose(t, order); }),
      {"transpose", Kind::axis, [=] { transpose(x, order); }, {"order of 1 axes", "(2, 3)", "expected 2"}},
      {"transpose", Kind::axis, [=] { transpose(x, doubled); }, {"axis 0 is given twice", "(2, 3)"}},
      {"transpose", Kind::axis, [=] { transpose(x, outside); }, {"axis 2", "(2, 3)", "expected -2 to 1"}},
      without("swapaxes", "x", [=](const Tensor& t) { swapaxes(t, 0, 1); }),
      without("squeeze", "x", [=](const Tensor& t) { squeeze(t); }),
      {"squeeze",
       Kind::axis,
       [=] {
         squeeze(zeros({1, 1}), {0, -2});
       },
       {"axis -2 is given twice", "(1, 1)"}},
      without("expand_dims", "x", [=](const Tensor& t) { expand_dims(t, 0); }),
      {"expand_dims", Kind::axis, [=] { expand_dims(x, 3); }, {"axis 3", "rank 3", "expected -3 to 2"}},
      {"expand_dims", Kind::axis, [=] { expand_dims(x, -4); }, {"axis -4", "rank 3", "expected -3 to 2"}},
      {"expand_dims",
       Kind::axis,
       [=] {
         expand_dims(x, {0, 0});
       },
       {"axis 0 is given twice", "(2, 3)"}},
      {"expand_dims", Kind::axis, [=] { expand_dims(x, Axes()); }, {"no axes are given", "expected the places"}},
      {"expand_dims", Kind::shape, [=] { expand_dims(reshape(scalar, std::vector<std::int64_t>(8, 1)), 0); }, {"8"}},
      without("broadcast_to", "x", [=](const Tensor& t) { broadcast_to(t, {1}); }),
      {"broadcast_to",
       Kind::shape,
       [=] {
         broadcast_to(x, {2, 4});
       },
       {"(2, 3)", "(2, 4)", "must be 1 or equal"}},
      {"broadcast_to", Kind::shape, [=] { broadcast_to(x, {3}); }, {"(2, 3)", "(3,)", "must be 1 or equal"}},
      without("flatten", "x", [=](const Tensor& t) { flatten(t); }),
      {"flatten", Kind::axis, [=] { flatten(x, 2); }, {"axis 2", "(2, 3)", "expected -2 to 1"}},
      {"flatten", Kind::axis, [=] { flatten(x, 0, 2); }, {"axis 2", "(2, 3)", "expected -2 to 1"}},
      {"flatten", Kind::value, [=] { flatten(x, 1, 0); }, {"start_axis 1", "(2, 3)", "end_axis 0", "expected"}},
      without("slice", "x", [=](const Tensor& t) { slice(t, one_range); }),
      without("slice", "x", [=](const Tensor& t) { slice(t, 0, 0, 1); }),
      {"slice", Kind::range, [=] { slice(x, stuck); }, {"step 0", "axis 0", "(2, 3)", "expected another number"}},
      {"slice", Kind::range, [=] { slice(x, 1, 0, 2, 0); }, {"step 0", "axis 1", "(2, 3)", "expected another number"}},
      {"slice", Kind::shape, [=] { slice(x, ranges); }, {"3 ranges", "(2, 3)", "expected at most 2"}},
      {"concatenate", Kind::undefined, [=] { concatenate(with_none); }, {"'tensors'", "number 1", "undefined"}},
      {"concatenate", Kind::shape, [] { concatenate({}); }, {"no tensors are given", "expected at least one"}},
      {"concatenate", Kind::shape, [=] { concatenate(others); }, {"number 1", "(2, 4)", "(2, 3)", "every axis but 0"}},
      {"concatenate", Kind::shape, [=] { concatenate(ranks); }, {"number 1", "(4,)", "(2, 3)", "every axis but 0"}},
      {"concatenate",
       Kind::shape,
       [=] {
         concatenate({wide(), wide(), wide()});
       },
       {"105553116266496", "more elements than a tensor may have"}},
      {"concatenate", Kind::axis, [=] { concatenate(scalars); }, {"axis 0", "shape ()"}},
      {"concatenate",
       Kind::axis,
       [=] {
         concatenate({x, x}, 2);
       },
       {"axis 2", "(2, 3)", "expected -2 to 1"}},
      {"stack", Kind::undefined, [=] { stack(with_none); }, {"'tensors'", "number 1", "undefined"}},
      {"stack", Kind::undefined, [=] { stack(only_none); }, {"'tensors'", "number 0", "undefined"}},
      {"stack", Kind::shape, [] { stack({}); }, {"no tensors are given", "expected at least one"}},
      {"stack", Kind::shape, [=] { stack(transposed); }, {"number 1", "(3, 2)", "(2, 3)", "expected equal shapes"}},
      {"stack",
       Kind::axis,
       [=] {
         stack({x, x}, 3);
       },
       {"axis 3", "rank 3", "expected -3 to 2"}},
      without("pad", "x", [=](const Tensor& t) { pad(t, pads); }),
      {"pad", Kind::shape, [=] { pad(x, one_pad); }, {"1 pairs", "(2, 3)", "one for each axis, 2"}},
      {"pad", Kind::range, [=] { pad(x, too_many_taken); }, {"axis 0", "(2, 3)", "(-1, -2)", "more than there is"}},
      {"pad", Kind::range, [=] { pad(x, wide_pad, reflect); }, {"axis 0", "(2, 3)", "(2, 0)", "one element less"}},
      {"pad", Kind::range, [=] { pad(no_rows, wide_pad, replicate); }, {"(0, 3)", "(2, 0)", "needs an edge"}},
      {"pad", Kind::range, [=] { pad(x, huge_pad); }, {"axis 0", "(2, 3)", "expected at most 70368744177664 elements"}},
      {"pad", Kind::range, [=] { pad(x, least_pad); }, {"axis 0", "(2, 3)", "more than there is"}},
      without("flip", "x", [=](const Tensor& t) { flip(t); }),
      {"flip",
       Kind::axis,
       [=] {
         flip(x, {1, 1});
       },
       {"axis 1 is given twice", "(2, 3)"}},
      without("roll", "x", [=](const Tensor& t) { roll(t, 1); }),
      {"roll",
       Kind::shape,
       [=] {
         roll(x, {1, 2}, {0});
       },
       {"2 shifts", "1 axes", "(2, 3)", "expected as many"}},
      without("tile", "x", [=](const Tensor& t) { tile(t, one); }),
      {"tile", Kind::range, [=] { tile(x, negative); }, {"-1 times", "(2, 3)", "expected 0 or more"}},
      {"tile", Kind::shape, [=] { tile(x, nine); }, {"9 repeats", "(2, 3)", "at most 8 axes"}},
      {"tile",
       Kind::range,
       [=] {
         tile(x, {most_int, 1});
       },
       {"9223372036854775807 times", "more elements than a tensor may have"}},
      without("repeat", "x", [=](const Tensor& t) { repeat(t, 2); }),
      {"repeat", Kind::range, [=] { repeat(x, -1, 0); }, {"-1 times", "axis 0", "(2, 3)", "expected 0 or more"}},
      {"repeat", Kind::range, [=] { repeat(x, least_int); }, {"-9223372036854775808 times", "expected 0 or more"}},
      {"repeat",
       Kind::range,
       [=] { repeat(x, most_int, 0); },
       {"9223372036854775807 times", "more elements than a tensor may have"}},
      without("split", "x", [=](const Tensor& t) { split(t, 1); }),
      without("split", "x", [=](const Tensor& t) { split(t, sizes); }),
      {"split", Kind::range, [=] { split(x, 0); }, {"size is 0", "expected 1 or more"}},
      {"split", Kind::range, [=] { split(x, least_int); }, {"size is -9223372036854775808", "expected 1 or more"}},
      {"split", Kind::shape, [=] { split(x, sizes, 1); }, {"sizes [1, 1]", "axis 1", "(2, 3)", "whose sum is 3"}},
      {"split", Kind::range, [=] { split(x, negative); }, {"sizes [3, -1]", "(2, 3)", "whose sum is 2"}},
      {"split", Kind::range, [=] { split(x, overflow); }, {"9223372036854775807", "(2, 3)", "whose sum is 2"}},
      without("chunk", "x", [=](const Tensor& t) { chunk(t, 2); }),
      {"chunk", Kind::range, [=] { chunk(x, 0); }, {"chunks is 0", "expected 1 or more"}},
      {"chunk", Kind::range, [=] { chunk(x, -3); }, {"chunks is -3", "expected 1 or more"}},
      without("unstack", "x", [=](const Tensor& t) { unstack(t); }),
      without("diagonal", "x", [=](const Tensor& t) { diagonal(t); }),
      {"diagonal", Kind::shape, [=] { diagonal(vector); }, {"'x'", "(4,)", "expected two axes or more"}},
      {"diagonal", Kind::axis, [=] { diagonal(x, 0, 0, -2); }, {"both axes are axis 0", "(2, 3)", "expected two"}},
      without("diag", "x", [=](const Tensor& t) { diag(t); }),
      {"diag", Kind::shape, [=] { diag(scalar); }, {"'x'", "()", "expected a vector or a matrix"}},
      {"diag",
       Kind::shape,
       [] {
         diag(zeros({2, 2, 2}));
       },
       {"'x'", "(2, 2, 2)", "expected a vector or a matrix"}},
      without("trace", "x", [=](const Tensor& t) { trace(t); }),
      {"trace", Kind::shape, [=] { trace(vector); }, {"'x'", "(4,)", "expected two axes or more"}},
      {"trace", Kind::axis, [=] { trace(x, 0, 1, 1); }, {"both axes are axis 1", "(2, 3)", "expected two"}},
      without("tril", "x", [=](const Tensor& t) { tril(t); }),
      {"tril", Kind::shape, [=] { tril(vector); }, {"'x'", "(4,)", "expected two axes or more"}},
      without("triu", "x", [=](const Tensor& t) { triu(t); }),
      {"triu", Kind::shape, [=] { triu(vector); }, {"'x'", "(4,)", "expected two axes or more"}},
      without("zeros_like", "x", [=](const Tensor& t) { zeros_like(t); }),
      without("ones_like", "x", [=](const Tensor& t) { ones_like(t); }),
  };
  append(rows, wrong_axes("transpose", [](const Tensor& t, int axis) { transpose(t, 0 * axis, axis); }));
  append(rows, wrong_axes("transpose", [](const Tensor& t, int axis) { transpose(t, axis, 0); }));
  append(rows, wrong_axes("swapaxes", [](const Tensor& t, int axis) { swapaxes(t, 0 * axis, axis); }));
  append(rows, wrong_axes("swapaxes", [](const Tensor& t, int axis) { swapaxes(t, axis, 0); }));
  append(rows, wrong_axes("squeeze", [](const Tensor& t, int axis) { squeeze(t, axis); }));
  append(rows, wrong_axes("flip", [](const Tensor& t, int axis) { flip(t, axis); }));
  append(rows, wrong_axes("roll", [](const Tensor& t, int axis) { roll(t, 1, axis); }));
  append(rows, wrong_axes("repeat", [](const Tensor& t, int axis) { repeat(t, 2, axis); }));
  append(rows, wrong_axes("split", [](const Tensor& t, int axis) { split(t, 1, axis); }));
  append(rows, wrong_axes("split", [=](const Tensor& t, int axis) { split(t, sizes, axis); }));
  append(rows, wrong_axes("chunk", [](const Tensor& t, int axis) { chunk(t, 2, axis); }));
  append(rows, wrong_axes("unstack", [](const Tensor& t, int axis) { unstack(t, axis); }));
  append(
      rows,
      {{"meshgrid",
        Kind::undefined,
        [=] {
          meshgrid({vector, none});
        },
        {"number 1 of argument 'tensors'", "undefined"}},
       {"meshgrid", Kind::shape, [] { meshgrid({}); }, {"no tensors", "expected at least one"}},
       {"meshgrid",
        Kind::shape,
        [=] {
          meshgrid({vector, x});
        },
        {"number 1", "(2, 3)", "expected a vector"}},
       {"meshgrid", Kind::shape, [=] { meshgrid(std::vector<Tensor>(9, vector)); }, {"9 tensors", "at most 8 axes"}}});
  append(rows, wrong_axes("concatenate", [](const Tensor& t, int axis) { concatenate({t, t}, axis); }));
  append(rows, wrong_axes("slice", [](const Tensor& t, int axis) { slice(t, axis, 0, 1); }));
  for (const int axis : {2, -3, std::numeric_limits<int>::min()}) {
    const std::vector<std::string> parts = {"axis " + std::to_string(axis), "(2, 3)", "-2 to 1"};
    rows.push_back({"diagonal", Kind::axis, [=] { diagonal(x, 0, axis, 0); }, parts});
    rows.push_back({"diagonal", Kind::axis, [=] { diagonal(x, 0, 0, axis); }, parts});
    rows.push_back({"trace", Kind::axis, [=] { trace(x, 0, axis, 0); }, parts});
  }
  return rows;
}

TEST_CASE("shapes, axes and sizes that do not fit are refused by name, with what was given and expected") {
  check(wrong_shape_calls());
}

TEST_CASE("slices take steps, ends and offsets of any size") {
  const Tensor x = i64({0, 1, 2, 3});
  CHECK(difference(slice(x, 0, least_int, most_int, most_int), i64({0})) == "");
  CHECK(difference(slice(x, {{.step = least_int}}), i64({3})) == "");
  CHECK(difference(slice(x, {{.start = most_int, .stop = least_int, .step = -3}}), i64({3, 0})) == "");
  CHECK(roll(x, least_int).shape() == Shape{4});
  CHECK(diagonal(zeros({2, 2}), std::numeric_limits<int>::min()).shape() == Shape{0});
  CHECK(diagonal(zeros({2, 2}), std::numeric_limits<int>::max()).shape() == Shape{0});
}

}  // namespace xgrad::test
