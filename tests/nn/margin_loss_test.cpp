#include <doctest/doctest.h>

#include <cmath>

#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

const test::Tolerance rounding{.rtol = 1e-12, .atol = 1e-12};

}  // namespace

TEST_CASE("margins by hand") {
  const Tensor a = f64({1, 2, 3}), b = f64({2, 2, 1});
  CHECK(difference(margin_ranking_loss(a, b, i64({1, -1, -1}), {.margin = 0.5, .reduction = Reduction::none}),
                   {1.5, 0.5, 2.5}) == "");
  CHECK(margin_ranking_loss(a, b, i64({1, -1, -1}), {.margin = 0.5}).item() == 1.5);
  CHECK(multi_margin_loss(f64({0.1, 0.2, 0.4, 0.8}), i64(3)).item() ==
        doctest::Approx((0.3 + 0.4 + 0.6) / 4).epsilon(1e-12));
  // Labels 3 and 0 count, the rest follows a -1.
  CHECK(multilabel_margin_loss(f64({0.1, 0.2, 0.4, 0.8}), i64({3, 0, -1, 1})).item() ==
        doctest::Approx((0.4 + 0.6 + 1.1 + 1.3) / 4).epsilon(1e-12));
  CHECK(soft_margin_loss(f64({1000, -1000}), i64({1, 1}), {.reduction = Reduction::sum}).item() == 1000);
}

TEST_CASE("distances of one's own") {
  const Tensor anchor = f64({{0, 0}, {1, 1}}), positive = f64({{0, 1}, {1, 1}}), negative = f64({{2, 2}, {1, 2}});
  const auto squares = [](const Tensor& x, const Tensor& y) { return sum(square(x - y), -1); };
  const TripletMarginWithDistanceOptions options{
      .distance_function = squares, .margin = 2, .reduction = Reduction::none};
  CHECK(difference(triplet_margin_with_distance_loss(anchor, positive, negative, options), {0, 1}) == "");
  CHECK(difference(triplet_margin_with_distance_loss(anchor, positive, negative),
                   triplet_margin_loss(anchor, positive, negative), rounding) == "");
  const auto whole = [](const Tensor&, const Tensor&) { return i64({1, 2}); };
  CHECK(lacks(error_of(
                  [&] { triplet_margin_with_distance_loss(anchor, positive, negative, {.distance_function = whole}); }),
              {"triplet_margin_with_distance_loss", "distance_function", "int64 (2,)"}) == "");
}

TEST_CASE("targets that are neither 1 nor -1 give NaN") {
  CHECK(std::isnan(cosine_embedding_loss(f64({1, 2}), f64({2, 1}), i64(0)).item()));
  CHECK(cosine_embedding_loss(f64({1, 2}), f64({2, 4}), i64(1)).item() == doctest::Approx(0).epsilon(1e-9));
}

