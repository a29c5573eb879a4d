#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <set>

#include <autograd/io/npz.hpp>

#include "reference.hpp"
#include "test_data.hpp"

namespace xgrad::reference {
namespace {

const std::string folder = std::string(test::test_data) + "/reference/";
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

enum class Reason {
  documented,      ///< the headers document another choice for an edge case
  reference_wrong  ///< the reference's value is not the derivative
};

/// Where xgrad departs from the reference.
struct Departure {
  std::string id, array;
  std::vector<double> ours;
  Reason reason;
  std::string why;
};

/// f(x, upstream gradient, direction) for each entry of a case; the direction is 0 where it has none.
std::vector<double> of_entries(const std::string& id, double (*f)(double x, double g, double v)) {
  std::map<std::string, Tensor> arrays = load_npz(folder + id + ".npz");
  const std::vector<double> x = arrays.at("x").to_vector<double>(), g = arrays.at("grad_out").to_vector<double>();
  arrays.try_emplace("v_x", zeros_like(arrays.at("x")));
  const std::vector<double> v = arrays.at("v_x").to_vector<double>();
  std::vector<double> result;
  for (std::size_t i = 0; i < x.size(); ++i) result.push_back(f(x[i], g[i], v[i]));
  return result;
}

double celu_slope(double x) { return x > 0 ? 1 : std::exp(x / 1.7); }

const std::vector<Departure>& departures() {
  const std::vector<double> third = {0, 0.5, 0.5, 1. / 3, 1. / 3, 1. / 3};
  const std::string memory =
      "|x| has no second derivative; PyTorch 1.13 returns uninitialised memory for sgn's gradient";
  const std::string constants = "PyTorch 1.13 rounds the constants of its derivative to float32, also in float64";
  const std::string limits = "at the infinities values and derivatives are the limits";
  const double sigmoid1 = 1 / (1 + std::exp(-1.0)), silu1 = sigmoid1, dsilu1 = sigmoid1 * (2 - sigmoid1);
  const double gelu1 = 0.5 * (1 + std::erf(std::sqrt(0.5)));
  const double dgelu1 = gelu1 + std::exp(-0.5) / std::sqrt(2 * std::numbers::pi);
  const std::string weightless = "what is -inf has no weight, also where all is -inf";
  static const std::vector<Departure> table = {
      {"edge_max_ties_axis", "d_x", third, Reason::documented, "ties share the gradient, also along an axis"},
      {"edge_special_values_sign", "out", {0, 0, 1, -1, 1, -1, 1, -1, nan, 1}, Reason::documented, "sign(NaN) is NaN"},
      {"edge_special_values_abs",
       "d_x",
       {0, 0, 1, -1, 1, -1, 1, -1, nan, 1},
       Reason::documented,
       "the derivative is sign"},
      {"edge_special_values_silu",
       "out",
       {0, 0, silu1, silu1 - 1, 1e300, 0, inf, 0, nan, 5e-301},
       Reason::documented,
       limits},
      {"edge_special_values_silu",
       "d_x",
       {0.5, 0.5, dsilu1, 1 - dsilu1, 1, 0, 1, 0, nan, 0.5},
       Reason::documented,
       limits},
      {"edge_special_values_gelu",
       "out",
       {0, 0, gelu1, gelu1 - 1, 1e300, 0, inf, 0, nan, 5e-301},
       Reason::documented,
       limits},
      {"edge_special_values_gelu",
       "d_x",
       {0.5, 0.5, dgelu1, 1 - dgelu1, 1, 0, 1, 0, nan, 0.5},
       Reason::documented,
       limits},
      {"edge_special_values_elu",
       "d_x",
       {1, 1, 1, std::exp(-1.0), 1, 0, 1, 0, nan, 1},
       Reason::documented,
       "NaN stays NaN"},
      {"edge_xlogy_zero", "d_x", {0, 1}, Reason::documented, "0 log(0) is 0, with derivatives of 0"},
      {"edge_bce_p_zero_one",
       "d_p",
       {1, -1, 0, 0},
       Reason::documented,
       "the derivative of log is limited with it; PyTorch divides by max(p (1 - p), 1e-12)"},
      {"edge_softmax_all_minus_inf", "out", {0, 0}, Reason::documented, weightless},
      {"edge_softmax_all_minus_inf", "d_x", {0, 0}, Reason::documented, weightless},
      {"edge_logsumexp_all_minus_inf", "d_x", {0, 0}, Reason::documented, weightless},
      {"edge_atan2_origin", "d_a", {0, -1, 0}, Reason::documented, "0 at the origin"},
      {"edge_atan2_origin", "d_b", {0, 0, -1}, Reason::documented, "0 at the origin"},
      {"unary_hardsigmoid", "d_x",
       of_entries("unary_hardsigmoid", [](double x, double g, double) { return std::abs(x) < 3 ? g / 6 : 0; }),
       Reason::reference_wrong, constants},
      {"celu_alpha1_7", "d_x",
       of_entries("celu_alpha1_7", [](double x, double g, double) { return g * celu_slope(x); }),
       Reason::reference_wrong, constants},
      {"celu_alpha1_7", "dd_x",
       of_entries("celu_alpha1_7",
                  [](double x, double g, double v) { return x > 0 ? 0 : v * g * celu_slope(x) / 1.7; }),
       Reason::reference_wrong, constants},
      {"celu_alpha1_7", "dd_grad_out",
       of_entries("celu_alpha1_7", [](double x, double, double v) { return v * celu_slope(x); }),
       Reason::reference_wrong, constants},
      {"unary_abs", "dd_x", std::vector<double>(12), Reason::reference_wrong, memory},
      {"norm_l1_all", "dd_x", std::vector<double>(12), Reason::reference_wrong, memory},
      {"norm_l1_axis1", "dd_x", std::vector<double>(12), Reason::reference_wrong, memory},
  };
  return table;
}

const Departure* departure(const std::string& id, const std::string& array) {
  for (const Departure& entry : departures())
    if (entry.id == id && entry.array == array) return &entry;
  return nullptr;
}

const nlohmann::json& manifest() {
  static const nlohmann::json parsed = nlohmann::json::parse(std::ifstream(folder + "manifest.json"));
  return parsed;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all(manifest().at("cases").begin(), manifest().at("cases").end());
  return all;
}

const std::vector<Checks>& families() {
  static const std::vector<Checks> all = {elementwise(),  reductions(), matrix_products(), shapes(),
                                          convolutions(), layers(),     losses(),          optimizers(),
                                          graphs(),       models(),     windows()};
  return all;
}

/// Whether some table knows a case by its id.
bool known_by_id(const Case& one) {
  for (const Checks& family : families())
    if (family.contains(one.id)) return true;
  return false;
}

const Check* check_for(const Case& one, const Checks& family) {
  auto entry = family.find(one.id);
  if (entry == family.end() && !known_by_id(one)) entry = family.find(one.op);
  return entry == family.end() ? nullptr : &entry->second;
}

Tensor inner(const Tensor& a, const Tensor& b) { return sum(a * b); }

/// S = sum_i sum(d_i * v_i) over the inputs that have a direction.
Tensor along_directions(const Case& one, const std::vector<Tensor>& gradients) {
  Tensor total = zeros({}, gradients.front().dtype());
  for (std::size_t i = 0; i < one.inputs.size(); ++i)
    if (one.has_array("v_" + one.inputs[i])) total = total + inner(gradients[i], one.array("v_" + one.inputs[i]));
  return total;
}

void check_derivatives(const Case& one, const Call& call) {
  std::map<std::string, Tensor> tensors;
  std::vector<Tensor> sources, upstream;
  for (const std::string& name : one.inputs) sources.push_back(tensors[name] = one.array(name));
  for (const std::string& name : one.constants) tensors[name] = one.array(name);
  for (const std::string& name : one.upstream) upstream.push_back(one.array(name));

  const Tape tape;
  const std::vector<Tensor> outputs = call(one, Inputs(tensors)).list;
  REQUIRE(outputs.size() == one.outputs.size());
  for (std::size_t k = 0; k < outputs.size(); ++k) one.expect(one.outputs[k], outputs[k]);

  std::vector<Tensor> gradients;
  if (outputs.size() == 1) {
    gradients = tape.gradient(outputs[0], sources, {.cotangent = upstream[0], .materialize_grads = true});
  } else {
    Tensor total = inner(outputs[0], upstream[0]);
    for (std::size_t k = 1; k < outputs.size(); ++k) total = total + inner(outputs[k], upstream[k]);
    gradients = tape.gradient(total, sources, {.materialize_grads = true});
  }
  for (std::size_t i = 0; i < sources.size(); ++i) one.expect("d_" + one.inputs[i], gradients[i]);

  bool second_order = false;
  for (const std::string& name : one.inputs) second_order = second_order || one.has_array("v_" + name);
  if (!second_order) return;
  std::vector<Tensor> all = sources;
  all.insert(all.end(), upstream.begin(), upstream.end());
  const std::vector<Tensor> second = tape.gradient(along_directions(one, gradients), all, {.materialize_grads = true});
  for (std::size_t i = 0; i < sources.size(); ++i) one.expect("dd_" + one.inputs[i], second[i]);
  for (std::size_t k = 0; k < upstream.size(); ++k) one.expect("dd_" + one.upstream[k], second[sources.size() + k]);
}

}  // namespace

Case::Case(const nlohmann::json& entry)
    : id(entry.at("id")),
      group(entry.at("group")),
      op(entry.at("op")),
      tolerance{.rtol = entry.at("tolerance").at("rtol"), .atol = entry.at("tolerance").at("atol")},
      convention(entry.value("convention", false)),
      attributes_(std::make_shared<nlohmann::json>(entry.value("attributes", nlohmann::json::object()))) {
  if (!entry.contains("roles")) return;
  const auto names = [&](const char* role) { return entry.at("roles").value(role, std::vector<std::string>{}); };
  inputs = names("inputs");
  constants = names("constants");
  outputs = names("outputs");
  upstream = names("upstream");
}

const std::map<std::string, Tensor>& Case::arrays() const {
  if (arrays_.empty()) arrays_ = load_npz(folder + id + ".npz");
  return arrays_;
}

bool Case::has_array(const std::string& name) const { return arrays().contains(name); }
const Tensor& Case::array(const std::string& name) const {
  if (!has_array(name)) fail(id, "has no array " + name);
  return arrays().at(name);
}

bool Case::given(const std::string& name) const {
  return attributes_->contains(name) && !attributes_->at(name).is_null();
}
double Case::number(const std::string& name) const { return attributes_->at(name); }
int Case::integer(const std::string& name) const { return attributes_->at(name); }
bool Case::flag(const std::string& name) const { return attributes_->at(name); }
std::string Case::text(const std::string& name) const { return attributes_->at(name); }
std::vector<int> Case::integers(const std::string& name) const {
  const nlohmann::json& value = attributes_->at(name);
  return value.is_array() ? value.get<std::vector<int>>() : std::vector<int>{value.get<int>()};
}
std::vector<double> Case::numbers(const std::string& name) const {
  const nlohmann::json& value = attributes_->at(name);
  return value.is_array() ? value.get<std::vector<double>>() : std::vector<double>{value.get<double>()};
}
std::vector<std::vector<int>> Case::pairs(const std::string& name) const { return attributes_->at(name); }
Axes Case::axes() const { return given("axis") ? Axes(integers("axis")) : Axes(); }

void Case::expect(const std::string& name, const Tensor& actual) const {
  INFO(id, ", ", name);
  Tensor expected = has_array(name) ? array(name) : zeros_like(actual);
  if (const Departure* own = departure(id, name))
    expected = tensor(std::span<const double>(own->ours), expected.shape()).to(expected.dtype());
  CHECK(test::difference(actual, expected, tolerance) == "");
}

const Tensor& Inputs::operator[](const std::string& name) const {
  const auto entry = tensors_.find(name);
  if (entry == tensors_.end()) fail("Inputs", "there is no input " + name);
  return entry->second;
}

Check derivatives_of(const Call& call) {
  return [call](const Case& one) { check_derivatives(one, call); };
}

Checks derivatives_of(const std::map<std::string, Call>& calls) {
  Checks checks;
  for (const auto& [name, call] : calls) checks[name] = derivatives_of(call);
  return checks;
}

void run(const Checks& family) {
  for (const Case& one : cases()) {
    const Check* check = check_for(one, family);
    if (!check) continue;
    try {
      (*check)(one);
    } catch (const Error& error) {
      FAIL_CHECK(one.id, ": ", std::string(error.what()));
    }
  }
}

TEST_CASE("every reference case is checked, by one family") {
  std::size_t checked = 0;
  for (const Case& one : cases()) {
    INFO(one.id, " (op ", one.op, ")");
    int known = 0;
    for (const Checks& family : families()) known += check_for(one, family) ? 1 : 0;
    checked += known > 0;
    CHECK(known == 1);
  }
  MESSAGE(checked, " of ", cases().size(), " reference cases are checked");
  CHECK(cases().size() == 579);
}

TEST_CASE("every name in the tables of the reference cases occurs in the manifest") {
  std::set<std::string> names;
  for (const Case& one : cases()) names.insert({one.id, one.op});
  for (const Checks& family : families())
    for (const auto& row : family) CHECK_MESSAGE(names.contains(row.first), row.first);
}

TEST_CASE("every departure from the reference replaces a value that differs") {
  for (const Departure& own : departures()) {
    INFO(own.id, ", ", own.array, ": ", own.why);
    const auto one = std::find_if(cases().begin(), cases().end(), [&](const Case& c) { return c.id == own.id; });
    REQUIRE(one != cases().end());
    CHECK(one->convention == (own.reason == Reason::documented));
    const Tensor& reference = one->array(own.array);
    const Tensor ours = tensor(std::span<const double>(own.ours), reference.shape()).to(reference.dtype());
    CHECK(test::difference(ours, reference, one->tolerance) != "");
  }
}

}  // namespace xgrad::reference
