#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <autograd/autograd.hpp>

#include "expect.hpp"

/// The reference cases in tests/reference: values and derivatives that PyTorch gives, one .npz file a case, described
/// in manifest.json (its "array_names" say what the arrays are).
///
/// Each name of the manifest, an op or the id of one case, is either written in xgrad in the table of one of the
/// families below, or is on the list of names that are not offered yet (reference_test.cpp).
namespace xgrad::reference {

/// One case: what the manifest says and the arrays of its file.
class Case {
 public:
  Case(const nlohmann::json& entry);

  std::string id, group, op;
  test::Tolerance tolerance;
  bool convention = false;  ///< an edge case where frameworks differ
  std::vector<std::string> inputs, constants, outputs, upstream;

  /// An array of the case's file. Throws Error where there is none of that name.
  const Tensor& array(const std::string& name) const;
  bool has_array(const std::string& name) const;

  // The attributes. Throw where there is none of that name or it is of another kind.
  bool given(const std::string& name) const;  ///< there, and not null
  double number(const std::string& name) const;
  double number_or(const std::string& name, double otherwise) const { return given(name) ? number(name) : otherwise; }
  int integer(const std::string& name) const;
  bool flag(const std::string& name) const;
  std::string text(const std::string& name) const;
  std::vector<int> integers(const std::string& name) const;
  std::vector<double> numbers(const std::string& name) const;
  std::vector<std::vector<int>> pairs(const std::string& name) const;
  /// An axis, several, or null for all of them.
  Axes axes() const;
  int axis() const { return integer("axis"); }

  /// Checks one result against the case's array of that name, or against what replaces it where xgrad departs
  /// from the reference.
  void expect(const std::string& name, const Tensor& actual) const;

 private:
  const std::map<std::string, Tensor>& arrays() const;

  std::shared_ptr<const nlohmann::json> attributes_;
  mutable std::map<std::string, Tensor> arrays_;
};

/// What is done with the cases of a name.
using Check = std::function<void(const Case&)>;
using Checks = std::map<std::string, Check>;

/// The inputs of a case, constants included, by name.
class Inputs {
 public:
  explicit Inputs(std::map<std::string, Tensor> tensors) : tensors_(std::move(tensors)) {}
  const Tensor& operator[](const std::string& name) const;
  bool has(const std::string& name) const { return tensors_.contains(name); }

 private:
  std::map<std::string, Tensor> tensors_;
};

/// The outputs of a case: one tensor or several.
struct Outputs {
  Outputs(const Tensor& one) : list{one} {}
  Outputs(std::initializer_list<Tensor> several) : list(several) {}
  std::vector<Tensor> list;
};

/// How an op is written in xgrad.
using Call = std::function<Outputs(const Case&, const Inputs&)>;

/// The check of an op: outputs, vector-Jacobian products and, where the case has them, second derivatives.
Check derivatives_of(const Call& call);
Checks derivatives_of(const std::map<std::string, Call>& calls);

// The families, each in a file of its own.
Checks elementwise();
Checks reductions();
Checks matrix_products();
Checks shapes();
Checks convolutions();
Checks layers();
Checks losses();
Checks optimizers();
Checks graphs();
Checks models();
Checks windows();

/// Runs every case of a family.
void run(const Checks& family);

}  // namespace xgrad::reference
