#include "modules.hpp"

#include "problems.hpp"

namespace gradbench {

namespace {

template <Tensor (*f)(const Tensor&, const Tensor&)>
Program of_clusters(const Json& input) {
  return program([in = KmeansInput(input)] { return f(in.points, in.centroids); });
}

}  // namespace

Module det() {
  return {{"primal",
           [](const Json& input) { return program([in = DetInput(input)] { return determinant(in.levels, in.a); }); }},
          {"gradient", [](const Json& input) {
             return program([in = DetInput(input)] {
               return reshape(gradient_of([&](const Tensor& a) { return determinant(in.levels, a); }, in.a), {-1});
             });
           }}};
}

Module gmm() {
  return {{"objective",
           [](const Json& input) { return program([in = GmmInput(input)] { return log_posterior(in, in.mixture); }); }},
          {"jacobian", [](const Json& input) {
             return program(
                 [in = GmmInput(input)] {
                   const auto f = [&](const std::vector<Tensor>& x) {
                     return log_posterior(in, {x[0], x[1], x[2], x[3]});
                   };
                   const auto& [alpha, mu, q, l] = in.mixture;
                   return gradients_of(f, {alpha, mu, q, l});
                 },
                 [](const std::vector<Tensor>& gradients) -> Json {
                   return {{"alpha", write_numbers(gradients[0])},
                           {"mu", write_numbers(gradients[1])},
                           {"q", write_numbers(gradients[2])},
                           {"l", write_numbers(gradients[3])}};
                 });
           }}};
}

Module kmeans() { return {{"cost", of_clusters<kmeans_cost>}, {"dir", of_clusters<kmeans_direction>}}; }

Module llsq() {
  return {{"primal",
           [](const Json& input) { return program([in = LlsqInput(input)] { return squared_distance(in.x, in.n); }); }},
          {"gradient", [](const Json& input) {
             return program([in = LlsqInput(input)] {
               return gradient_of([&](const Tensor& x) { return squared_distance(x, in.n); }, in.x);
             });
           }}};
}

Module lstm() {
  return {
      {"objective",
       [](const Json& input) { return program([in = LstmInput(input)] { return lstm_loss(in, in.main, in.extra); }); }},
      {"jacobian", [](const Json& input) {
         return program([in = LstmInput(input)] {
           std::vector<Tensor> slopes = gradients_of(
               [&](const std::vector<Tensor>& x) { return lstm_loss(in, x[0], x[1]); }, {in.main, in.extra});
           for (Tensor& slope : slopes) slope = reshape(slope, {-1});
           return concatenate(slopes);
         });
       }}};
}

Module ode() {
  return {{"primal",
           [](const Json& input) { return program([in = OdeInput(input)] { return integrate(in.x, in.steps); }); }},
          {"gradient", [](const Json& input) {
             return program([in = OdeInput(input)] {
               const auto last = [&](const Tensor& x) { return select(integrate(x, in.steps), 0, -1); };
               return gradient_of(last, in.x);
             });
           }}};
}

}  // namespace gradbench
