#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>

#include "expect.hpp"
#include "fusing.hpp"

// Generated from the registry: what is checked here holds for every primitive and every composition, also for those
// that are added later.
namespace xgrad {
namespace {

/// A primitive or a composition.
struct Operation {
  std::string name;
  std::vector<Sample> samples;
  bool differentiable;
  /// A primitive with a kernel of its own: its samples may record what only the library's own checks keep right.
  bool block = false;
};

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> list;
    for (const Primitive* one : primitives())
      list.push_back({one->name, one->samples ? one->samples() : std::vector<Sample>{}, one->vjp != nullptr,
                      one->block() != nullptr});
    for (const Composition* one : compositions()) list.push_back({one->name, one->samples(), one->differentiable});
    return list;
  }();
  return all;
}

/// Calls f(operation, sample) for every sample of every operation; a failed check shows both names.
template <class F>
void for_every_sample(F&& f) {
  for (const Operation& operation : operations()) {
    for (const Sample& sample : operation.samples) {
      INFO(operation.name, ", sample '", sample.name, "'");
      try {
        f(operation, sample);
      } catch (const Error& error) {
        FAIL_CHECK(std::string(error.what()));
      }
    }
  }
}

std::vector<Tensor> floating(const std::vector<Tensor>& inputs) {
  std::vector<Tensor> result;
  std::copy_if(inputs.begin(), inputs.end(), std::back_inserter(result),
               [](const Tensor& input) { return is_floating(input.dtype()); });
  return result;
}

/// The vector-Jacobian products of a sample for the inputs that are differentiated.
std::vector<Tensor> products(const Sample& sample, const Tensor& cotangent) {
  const Tape tape;
  std::vector<Tensor> result = tape.gradient(sample.f(sample.inputs), floating(sample.inputs),
                                             {.cotangent = cotangent, .materialize_grads = true});
  eval(result);
  return result;
}

/// The largest magnitude among finite entries.
double magnitude(const Tensor& x) {
  double largest = 0;
  for (const double value : x.to_vector<double>())
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  return largest;
}

/// Inputs of one sample for each of `count` examples: floating ones moved a little, others as they are.
std::vector<std::vector<Tensor>> examples_of(const Sample& sample, int count) {
  std::vector<std::vector<Tensor>> examples;
  Generator generator(4);
  for (int i = 0; i < count; ++i) {
    examples.emplace_back();
    for (const Tensor& x : sample.inputs)
      examples.back().push_back(is_floating(x.dtype()) ? x + 0.01 * rand(x.shape(), x.dtype(), generator) : x);
  }
  return examples;
}

}  // namespace

TEST_CASE("every primitive has a name of its own and a meaning") {
  std::set<std::string> names;
  CHECK(primitives().size() > 30);
  for (const Primitive* primitive : primitives()) {
    REQUIRE(primitive->name != nullptr);
    INFO(std::string(primitive->name));
    CHECK(names.insert(primitive->name).second);
    CHECK(std::string(primitive->name) != "");
    CHECK((primitive->doc != nullptr && std::string(primitive->doc) != ""));
  }
}

TEST_CASE("every composition has a name of its own") {
  std::set<std::string> names;
  for (const Composition* composition : compositions()) CHECK(names.insert(composition->name).second);
}

TEST_CASE("every operation has samples with names of their own") {
  for (const Operation& operation : operations()) {
    INFO(operation.name);
    CHECK(!operation.samples.empty());
    std::set<std::string> sample_names;
    for (const Sample& sample : operation.samples) CHECK(sample_names.insert(sample.name).second);
  }
}

TEST_CASE("every sample of a primitive records it") {
  for (const Primitive* primitive : primitives()) {
    for (const Sample& sample : primitive->samples()) {
      INFO(std::string(primitive->name), ", sample '", sample.name, "'");
      const Tape tape;
      const Tensor y = sample.f(sample.inputs);
      const std::vector<std::string> recorded = recorded_primitives();
      CHECK(std::find(recorded.begin(), recorded.end(), primitive->name) != recorded.end());
    }
  }
}

