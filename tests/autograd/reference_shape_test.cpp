#include <doctest/doctest.h>

#include "reference.hpp"

namespace xgrad::reference {
namespace {

std::vector<std::int64_t> extents(const Case& one, const std::string& name) {
  const std::vector<int> list = one.integers(name);
  return {list.begin(), list.end()};
}

Outputs all_of(std::vector<Tensor> parts) {
  Outputs result{};
  result.list = std::move(parts);
  return result;
}

Outputs padded(const Case& one, const Inputs& in) {
  static const std::map<std::string, PadMode> modes = {{"constant", PadMode::constant},
                                                       {"reflect", PadMode::reflect},
                                                       {"replicate", PadMode::replicate},
                                                       {"circular", PadMode::circular}};
  std::vector<std::pair<std::int64_t, std::int64_t>> pads;
  for (const std::vector<int>& pair : one.pairs("pads")) pads.emplace_back(pair.at(0), pair.at(1));
  return pad(in["x"], pads, {.mode = modes.at(one.text("mode")), .value = one.number_or("value", 0)});
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
      {"flip", [](const Case& one, const Inputs& in) { return flip(in["x"], one.axes()); }},
      {"roll", [](const Case& one, const Inputs& in) { return roll(in["x"], one.integer("shift"), one.axis()); }},
      {"tile", [](const Case& one, const Inputs& in) { return tile(in["x"], extents(one, "reps")); }},
      {"pad", padded},
      {"tril", [](const Case& one, const Inputs& in) { return tril(in["x"], one.integer("k")); }},
      {"triu", [](const Case& one, const Inputs& in) { return triu(in["x"], one.integer("k")); }},
      {"diag", [](const Case& one, const Inputs& in) { return diag(in["x"], one.integer("k")); }},
      {"diagonal", [](const Case& one, const Inputs& in) { return diagonal(in["x"], one.integer("k")); }},
      {"sort", [](const Case& one, const Inputs& in) { return sort(in["x"], one.axis()); }},
      {"topk", [](const Case& one, const Inputs& in) { return topk(in["x"], one.integer("k"), one.axis()).values; }},
      {"index",
       [](const Case&, const Inputs& in) {
         return at(in["x"], {in["i"], in["j"]});
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
      {"index_int_row", [](const Case&, const Inputs& in) { return at(in["x"], {1}); }},
      {"index_newaxis_ellipsis",
       [](const Case&, const Inputs& in) {
         return at(in["x"], {ellipsis, newaxis, 2});
       }},
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
       [](const Case& one, const Inputs& in) { return all_of(split(in["x"], extents(one, "sizes"), one.axis())); }},
      {"chunk_3",
       [](const Case& one, const Inputs& in) { return all_of(chunk(in["x"], one.integer("chunks"), one.axis())); }},
      {"gather", [](const Case& one, const Inputs& in) { return gather(in["x"], one.axis(), in["index"]); }},
      {"take", [](const Case& one, const Inputs& in) { return take(in["x"], in["index"], one.axis()); }},
      {"scatter_add",
       [](const Case& one, const Inputs& in) {
         return in["x"] + scatter_add(in["x"].shape(), one.axis(), in["index"], in["src"]);
       }},
      {"embedding_duplicates", [](const Case&, const Inputs& in) { return embedding(in["index"], in["weight"]); }},
      {"embedding_padding_idx",
       [](const Case& one, const Inputs& in) {
         return embedding(in["index"], in["weight"], {.padding_idx = one.integer("padding_idx")});
       }},
  });
}

TEST_CASE("operations on shapes and indices agree with the reference") { run(shapes()); }

}  // namespace xgrad::reference
