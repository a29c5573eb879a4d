#include <doctest/doctest.h>

#include "reference.hpp"

namespace xgrad::reference {
namespace {

std::vector<std::int64_t> extents(const Case& one, const std::string& name) {
  const std::vector<int> list = one.integers(name);
  return {list.begin(), list.end()};
}

/// x in parts of the given extents along an axis.
Outputs parts(const Tensor& x, const std::vector<std::int64_t>& sizes, int axis) {
  Outputs result{};
  std::int64_t start = 0;
  for (const std::int64_t size : sizes) {
    result.list.push_back(slice(x, axis, start, start + size));
    start += size;
  }
  return result;
}

}  // namespace

Checks shapes() {
  return derivatives_of({
      {"reshape", [](const Case& one, const Inputs& in) { return reshape(in["x"], extents(one, "shape")); }},
      {"reshape_of_transpose",
       [](const Case&, const Inputs& in) {
         return reshape(transpose(in["x"]), {2, 6});
       }},
      {"flatten", [](const Case& one, const Inputs& in) { return flatten(in["x"], one.integer("start")); }},
      {"transpose_2d",
       [](const Case&, const Inputs& in) {
         return in["x"].T() * reshape(arange(0, 12, 1, float64), {4, 3});
       }},
      {"permute_201", [](const Case& one, const Inputs& in) { return permute(in["x"], one.integers("axes")); }},
      {"swapaxes",
       [](const Case& one, const Inputs& in) {
         return swapaxes(in["x"], one.integers("axes")[0], one.integers("axes")[1]);
       }},
      {"squeeze", [](const Case& one, const Inputs& in) { return squeeze(in["x"], one.axes()); }},
      {"expand_dims", [](const Case& one, const Inputs& in) { return expand_dims(in["x"], one.axes()); }},
      {"broadcast_to", [](const Case& one, const Inputs& in) { return broadcast_to(in["x"], extents(one, "shape")); }},
      {"flip",
       [](const Case&, const Inputs& in) {
         return slice(in["x"], {{}, {.step = -1}});
       }},
      {"roll",
       [](const Case& one, const Inputs& in) {
         const std::int64_t shift = one.integer("shift"), n = in["x"].size(one.axis());
         const Outputs two = parts(in["x"], {n - shift, shift}, one.axis());
         return concatenate({two.list[1], two.list[0]}, one.axis());
       }},
      {"slice_basic",
       [](const Case&, const Inputs& in) {
         return slice(in["x"], {{1, 3}, {0, 2}});
       }},
      {"slice_step",
       [](const Case&, const Inputs& in) {
         return slice(in["x"], {{.step = 2}, {.start = 1, .step = 3}});
       }},
      {"slice_negative_index",
       [](const Case&, const Inputs& in) {
         return slice(in["x"], {{.start = -2}, {.stop = -1}});
       }},
      {"index_int_row", [](const Case&, const Inputs& in) { return take(in["x"], 1); }},
      {"index_newaxis_ellipsis", [](const Case&, const Inputs& in) { return slice(in["x"], 1, 2, 3); }},
      {"slice_overlapping_sum",
       [](const Case&, const Inputs& in) { return slice(in["x"], {{.stop = -1}}) * slice(in["x"], {{.start = 1}}); }},
      {"concat",
       [](const Case& one, const Inputs& in) {
         if (in.has("c")) return concatenate({in["a"], in["b"], in["c"]}, one.axis());
         return concatenate({in["a"], in[in.has("b") ? "b" : "a"]}, one.axis());
       }},
      {"stack",
       [](const Case& one, const Inputs& in) {
         return stack({in["a"], in["b"]}, one.axis());
       }},
      {"split_sizes_213",
       [](const Case& one, const Inputs& in) { return parts(in["x"], extents(one, "sizes"), one.axis()); }},
      {"chunk_3",
       [](const Case& one, const Inputs& in) {
         return parts(in["x"], {3, 3, 1}, one.axis());
       }},
      {"gather", [](const Case& one, const Inputs& in) { return gather(in["x"], one.axis(), in["index"]); }},
      {"take", [](const Case& one, const Inputs& in) { return take(in["x"], in["index"], one.axis()); }},
      {"scatter_add",
       [](const Case& one, const Inputs& in) {
         return in["x"] + scatter_add(in["x"].shape(), one.axis(), in["index"], in["src"]);
       }},
      {"embedding_duplicates", [](const Case&, const Inputs& in) { return take(in["weight"], in["index"]); }},
  });
}

TEST_CASE("operations on shapes and indices agree with the reference") { run(shapes()); }

}  // namespace xgrad::reference
