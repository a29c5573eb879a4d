#include "probe.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <typeinfo>

#include <autograd/node.hpp>
#include <autograd/recorder.hpp>

namespace xgrad::test {
namespace {

constexpr std::int64_t most_elements = std::int64_t{1} << 20;

/// Whether running a tensor takes no more than a moment: no value that it waits for is large.
bool is_small(const Tensor& result) {
  std::vector<const Node*> waiting{result.node()};
  std::set<const Node*> seen;
  while (!waiting.empty()) {
    const Node* node = waiting.back();
    waiting.pop_back();
    if (!node || !seen.insert(node).second) continue;
    double elements = 1;
    for (const std::int64_t extent : node->shape) elements *= static_cast<double>(extent);
    if (elements > static_cast<double>(most_elements)) return false;
    if (!node->has_value()) waiting.insert(waiting.end(), node->inputs().begin(), node->inputs().end());
  }
  return true;
}

Tensor filled(const Shape& shape, DType dtype, double value) { return full(shape, value, dtype); }

/// Whether a message begins with one of the names, and goes on. What has several is made of others, in whose names it
/// may refuse. Sizes that nothing holds, and numbers that are no dtype, are refused wherever they come from.
bool names_it(const std::string& text, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (text.starts_with(name + ":") || text.starts_with(name + " ")) return text.size() > name.size() + 2;
  if (names.size() > 1 && text.find(": ") != std::string::npos) return true;
  return text.starts_with("Shape: ") || text.find(": the system has no memory for ") != std::string::npos ||
         text.starts_with("memory: ") || text.find(" is no dtype; ") != std::string::npos;
}

/// Runs what a call returned, and its derivative in those of its arguments that have one.
void run_results(const std::vector<Tensor>& results, const std::vector<Argument>& arguments) {
  for (const Argument& argument : arguments)
    if (argument.tensor && !is_small(*argument.tensor)) return;
  std::vector<Tensor> small;
  for (const Tensor& result : results)
    if (result.defined() && is_small(result)) small.push_back(result);
  eval(small);
  std::vector<Tensor> sources;
  for (const Argument& argument : arguments) {
    const Tensor* tensor = argument.tensor;
    if (tensor && tensor->defined() && is_floating(tensor->dtype())) sources.push_back(*tensor);
  }
  for (const Tensor& result : small) {
    if (sources.empty() || !is_floating(result.dtype())) continue;
    std::vector<Tensor> gradients;
    try {
      gradients = gradient(sum(result), sources);
      std::erase_if(gradients, [](const Tensor& gradient) { return !is_small(gradient); });
      eval(gradients);
    } catch (const Error& error) {
      if (std::string(error.what()).empty()) throw;
    }
  }
}

}  // namespace

std::vector<Tensor> wrong_tensors(const Tensor& right) {
  if (!right.defined()) return wrong_tensors(tensor({1, 2, 3}));
  constexpr double infinite = std::numeric_limits<double>::infinity();
  const Shape shape = right.shape();
  const DType dtype = right.dtype();
  std::vector<Tensor> values{Tensor()};
  Tensor moved = right + 0;
  const Tensor taken = std::move(moved);
  values.push_back(moved);
  for (const DType other : {boolean, int64, bfloat16, float32, float64})
    if (other != dtype) values.push_back(right.to(other));
  if (is_floating(dtype)) {
    for (const double value : {std::numeric_limits<double>::quiet_NaN(), infinite, -infinite, 3e38, 0.0, -3.0, 1e-310})
      values.push_back(filled(shape, dtype, value));
  } else if (dtype == int64) {
    for (const double value : {-1.0, 1.0, 100.0, -0x1p63, 0x1p62}) values.push_back(filled(shape, dtype, value));
  } else {
    for (const double value : {0.0, 1.0}) values.push_back(filled(shape, dtype, value));
  }
  values.push_back(tensor(2.0).to(dtype));
  values.push_back(Tensor(2.0));
  values.push_back(Tensor(std::numeric_limits<double>::quiet_NaN()));
  values.push_back(Tensor(-1));
  // Other shapes, and the same as a view of something else.
  const std::vector<std::int64_t> extents(shape.begin(), shape.end());
  const auto add = [&](std::vector<std::int64_t> other) {
    values.push_back(ones(other, dtype));
    eval(values.back());
  };
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    for (const std::int64_t extent : {std::int64_t{0}, std::int64_t{1}, extents[axis] + 1}) {
      auto other = extents;
      other[axis] = extent;
      add(other);
    }
    auto without = extents;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(axis));
    add(without);
  }
  if (shape.rank() < Shape::max_rank) {
    auto more = extents;
    more.insert(more.begin(), 1);
    add(more);
    more.resize(Shape::max_rank, 1);
    add(more);
    add(std::vector<std::int64_t>(Shape::max_rank, 2));
  }
  add({0});
  if (shape.rank() > 1) {
    values.push_back(transpose(right));
    values.push_back(swapaxes(swapaxes(right, 0, -1) + 0, 0, -1));
  }
  return values;
}

