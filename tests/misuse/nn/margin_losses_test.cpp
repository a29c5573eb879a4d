#include <doctest/doctest.h>

#include "misuse/lists.hpp"
#include "options.hpp"

namespace xgrad::test {
namespace {

template <auto f, class Loss, class Options>
void add(Probes& probes, const char* name, const char* module, const Tensor& x, const Tensor& target,
         const Options& options) {
  probes.push_back(probe(
      {name, "its parts"}, [](const Tensor& a, const Tensor& b, const Options& o) { return f(a, b, o); }, x, target,
      options));
  probes.push_back(probe(
      {module, "its parts"}, [](const Tensor& a, const Tensor& b, const Options& o) { return Loss(o)(a, b); }, x,
      target, options));
}

/// The module of a loss that has a probe of its own.
template <class Loss>
void add(Probes& probes, const char* module, const Tensor& x, const Tensor& target) {
  probes.push_back(probe(
      {module, "its parts"}, [](const Tensor& a, const Tensor& b) { return Loss()(a, b); }, x, target));
}

template <auto f, class Loss, class Options>
void add(Probes& probes, const char* name, const char* module, const Tensor& x, const Tensor& y, const Tensor& z,
         const Options& options) {
  probes.push_back(probe(
      {name, "its parts"},
      [](const Tensor& a, const Tensor& b, const Tensor& c, const Options& o) { return f(a, b, c, o); }, x, y, z,
      options));
  probes.push_back(probe(
      {module, "its parts"},
      [](const Tensor& a, const Tensor& b, const Tensor& c, const Options& o) { return Loss(o)(a, b, c); }, x, y, z,
      options));
}

}  // namespace

Probes margin_loss_probes() {
  using namespace nn;
  const Tensor x = tensor({{0.2, 0.3, 0.5}, {0.1, 0.8, 0.1}}), y = tensor({{0, 1, 0}, {0.25, 0.5, 0.25}});
  const Tensor labels = tensor({2, 0}, int64), weight = tensor({1, 2, 3}), sign = tensor({1, -1});
  const Tensor many = tensor({{2, -1, 0}, {0, 1, -1}}, int64);
  Probes probes;
  add<soft_margin_loss, SoftMarginLoss>(probes, "soft_margin_loss", "SoftMarginLoss", x, y * 2 - 1, LossOptions{});
  add<multi_margin_loss, MultiMarginLoss>(probes, "multi_margin_loss", "MultiMarginLoss", x, labels,
                                          MultiMarginOptions{.weight = weight});
  add<multilabel_margin_loss, MultiLabelMarginLoss>(probes, "multilabel_margin_loss", "MultiLabelMarginLoss", x, many,
                                                    LossOptions{});
  add<multilabel_soft_margin_loss, MultiLabelSoftMarginLoss>(probes, "multilabel_soft_margin_loss",
                                                             "MultiLabelSoftMarginLoss", x, y,
                                                             MultilabelSoftMarginOptions{.weight = weight});
  add<poisson_nll_loss, PoissonNLLLoss>(probes, "poisson_nll_loss", "PoissonNLLLoss", x, y, PoissonNLLOptions{});
  add<margin_ranking_loss, MarginRankingLoss>(probes, "margin_ranking_loss", "MarginRankingLoss", x, y, y * 2 - 1,
                                              MarginRankingOptions{});
  add<cosine_embedding_loss, CosineEmbeddingLoss>(probes, "cosine_embedding_loss", "CosineEmbeddingLoss", x, y, sign,
                                                  CosineEmbeddingOptions{});
  add<triplet_margin_loss, TripletMarginLoss>(probes, "triplet_margin_loss", "TripletMarginLoss", x, y, x + y,
                                              TripletMarginOptions{});
  add<triplet_margin_with_distance_loss, TripletMarginWithDistanceLoss>(
      probes, "triplet_margin_with_distance_loss", "TripletMarginWithDistanceLoss", x, y, x + y,
      TripletMarginWithDistanceOptions{
          .distance_function = [](const Tensor& a, const Tensor& b) { return sum(square(a - b), -1); }});
  add<gaussian_nll_loss, GaussianNLLLoss>(probes, "gaussian_nll_loss", "GaussianNLLLoss", x, y, x + 1,
                                          GaussianNLLOptions{});
  add<CrossEntropyLoss>(probes, "CrossEntropyLoss", x, labels);
  add<NLLLoss>(probes, "NLLLoss", x, labels);
  add<BCELoss>(probes, "BCELoss", x, y);
  add<BCEWithLogitsLoss>(probes, "BCEWithLogitsLoss", x, y);
  add<KLDivLoss>(probes, "KLDivLoss", x, y);
  add<MSELoss>(probes, "MSELoss", x, y);
  add<L1Loss>(probes, "L1Loss", x, y);
  add<SmoothL1Loss>(probes, "SmoothL1Loss", x, y);
  add<HuberLoss>(probes, "HuberLoss", x, y);
  add<HingeEmbeddingLoss>(probes, "HingeEmbeddingLoss", x, y * 2 - 1);
  const Tensor scores = zeros({4, 2, 3}), targets = tensor({{1, 2}, {2, 1}}, int64), lengths = tensor({4, 3}, int64);
  probes.push_back(probe(
      "ctc_loss",
      [](const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d, const CTCOptions& o) {
        return ctc_loss(a, b, c, d, o);
      },
      scores, targets, lengths, tensor({1, 2}, int64), CTCOptions{}));
  probes.push_back(probe(
      {"CTCLoss", "ctc_loss"}, [](const Tensor& a, const Tensor& b) { return CTCLoss()(a, b, b, b); },
      log_softmax(ones({2, 3})), tensor({1}, int64)));
  return probes;
}

TEST_CASE("losses of margins and likelihoods stand wrong arguments") { run(margin_loss_probes()); }

}  // namespace xgrad::test