TEST_CASE("every derivative agrees with central differences in first and second order") {
  for_every_sample([](const Operation& operation, const Sample& sample) {
    if (!operation.differentiable) return;
    const GradcheckResult result =
        gradcheck(sample.f, sample.inputs, {.atol = sample.atol, .rtol = sample.rtol, .order = 2});
    CHECK_MESSAGE(result.passed, result.message);
    const std::vector<Tensor> sources = floating(sample.inputs);
    const bool has_entries = std::any_of(sources.begin(), sources.end(), [](const Tensor& x) { return x.size() > 0; });
    CHECK((result.input >= 0) == has_entries);
  });
}

TEST_CASE("every operation with a derivative has a sample with something to differentiate") {
  for (const Operation& operation : operations()) {
    if (!operation.differentiable) continue;
    std::int64_t entries = 0;
    for (const Sample& sample : operation.samples)
      for (const Tensor& x : floating(sample.inputs)) entries += x.size();
    CHECK_MESSAGE(entries > 0, operation.name);
  }
}

TEST_CASE("an operation without a derivative gives the value that its sample expects") {
  for_every_sample([](const Operation& operation, const Sample& sample) {
    if (!operation.differentiable) REQUIRE(sample.expected.has_value());
    if (sample.expected) CHECK(test::difference(sample.f(sample.inputs), *sample.expected, {.rtol = 1e-12}) == "");
  });
}

TEST_CASE("inputs of other shapes than a sample's give values or an Error") {
  const Shape shapes[] = {{}, {0}, {1}, {4}, {1, 1}, {2, 3}, {3, 0}, {3, 1, 2}, {1, 2, 1, 2}};
  int values = 0, errors = 0;
  for_every_sample([&](const Operation& operation, const Sample& sample) {
    if (operation.block) return;
    const auto call = [&](const std::vector<Tensor>& inputs) {
      try {
        eval(sample.f(inputs));
        ++values;
      } catch (const Error&) {
        ++errors;
      }
    };
    for (const Shape& shape : shapes) {
      const auto other = [&](const Tensor& x) { return full(shape, is_floating(x.dtype()) ? 0.3 : 0.0).to(x.dtype()); };
      std::vector<Tensor> all;
      for (const Tensor& x : sample.inputs) all.push_back(other(x));
      call(all);
      for (std::size_t k = 0; k < all.size() && all.size() > 1; ++k) {
        std::vector<Tensor> inputs = sample.inputs;
        inputs[k] = all[k];
        call(inputs);
      }
    }
  });
  CHECK(values > 1000);
  CHECK(errors > 1000);
}

TEST_CASE("a vector-Jacobian product is linear in its cotangent") {
  for_every_sample([](const Operation& operation, const Sample& sample) {
    if (!operation.differentiable) return;
    const Tensor y = sample.f(sample.inputs);
    Generator generator(1);
    const Tensor u = randn(y.shape(), y.dtype(), generator), w = randn(y.shape(), y.dtype(), generator);
    const std::vector<Tensor> of_u = products(sample, u), of_w = products(sample, w);
    const std::vector<Tensor> of_both = products(sample, 2 * u - 3 * w);
    for (std::size_t i = 0; i < of_both.size(); ++i) {
      const Tensor combined = 2 * of_u[i] - 3 * of_w[i];
      CHECK(test::difference(of_both[i], combined, {.rtol = 1e-11, .atol = 1e-12 * (1 + magnitude(combined))}) == "");
    }
  });
}