TEST_CASE("losses of margins and likelihoods refuse what does not fit, by name") {
  const Tensor x = zeros({2, 3}), y = zeros({2, 4}), v = zeros({3});
  const Tensor labels = i64({0, 1}), sign = ones({2}), none;
  const auto row = [](auto call, const std::vector<std::string>& parts) { CHECK(lacks(error_of(call), parts) == ""); };
  row([=] { margin_ranking_loss(x, y, x); }, {"margin_ranking_loss", "'b'", "(2, 4)", "(2, 3)"});
  row([=] { margin_ranking_loss(x, x, x, {.margin = NAN}); }, {"margin_ranking_loss", "margin is nan"});
  row([=] { soft_margin_loss(x, y); }, {"soft_margin_loss", "(2, 3)", "(2, 4)"});
  row([=] { multi_margin_loss(x, sign); }, {"multi_margin_loss", "labels are float32 (2,)", "int64 (2,)"});
  row([=] { multi_margin_loss(x, labels, {.p = 3}); }, {"multi_margin_loss", "p is 3", "1 or 2"});
  row([=] { multi_margin_loss(x, labels, {.weight = sign}); }, {"'weight'", "float32 (2,)", "(3,)"});
  row([=] { multi_margin_loss(zeros({1, 2, 3}), labels); }, {"'x'", "(1, 2, 3)", "(N, C) or (C,)"});
  row([=] { eval(multi_margin_loss(x, i64({0, 3}))); }, {"multi_margin_loss", "3"});
  row([=] { multilabel_margin_loss(x, labels); }, {"multilabel_margin_loss", "int64 (2,)", "(2, 3)"});
  row([=] { multilabel_soft_margin_loss(x, x, {.weight = y}); }, {"multilabel_soft_margin_loss", "'weight'"});
  row([=] { cosine_embedding_loss(x, y, sign); }, {"cosine_embedding_loss", "'a'", "(2, 3)", "'b'", "(2, 4)"});
  row([=] { cosine_embedding_loss(x, x, v); }, {"cosine_embedding_loss", "'target' (3,)", "(N,)"});
  row([=] { triplet_margin_loss(x, x, y); }, {"triplet_margin_loss", "'negative'", "(2, 4)"});
  row([=] { triplet_margin_loss(x, none, x); }, {"triplet_margin_loss", "'positive'", "undefined"});
  row([=] { triplet_margin_loss(x, x, x, {.p = 0}); }, {"triplet_margin_loss", "p is 0"});
  row([=] { poisson_nll_loss(x, y); }, {"poisson_nll_loss", "(2, 4)"});
  row([=] { poisson_nll_loss(x, x, {.eps = -1}); }, {"poisson_nll_loss", "eps is -1"});
  row([=] { gaussian_nll_loss(x, x, v); }, {"gaussian_nll_loss", "'var' has shape (3,)", "(2, 1) or (2,)"});
  row([=] { gaussian_nll_loss(x, x, x, {.eps = 0}); }, {"gaussian_nll_loss", "eps is 0"});
}

TEST_CASE("CTC adds up all paths") {
  // Probabilities of blank and a at 3 steps. All sequences with one run of a give "a"; only a, blank, a gives "aa".
  const Tensor p = f64({{0.4, 0.6}, {0.3, 0.7}, {0.8, 0.2}}), logs = log(p);
  const double only =
      0.6 * 0.3 * 0.8 + 0.4 * 0.7 * 0.8 + 0.4 * 0.3 * 0.2 + 0.6 * 0.7 * 0.8 + 0.4 * 0.7 * 0.2 + 0.6 * 0.7 * 0.2;
  CHECK(ctc_loss(logs, i64({1}), i64(3), i64(1)).item() == doctest::Approx(-std::log(only)).epsilon(1e-12));
  CHECK(ctc_loss(logs, i64({1, 1}), i64(3), i64(2), {.reduction = Reduction::sum}).item() ==
        doctest::Approx(-std::log(0.6 * 0.3 * 0.2)).epsilon(1e-12));
  CHECK(ctc_loss(logs, i64({1, 1}), i64(3), i64(2)).item() ==
        doctest::Approx(-std::log(0.6 * 0.3 * 0.2) / 2).epsilon(1e-12));
  CHECK(ctc_loss(logs, i64({1}), i64(2), i64(0)).item() == doctest::Approx(-std::log(0.4 * 0.3)).epsilon(1e-12));
}

TEST_CASE("CTC of a target that does not fit is inf, or 0 where asked for, with derivatives of 0") {
  const Tensor logs = log_softmax(f64({{1, 2, 3}, {0, 1, 0}}));
  const Tensor targets = i64({1, 1});
  CHECK(std::isinf(ctc_loss(logs, targets, i64(2), i64(2)).item()));
  CHECK(ctc_loss(logs, targets, i64(2), i64(2), {.zero_infinity = true}).item() == 0);
  for (const bool zero : {false, true}) {
    const auto loss = [&](const Tensor& x) { return ctc_loss(x, targets, i64(2), i64(2), {.zero_infinity = zero}); };
    CHECK(difference(gradient(loss, logs), zeros({2, 3}, float64)) == "");
  }
  CHECK(ctc_loss(logs, targets, i64(0), i64(0)).item() == 0);
  CHECK(std::isinf(ctc_loss(logs, targets, i64(0), i64(1)).item()));
}