std::vector<Shape> huge_shapes(const Shape& right) {
  std::vector<Shape> shapes;
  const std::size_t rank = right.size();
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::vector<std::int64_t> extents(rank, 1);
    extents[axis] = Shape::max_elements;
    shapes.push_back(extents);
    extents.assign(right.begin(), right.end());
    extents[axis] = 1;
    extents[axis] = Shape::max_elements / Shape(extents).elements();
    shapes.push_back(extents);
    if (rank < 3) continue;
    // Several axes that are long, or short enough for unstack to make as many tensors quickly.
    const std::size_t first = axis == 0 ? 1 : 0;
    extents.assign(rank, std::int64_t{1} << 4);
    extents[axis] = 1;
    extents[first] = Shape::max_elements >> 4 * (rank - 2);
    shapes.push_back(extents);
  }
  return shapes;
}

void make_calls(const std::vector<std::string>& names, const std::vector<Argument>& arguments,
                const std::function<std::vector<Tensor>()>& call) {
  static const bool trace = std::getenv("XGRAD_TEST_TRACE") != nullptr;
  std::vector<std::size_t> chosen(arguments.size(), 0);
  std::set<std::string> reported;
  const auto attempt = [&](bool right) {
    std::string given = names.front() + " with values";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      arguments[i].choose(chosen[i]);
      given += " " + std::to_string(chosen[i]);
    }
    if (trace) std::fprintf(stderr, "%s\n", given.c_str());
    const auto complain = [&](const std::string& what) {
      if (reported.size() < 12 && reported.insert(what).second) FAIL_CHECK(given, ": ", what);
    };
    try {
      const Tape inner;
      run_results(call(), arguments);
    } catch (const Thrown&) {
    } catch (const Error& error) {
      const std::string text = error.what();
      if (right)
        complain("refused, though it is right: " + text);
      else if (!names_it(text, names) && text != "the user's function: an Error of its own")
        complain("an error that does not name it: " + text.substr(0, 300));
    } catch (const std::exception& error) {
      complain(std::string("another exception than Error: ") + typeid(error).name() + " " + error.what());
    }
  };
  attempt(true);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    for (std::size_t k = 1; k < arguments[i].count; ++k) {
      chosen[i] = k;
      attempt(false);
    }
    chosen[i] = 0;
  }
  if (arguments.size() < 2) return;
  std::mt19937 random(1);
  for (int round = 0; round < 40; ++round) {
    std::fill(chosen.begin(), chosen.end(), 0);
    const int wrongs = round < 30 ? 2 : static_cast<int>(arguments.size());
    for (int k = 0; k < wrongs; ++k) {
      const std::size_t i = random() % arguments.size();
      chosen[i] = random() % arguments[i].count;
    }
    attempt(false);
  }
}

void run(const Probes& probes) {
  for (const Probe& probe : probes) {
    INFO(probe.names.front());
    probe.run();
  }
}

TEST_CASE("wrong values of a tensor are tensors of every kind") {
  const std::vector<Tensor> values = wrong(zeros({2, 3}));
  CHECK(values.size() >= 30);
}

}  // namespace xgrad::test
