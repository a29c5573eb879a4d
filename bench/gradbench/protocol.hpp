#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <autograd/tensor.hpp>

/// GradBench's protocol (github.com/gradbench/gradbench, CONTRIBUTING.md): messages and answers, one JSON a line.
namespace gradbench {

using Json = nlohmann::json;
using xgrad::Tensor;

/// A function at one input, ready to run. Its arguments are tensors already, as GradBench wants: reading them is not
/// timed.
struct Program {
  std::function<void()> run;     ///< records the function or its derivative and computes it: what is timed
  std::function<Json()> output;  ///< the result of the last run in GradBench's form
};

/// The functions of a module: each makes a program of GradBench's input.
using Module = std::map<std::string, std::function<Program(const Json& input)>>;

/// A program that computes tensors and nothing else. Results of the run before are given back first, so that a run
/// finds their memory.
Program program(std::function<std::vector<Tensor>()> compute, std::function<Json(const std::vector<Tensor>&)> output);
/// The same for one tensor, given back as it is.
Program program(std::function<Tensor()> compute);

/// What follows "id" in the answer to an evaluation: the output of the last run and the times of all. Runs as often as
/// the input's min_runs and as long as its min_seconds say; once where it has neither.
Json evaluate(const Module& module, const std::string& function, const Json& input);

/// Answers each line of `in` until it ends. Errors of a function are part of the answer.
void serve(std::istream& in, std::ostream& out, const std::map<std::string, Module>& modules);

/// float64 numbers in nested lists of any depth as a tensor of the given shape.
Tensor read_numbers(const Json& numbers, const xgrad::Shape& shape);
/// A list of numbers as a vector, and a list of lists as a matrix.
Tensor read_vector(const Json& numbers);
Tensor read_rows(const Json& rows);
/// The same as read_numbers() for integers.
Tensor read_integers(const Json& numbers, const xgrad::Shape& shape);
/// A tensor as a number, or as nested lists of its shape.
Json write_numbers(const Tensor& tensor);

}  // namespace gradbench
