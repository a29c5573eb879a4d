#include <doctest/doctest.h>

#include "misuse/lists.hpp"
#include "options.hpp"

namespace xgrad::test {
namespace {

using I = std::int64_t;

bool is_large(std::initializer_list<I> sizes) {
  for (const I size : sizes)
    if (size > 1000) return true;
  return false;
}

}  // namespace

Probes small_layer_probes() {
  const Tensor rows = tensor({{1, 2, 3, 4}, {0, -1, 0, 2}}), image = ones({2, 3, 2, 2});
  const Tensor h = ones({2, 3}), indices = tensor({0, 3, 1, 1}, int64), table = ones({4, 2});
  const I three = 3, four = 4;
  return {
      probe(
          {"Softmax", "softmax"}, [](int axis, const Tensor& x) { return nn::Softmax(axis)(x); }, -1, rows),
      probe(
          {"Softmin", "softmax", "negate"}, [](int axis, const Tensor& x) { return nn::Softmin(axis)(x); }, -1, rows),
      probe(
          {"LogSoftmax", "log_softmax"}, [](int axis, const Tensor& x) { return nn::LogSoftmax(axis)(x); }, -1, rows),
      probe(
          {"Softmax2d", "softmax"}, [](const Tensor& x) { return nn::Softmax2d()(x); }, image),
      probe(
          {"Threshold", "its parts"},
          [](double threshold, double value, const Tensor& x) { return nn::Threshold(threshold, value)(x); }, 0.5, 2.0,
          rows),
      probe(
          {"Hardshrink", "its parts"}, [](double l, const Tensor& x) { return nn::Hardshrink(l)(x); }, 0.5, rows),
      probe(
          {"Softshrink", "its parts"}, [](double l, const Tensor& x) { return nn::Softshrink(l)(x); }, 0.5, rows),
      probe(
          {"RReLU", "its parts"}, [](double a, double b, const Tensor& x) { return nn::RReLU(a, b)(x); }, 0.1, 0.3,
          rows),
      probe(
          {"Identity", "its parts"}, [](const Tensor& x) { return nn::Identity()(x); }, rows),
      probe(
          {"Unflatten", "its parts"},
          [](int axis, const std::vector<I>& sizes, const Tensor& x) { return nn::Unflatten(axis, sizes)(x); }, 1,
          std::vector<I>{2, -1}, rows),
      probe(
          {"Bilinear", "its parts"},
          [](I a, I b, I out, const nn::LinearOptions& o, const Tensor& x, const Tensor& y) {
            return is_large({a, b, out}) ? x : nn::Bilinear(a, b, out, o)(x, y);
          },
          four, three, three, nn::LinearOptions{}, rows, h),
      probe(
          {"CosineSimilarity", "its parts"},
          [](int axis, double eps, const Tensor& a, const Tensor& b) { return nn::CosineSimilarity(axis, eps)(a, b); },
          1, 1e-8, rows, rows),
      probe(
          {"PairwiseDistance", "its parts"},
          [](const nn::PairwiseDistanceOptions& o, const Tensor& a, const Tensor& b) {
            return nn::PairwiseDistance(o)(a, b);
          },
          nn::PairwiseDistanceOptions{}, rows, rows),
      probe(
          {"RNNCell", "its parts"},
          [](I in, I hidden, const nn::RecurrentCellOptions& o, const Tensor& x, const Tensor& state) {
            return is_large({in, hidden}) ? x : nn::RNNCell(in, hidden, o)(x, state);
          },
          four, three, nn::RecurrentCellOptions{}, rows, h),
      probe(
          {"GRUCell", "its parts"},
          [](I in, I hidden, const nn::RecurrentCellOptions& o, const Tensor& x, const Tensor& state) {
            return is_large({in, hidden}) ? x : nn::GRUCell(in, hidden, o)(x, state);
          },
          four, three, nn::RecurrentCellOptions{}, rows, h),
      probe(
          {"LSTMCell", "its parts"},
          [](I in, I hidden, const nn::RecurrentCellOptions& o, const Tensor& x, const nn::LSTMState& state) {
            return is_large({in, hidden}) ? x : nn::LSTMCell(in, hidden, o)(x, state).c;
          },
          four, three, nn::RecurrentCellOptions{}, rows, nn::LSTMState{h, h}),
      probe(
          "embedding_bag",
          [](const Tensor& i, const Tensor& w, const nn::EmbeddingBagCall& o) { return nn::embedding_bag(i, w, o); },
          indices, table, nn::EmbeddingBagCall{.offsets = tensor({0, 2}, int64), .padding_idx = 1}),
      probe(
          {"EmbeddingBag", "embedding_bag", "Embedding"},
          [](I count, I width, const nn::EmbeddingBagOptions& o, const Tensor& i) {
            return is_large({count, width}) ? i : nn::EmbeddingBag(count, width, o)(i);
          },
          four, three, nn::EmbeddingBagOptions{}, reshape(indices, {2, 2})),
      probe(
          {"EmbeddingBag::from_pretrained", "EmbeddingBag", "embedding_bag"},
          [](const Tensor& all, const nn::EmbeddingBagFromPretrainedOptions& o, const Tensor& i) {
            return nn::EmbeddingBag::from_pretrained(all, o)(i);
          },
          ones({4, 2}), nn::EmbeddingBagFromPretrainedOptions{}, reshape(indices, {2, 2})),
  };
}

TEST_CASE("small layers stand wrong arguments and wrong inputs") { run(small_layer_probes()); }

Probes container_probes() {
  return {
      probe(
          {"ModuleList", "ModuleList::push_back"},
          [](std::size_t i, int which) {
            nn::ModuleList list{nn::Tanh(), nn::ReLU()};
            if (which == 1) list.push_back(list);
            if (which == 2) list.extend(nn::ModuleList{nn::Tanh()});
            list.replace(i, nn::Tanh());
            return to_string(list[i]);
          },
          std::size_t{1}, 0),
      probe(
          {"ModuleList::extend", "ModuleList"},
          [](int which) {
            nn::ModuleList list{nn::Tanh()}, other{nn::ReLU()};
            if (which > 1) const nn::ModuleList gone = std::move(other);
            list.extend(which == 1 ? list : other);
          },
          0),
      probe(
          {"ModuleDict", "ModuleDict::set", "ModuleDict::contains"},
          [](const std::string& name, int which) {
            nn::ModuleDict dict{{"a", nn::Tanh()}};
            if (which == 1)
              dict.set(name, dict);
            else
              dict.set(name, nn::ReLU());
            return to_string(dict[name]) + (dict.contains(name) ? "" : "not there");
          },
          std::string("b"), 0),
      probe(
          {"ParameterDict", "ParameterDict::set", "ParameterDict::contains", "Parameter"},
          [](const std::string& name, const Tensor& value) {
            nn::ParameterDict dict{{"a", ones({2})}};
            dict.set(name, value);
            return dict.contains(name) ? dict[name].value() : value;
          },
          std::string("b"), ones({2})),
      probe(
          {"ParameterList::append", "ParameterList::extend", "Parameter"},
          [](const std::string& name, const Tensor& value, int which) {
            nn::ParameterList list;
            list.append(which == 1 ? nn::Parameter() : nn::Parameter(value), name);
            list.extend(list);
            return list[0].value();
          },
          std::string("w"), ones({2}), 0),
  };
}

TEST_CASE("containers stand wrong names and wrong parts") { run(container_probes()); }

}  // namespace xgrad::test
