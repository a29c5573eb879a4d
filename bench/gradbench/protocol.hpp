#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

/// GradBench's protocol (github.com/gradbench/gradbench, CONTRIBUTING.md): messages and answers, one JSON a line.
namespace gradbench {

using Json = nlohmann::json;

/// A function at one input, ready to run. Its arguments are tensors already, as GradBench wants: reading them is not
/// timed.
struct Program {
  std::function<void()> run;     ///< computes the function or its derivative: what is timed
  std::function<Json()> output;  ///< the result of the last run in GradBench's form
};

/// The functions of a module: each makes a program of GradBench's input.
using Module = std::map<std::string, std::function<Program(const Json& input)>>;

/// What follows "id" in the answer to an evaluation: the output of the last run and the times of all. Runs as often as
/// the input's min_runs and as long as its min_seconds say; once where it has neither.
Json evaluate(const Module& module, const std::string& function, const Json& input);

/// Answers each line of `in` until it ends, in the name of a tool. Errors of a function are part of the answer.
void serve(std::istream& in, std::ostream& out, const std::string& tool, const std::map<std::string, Module>& modules);

/// The numbers of nested lists of any depth, in order.
std::vector<double> flat_numbers(const Json& numbers);
std::vector<std::int64_t> flat_integers(const Json& numbers);
/// Nested lists of the given extents; a number where there are none.
Json nested(std::span<const double> values, std::span<const std::int64_t> extents);

}  // namespace gradbench