TEST_CASE("CTC refuses lengths, labels and shapes that do not fit") {
  const Tensor logs = zeros({4, 2, 3}), targets = i64({{1, 2}, {2, 1}}), lengths = i64({4, 4}), two = i64({2, 2});
  const auto row = [](auto call, std::vector<std::string> parts) {
    parts.push_back("ctc_loss");
    CHECK(lacks(error_of(call), parts) == "");
  };
  row([=] { ctc_loss(zeros({4}), targets, lengths, two); }, {"'log_probabilities'", "(4,)", "(T, N, C)"});
  row([=] { ctc_loss(logs, zeros({2, 2}), lengths, two); }, {"'targets' is float32 (2, 2)", "int64"});
  row([=] { ctc_loss(logs, i64({{1, 2}}), lengths, two); }, {"'targets' is int64 (1, 2)", "(2, S)"});
  row([=] { ctc_loss(logs, i64({1, 2, 1}), lengths, two); }, {"'targets' has shape (3,)", "(4,)"});
  row([=] { ctc_loss(logs, targets, i64({4, 5}), two); }, {"'input_lengths' holds 5", "0 to 4"});
  row([=] { ctc_loss(logs, targets, i64({4}), two); }, {"'input_lengths' is int64 (1,)", "(2,)"});
  row([=] { ctc_loss(logs, targets, lengths, i64({2, -1})); }, {"'target_lengths' holds -1", "0 to 2"});
  row([=] { ctc_loss(logs, i64({{1, 0}, {1, 2}}), lengths, two); }, {"'targets' holds 0", "the blank"});
  row([=] { ctc_loss(logs, i64({{1, 3}, {1, 2}}), lengths, two); }, {"'targets' holds 3", "0 to 2"});
  row([=] { ctc_loss(logs, targets, lengths, two, {.blank = 3}); }, {"blank is 3", "3 classes"});
}

TEST_CASE("modules of losses call the functions with their options, and have weights as buffers") {
  const Tensor x = f64({{1, 2, 0}, {0, 1, 3}}), labels = i64({0, 2}), weight = f64({1, 2, 3});
  CrossEntropyLoss loss({.weight = weight, .label_smoothing = 0.1});
  CHECK(difference(loss(x, labels), cross_entropy(x, labels, {.weight = weight, .label_smoothing = 0.1})) == "");
  CHECK(state_dict(loss).size() == 1);
  CHECK(state_dict(loss)[0].first == "weight");
  loss.to(float32);
  CHECK(loss(x.to(float32), labels).dtype() == float32);
  CHECK(difference(MSELoss({.reduction = Reduction::sum})(x, x + 1.0), f64(6)) == "");
  CHECK(difference(TripletMarginLoss()(x, x, x + 1.0), triplet_margin_loss(x, x, x + 1.0)) == "");
  CHECK(difference(CTCLoss({.blank = 2})(log_softmax(x), i64({0}), i64(2), i64(1)),
                   ctc_loss(log_softmax(x), i64({0}), i64(2), i64(1), {.blank = 2})) == "");
  CHECK(lacks(error_of([&] { Module{CTCLoss()}(x, x); }), {"CTCLoss", "four inputs"}) == "");
}

TEST_CASE("gaussian_nll_loss takes one variance for all entries") {
  const Tensor mean = test::f64({{1, 2}, {3, 5}}), target = test::f64({{1, 4}, {2, 5}});
  // log(2) / 2 + squares / 4, with squares 0, 4, 1, 0
  const double constant = std::log(2) / 2;
  CHECK(test::difference(gaussian_nll_loss(mean, target, 2.0, {.reduction = Reduction::none}),
                         test::f64({{constant, constant + 1}, {constant + 0.25, constant}}), {.rtol = 1e-15}) == "");
  CHECK(gaussian_nll_loss(mean, target, 2.0).item() == doctest::Approx(constant + 1.25 / 4).epsilon(1e-14));
  CHECK(gaussian_nll_loss(mean, mean, 0.1).item() == doctest::Approx(std::log(0.1) / 2).epsilon(1e-14));
}

}  // namespace xgrad::nn