TEST_CASE("the derivative for one input alone is the one that it has among all") {
  for_every_sample([](const Operation& operation, const Sample& sample) {
    if (!operation.differentiable) return;
    const std::vector<Tensor> sources = floating(sample.inputs);
    if (sources.size() < 2) return;
    const Tensor y = sample.f(sample.inputs);
    Generator generator(3);
    const Tensor cotangent = randn(y.shape(), y.dtype(), generator);
    const std::vector<Tensor> all = products(sample, cotangent);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      CAPTURE(i);
      const Tape tape;
      const Tensor alone =
          tape.gradient(sample.f(sample.inputs), sources[i], {.cotangent = cotangent, .materialize_grads = true});
      CHECK(test::difference(alone, all[i], {.rtol = 1e-11, .atol = 1e-12 * (1 + magnitude(all[i]))}) == "");
    }
  });
}

TEST_CASE("products with the Jacobian from the left and from the right agree") {
  // J v is the gradient, in u, of <u^T J, v>; <u, J v> and <u^T J, v> are the same number.
  for_every_sample([](const Operation& operation, const Sample& sample) {
    if (!operation.differentiable) return;
    const Tape tape;
    const Tensor y = sample.f(sample.inputs);
    Generator generator(2);
    const Tensor u = randn(y.shape(), y.dtype(), generator);
    const std::vector<Tensor> sources = floating(sample.inputs);
    const std::vector<Tensor> left = tape.gradient(y, sources, {.cotangent = u, .materialize_grads = true});
    Tensor product = zeros({}, float64), size = zeros({}, float64);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const Tensor terms = left[i] * randn(sources[i].shape(), float64, generator);
      product = product + sum(terms);
      size = size + sum(abs(terms));
    }
    const Tensor right = tape.gradient(product, u, {.materialize_grads = true});
    CHECK(test::difference(sum(u * right), product, {.atol = 1e-13 * (1 + size.item())}) == "");
  });
}

TEST_CASE("jvp is the adjoint of vjp") {
  for_every_sample([](const Operation& operation, const Sample& sample) {
    if (!operation.differentiable) return;
    const std::vector<Tensor> sources = floating(sample.inputs);
    if (sources.empty()) return;
    // The sample as a function of its floating inputs only.
    const TensorsFunction f = [&](const std::vector<Tensor>& values) {
      std::vector<Tensor> inputs = sample.inputs;
      std::size_t next = 0;
      for (Tensor& input : inputs)
        if (is_floating(input.dtype())) input = values[next++];
      return sample.f(inputs);
    };
    Generator generator(3);
    std::vector<Tensor> tangents;
    for (const Tensor& x : sources) tangents.push_back(randn(x.shape(), x.dtype(), generator));
    const auto [y, right] = jvp(f, sources, tangents);
    const Tensor u = randn(y.shape(), y.dtype(), generator);
    const std::vector<Tensor> left = products(sample, u);
    Tensor product = zeros({}, float64), size = zeros({}, float64);
    for (std::size_t i = 0; i < left.size(); ++i) {
      product = product + sum(left[i] * tangents[i]);
      size = size + sum(abs(left[i] * tangents[i]));
    }
    CHECK(test::difference(sum(u * right), product, {.atol = 1e-13 * (1 + size.item())}) == "");
  });
}

TEST_CASE("vmap gives for a batch what single calls give") {
  for_every_sample([](const Operation&, const Sample& sample) {
    if (sample.inputs.empty()) return;
    const std::vector<std::vector<Tensor>> examples = examples_of(sample, 3);
    std::vector<Tensor> batch, expected;
    for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
      std::vector<Tensor> inputs;
      for (const auto& example : examples) inputs.push_back(example[i]);
      batch.push_back(stack(inputs));
    }
    for (const auto& example : examples) expected.push_back(sample.f(example));
    const Tensor loop = stack(expected);
    CHECK(test::difference(vmap(sample.f)(batch), loop, {.rtol = 1e-12, .atol = 1e-13 * (1 + magnitude(loop))}) == "");
    // And with inputs that all examples share.
    for (std::size_t shared = 0; shared < sample.inputs.size() && sample.inputs.size() > 1; ++shared) {
      std::vector<std::optional<int>> in_axes(batch.size(), 0);
      in_axes[shared] = std::nullopt;
      std::vector<Tensor> inputs = batch;
      inputs[shared] = examples[0][shared];
      std::vector<Tensor> results;
      for (auto example : examples) {
        example[shared] = examples[0][shared];
        results.push_back(sample.f(example));
      }
      const Tensor one = stack(results);
      CHECK(test::difference(vmap(sample.f, {.in_axes = in_axes})(inputs), one,
                             {.rtol = 1e-12, .atol = 1e-13 * (1 + magnitude(one))}) == "");
    }
  });
}

