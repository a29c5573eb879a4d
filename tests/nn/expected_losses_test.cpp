#include <cmath>
#include <functional>

#include <autograd/autograd.hpp>

#include "expected.hpp"

// Losses and embedding_bag against PyTorch: values and derivatives; and second derivatives against differences.
namespace xgrad::nn::test {
namespace {

using Arrays = std::map<std::string, Tensor>;
using Call = std::function<Tensor(const Arrays&)>;
constexpr Reduction none = Reduction::none;

/// The loss of each case of losses.npz, of its arrays; those with a derivative are differentiated.
const std::map<std::string, Call>& calls() {
  static const auto ctc = [](Reduction reduction) {
    return [=](const Arrays& in) {
      return ctc_loss(log_softmax(in.at("a"), 2), in.at("targets"), in.at("input_lengths"), in.at("target_lengths"),
                      {.reduction = reduction});
    };
  };
  static const auto bag = [](BagMode mode) {
    return [=](const Arrays& in) {
      return embedding_bag(in.at("indices"), in.at("w"), {.offsets = in.at("offsets"), .mode = mode, .padding_idx = 4});
    };
  };
  static const std::map<std::string, Call> all = {
      {"margin_ranking",
       [](const Arrays& in) {
         return margin_ranking_loss(in.at("a"), in.at("b"), in.at("target"), {.margin = 0.4, .reduction = none});
       }},
      {"soft_margin",
       [](const Arrays& in) { return soft_margin_loss(in.at("a"), in.at("target"), {.reduction = none}); }},
      {"multi_margin",
       [](const Arrays& in) { return multi_margin_loss(in.at("a"), in.at("labels"), {.reduction = none}); }},
      {"multi_margin_2",
       [](const Arrays& in) {
         return multi_margin_loss(in.at("a"), in.at("labels"),
                                  {.p = 2, .margin = 0.7, .weight = in.at("weight"), .reduction = none});
       }},
      {"multilabel_margin",
       [](const Arrays& in) { return multilabel_margin_loss(in.at("a"), in.at("labels"), {.reduction = none}); }},
      {"multilabel_soft_margin",
       [](const Arrays& in) {
         return multilabel_soft_margin_loss(in.at("a"), in.at("target"),
                                            {.weight = in.at("weight"), .reduction = none});
       }},
      {"cosine_embedding",
       [](const Arrays& in) {
         return cosine_embedding_loss(in.at("a"), in.at("b"), in.at("target"), {.margin = -0.6, .reduction = none});
       }},
      {"triplet",
       [](const Arrays& in) { return triplet_margin_loss(in.at("a"), in.at("b"), in.at("c"), {.reduction = none}); }},
      {"triplet_swap",
       [](const Arrays& in) {
         return triplet_margin_loss(in.at("a"), in.at("b"), in.at("c"),
                                    {.margin = 2, .p = 3, .swap = true, .reduction = none});
       }},
      {"poisson",
       [](const Arrays& in) {
         return poisson_nll_loss(in.at("a"), in.at("target"), {.full = true, .reduction = none});
       }},
      {"poisson_rate",
       [](const Arrays& in) {
         return poisson_nll_loss(in.at("a"), in.at("target"), {.log_input = false, .reduction = none});
       }},
      {"gaussian",
       [](const Arrays& in) {
         return gaussian_nll_loss(in.at("a"), in.at("target"), in.at("v"), {.full = true, .reduction = none});
       }},
      {"gaussian_row",
       [](const Arrays& in) {
         return gaussian_nll_loss(in.at("a"), in.at("target"), in.at("v"), {.eps = 0.3, .reduction = none});
       }},
      {"ctc_none", ctc(none)},
      {"ctc_mean", ctc(Reduction::mean)},
      {"ctc_sum", ctc(Reduction::sum)},
      {"ctc_joined",
       [](const Arrays& in) {
         return ctc_loss(log_softmax(in.at("a"), 2), in.at("targets"), in.at("input_lengths"), in.at("target_lengths"),
                         {.blank = 2, .reduction = none});
       }},
      {"bag_sum", bag(BagMode::sum)},
      {"bag_mean", bag(BagMode::mean)},
      {"bag_max", bag(BagMode::max)},
      {"bag_weighted",
       [](const Arrays& in) {
         return embedding_bag(in.at("indices"), in.at("w"),
                              {.offsets = in.at("offsets"), .mode = BagMode::sum, .per_sample_weights = in.at("s")});
       }},
      {"bag_rows", [](const Arrays& in) { return embedding_bag(in.at("indices"), in.at("w"), {.padding_idx = 4}); }},
  };
  return all;
}

/// A case's inputs that have a derivative, by name.
std::vector<std::string> sources_of(const Arrays& arrays) {
  std::vector<std::string> names;
  for (const auto& [name, array] : under(arrays, "d_")) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("losses agree with PyTorch") {
  const Arrays all = load_expected("losses");
  const xgrad::test::Tolerance tolerance{.rtol = 1e-9, .atol = 1e-11};
  std::size_t arrays = 0;
  for (const auto& entry : calls()) {
    const auto& name = entry.first;
    const auto& call = entry.second;
    CAPTURE(name);
    const Arrays given = under(all, name + ".");
    arrays += given.size();
    const std::vector<std::string> names = sources_of(given);
    REQUIRE(!names.empty());
    const Tape tape;
    const Tensor out = call(given);
    CHECK(difference(out, given.at("out"), tolerance) == "");
    std::vector<Tensor> sources;
    for (const std::string& source : names) sources.push_back(given.at(source));
    const std::vector<Tensor> gradients = tape.gradient(out, sources, {.cotangent = given.at("grad_out")});
    for (std::size_t i = 0; i < names.size(); ++i)
      CHECK_MESSAGE(difference(gradients[i], given.at("d_" + names[i]), tolerance) == "", names[i]);
  }
  CHECK(arrays == all.size());
}

TEST_CASE("losses have right derivatives of first and second order") {
  const Arrays all = load_expected("losses");
  for (const auto& entry : calls()) {
    const auto& name = entry.first;
    const auto& call = entry.second;
    if (name == "gaussian_row") continue;  // the derivative passes the limit of the variance, by definition
    CAPTURE(name);
    const Arrays given = under(all, name + ".");
    const std::vector<std::string> names = sources_of(given);
    std::vector<Tensor> sources;
    for (const std::string& source : names) sources.push_back(given.at(source));
    const auto f = [&, own = call](const std::vector<Tensor>& in) {
      Arrays arrays = given;
      for (std::size_t i = 0; i < names.size(); ++i) arrays[names[i]] = in[i];
      return own(arrays);
    };
    const GradcheckResult result = gradcheck(TensorsFunction(f), sources, {.order = 2});
    CHECK_MESSAGE(result.passed, result.message);
  }
}

}  // namespace xgrad::nn::test