TEST_CASE("runs that are fused and those that go node by node agree") {
  const test::Fusing planned(true);
  for_every_sample([](const Operation&, const Sample& sample) {
    set_fusing(true);
    const Tensor fused = sample.f(sample.inputs);
    eval(fused);
    set_fusing(false);
    const Tensor single = sample.f(sample.inputs);
    eval(single);
    CHECK(test::difference(fused, single, {.rtol = 1e-13, .atol = 1e-14 * (1 + magnitude(single))}) == "");
  });
}

TEST_CASE("inputs that are views of other layouts give what contiguous ones give, and so do their derivatives") {
  for_every_sample([](const Operation& operation, const Sample& sample) {
    std::vector<Tensor> views;
    bool any = false;
    for (const Tensor& input : sample.inputs) {
      views.push_back(input);
      if (input.rank() < 2 || input.size() == 0) continue;
      // The same values with the last axis outermost in memory, and with a row before them.
      const Tensor moved = swapaxes(input, 0, input.rank() - 1);
      const Tensor stored = concatenate({slice(moved, 0, 0, 1), moved}, 0);
      eval(stored);
      views.back() = swapaxes(slice(stored, 0, 1, stored.size(0)), 0, input.rank() - 1);
      any = true;
    }
    if (!any) return;
    const Tensor expected = sample.f(sample.inputs), actual = sample.f(views);
    const double atol = 1e-13 * (1 + magnitude(expected));
    CHECK(test::difference(actual, expected, {.rtol = 1e-12, .atol = atol}) == "");
    if (!operation.differentiable || !is_floating(expected.dtype())) return;
    const auto total = [&](const std::vector<Tensor>& x) { return sum(sample.f(x)); };
    std::vector<std::size_t> floating;
    for (std::size_t i = 0; i < views.size(); ++i)
      if (is_floating(views[i].dtype())) floating.push_back(i);
    const auto slopes = [&](const std::vector<Tensor>& inputs) {
      const Tape tape;
      std::vector<Tensor> all = inputs, sources;
      for (const std::size_t i : floating) {
        all[i] = inputs[i] * 1.0;
        sources.push_back(all[i]);
      }
      std::vector<Tensor> found = tape.gradient(total(all), sources, {.materialize_grads = true});
      eval(found);
      return found;
    };
    const std::vector<Tensor> want = slopes(sample.inputs), got = slopes(views);
    for (std::size_t k = 0; k < want.size(); ++k)
      CHECK(test::difference(got[k], want[k], {.rtol = 1e-12, .atol = 1e-12 * (1 + magnitude(want[k]))}) == "");
  });
}

TEST_CASE("float32 agrees with float64 to its rounding") {
  // The same numbers, rounded to float32, go through both. The operations here add up a handful of terms, each with a
  // relative error of a few times 2^-24 of the largest.
  constexpr double rounding = 16 * std::numeric_limits<float>::epsilon();
  for_every_sample([](const Operation&, const Sample& sample) {
    std::vector<Tensor> narrow, wide;
    for (const Tensor& input : sample.inputs) {
      narrow.push_back(is_floating(input.dtype()) ? input.to(float32) : input);
      wide.push_back(is_floating(input.dtype()) ? narrow.back().to(float64) : input);
    }
    const Tensor exact = sample.f(wide);
    const Tensor rounded = sample.f(narrow).to(exact.dtype());
    const double scale = 1 + magnitude(exact);
    CHECK(test::difference(rounded, exact, {.rtol = rounding, .atol = rounding * scale}) == "");
  });
}

}  // namespace xgrad
