#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include <autograd/primitive.hpp>

#include "test_data.hpp"
#include "wrong_calls.hpp"

// What the headers declare and the registry holds, against the tables of wrong calls: an operation that is added
// without rows of its own, or a parameter without the rows it calls for, fails here.
namespace xgrad::test {
namespace {

struct Parameter {
  std::string type, name;
  bool optional;
};

struct Declaration {
  std::string name;
  std::vector<Parameter> parameters;

  bool has(const std::function<bool(const Parameter&)>& what) const {
    return std::any_of(parameters.begin(), parameters.end(), what);
  }
};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  REQUIRE_MESSAGE(file, path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return std::regex_replace(text.str(), std::regex("//[^\n]*"), "");
}

/// The parts of a text between commas that no bracket encloses.
std::vector<std::string> split_arguments(const std::string& text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    if (std::string("<({").find(c) != std::string::npos) ++depth;
    if (std::string(">)}").find(c) != std::string::npos) --depth;
    if (c == ',' && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  if (parts.back().empty()) parts.pop_back();
  return parts;
}

/// "const Tensor& x = {}" and the like.
Parameter parameter_of(const std::string& text) {
  const std::size_t value = text.find('=');
  const std::string declared = std::regex_replace(text.substr(0, value), std::regex("^\\s+|\\s+$"), "");
  const std::size_t name = declared.find_last_of(" &*\n") + 1;
  return {declared.substr(0, name), declared.substr(name), value != std::string::npos};
}

/// The functions declared at the start of a line, but for operators, that give tensors, or compare them.
std::vector<Declaration> declarations_of(const std::string& text) {
  static const std::regex start(
      "(^|\n)(?:inline )?(?:Tensor|Operand|std::vector<Tensor>|bool|[A-Z]\\w*) ([a-z]\\w*)\\(");
  std::vector<Declaration> result;
  for (auto found = std::sregex_iterator(text.begin(), text.end(), start); found != std::sregex_iterator(); ++found) {
    const auto first = static_cast<std::size_t>(found->position() + found->length());
    std::size_t last = first;
    for (int depth = 1; depth > 0; ++last) depth += text[last] == '(' ? 1 : text[last] == ')' ? -1 : 0;
    Declaration declaration{(*found)[2].str(), {}};
    if (declaration.name.starts_with("operator")) continue;
    for (const std::string& parameter : split_arguments(text.substr(first, last - 1 - first)))
      declaration.parameters.push_back(parameter_of(parameter));
    result.push_back(std::move(declaration));
  }
  return result;
}

/// Those of ops.hpp and what it includes from ops/, and of random.hpp.
std::vector<Declaration> public_operations() {
  const std::filesystem::path root = std::filesystem::path(test_data).parent_path();
  const std::string ops = text_of(root / "autograd/ops.hpp");
  std::string all = ops + text_of(root / "autograd/random.hpp");
  const std::regex include("#include <(autograd/ops/\\w+\\.hpp)>");
  for (auto found = std::sregex_iterator(ops.begin(), ops.end(), include); found != std::sregex_iterator(); ++found)
    all += text_of(root / (*found)[1].str());
  return declarations_of(all);
}

WrongCalls all_rows() {
  WrongCalls rows;
  for (const auto table :
       {wrong_elementwise_calls, wrong_reductions, wrong_shape_calls, wrong_index_calls, wrong_products, wrong_systems,
        wrong_matrix_calls, wrong_transforms_of_numbers, wrong_window_calls, wrong_creations, wrong_aliases,
        wrong_arrangements, wrong_functions, wrong_scatters, wrong_statistics})
    append(rows, table());
  return rows;
}

bool is_tensor(const Parameter& p) { return std::regex_search(p.type, std::regex("(Tensor|Operand)&")); }
bool is_tensors(const Parameter& p) { return p.type.find("std::vector<Tensor>") != std::string::npos; }
bool is_axis(const Parameter& p) {
  return p.type.find("int64") == std::string::npos && (p.name.starts_with("ax") || p.name == "order");
}
bool is_index(const Parameter& p) {
  return is_tensor(p) && std::set<std::string>{"indices", "index", "labels", "condition", "mask"}.contains(p.name);
}
bool is_number(const Parameter& p) {
  return std::regex_search(p.type, std::regex("double|int64_t|Pair|Triple|Number")) &&
         p.type.find("pair<") == std::string::npos;
}

/// Functions by another name, and those that every shape and number suits.
const std::map<std::string, std::string> other_names = {{"zeros", "Shape"}, {"ones", "Shape"}};
const std::set<std::string> any_number = {"roll", "zeros", "ones"};
const std::set<std::string> any_shapes = {"isin"};

/// Primitives that public operations of other names record.
const std::map<std::string, std::string> recorded_by = {
    {"add_at", "take"},
    {"cofactors", "det"},
    {"bessel_i", "i0"},
    {"embed", "slice"},
    {"extreme_so_far", "cummax"},
    {"mode_place", "mode"},
    {"scatter_extremum", "scatter_reduce"},
    {"segmented_scan", "scatter_reduce"},
    {"joint_index", "at"},
    {"last_position", "put_along_axis"},
    {"mixed_cofactors", "det"},
    {"recompute", "checkpoint"},
    {"ran", "all_reduce"},
    {"member", "bucketed"},
    {"random_bernoulli", "bernoulli"},
    {"random_integers", "randint"},
    {"random_normal", "randn"},
    {"random_uniform", "rand"},
    {"random_truncated_normal", "truncated_normal"},
    {"adaptive_argmax", "adaptive_max_pool2d"},
    {"match_points", "grid_sample"},
    {"resample", "interpolate"},
    {"sample_points", "grid_sample"},
    {"spread_points", "grid_sample"},
    {"row_order", "lu_solve"},
    {"window_argmax", "max_pool2d"},
    {"pick_largest", "max_pool2d"},
    {"spread_to_largest", "max_pool2d"},
    {"channel_product", "conv2d"},
    {"channel_correlation", "conv2d"},
    {"window_product", "conv2d"},
    {"window_correlation", "conv2d"},
    {"winograd_correlation", "conv2d"},
    {"winograd_product", "conv2d"},
    {"winograd_data", "conv2d"},
    {"winograd_data_adjoint", "conv2d"},
    {"winograd_result", "conv2d"},
    {"winograd_result_adjoint", "conv2d"},
};

/// Operations without samples: they create tensors, give a bool, or are another's second name.
const std::set<std::string> without_samples = {
    "zeros",      "ones",   "full",    "zeros_like",  "ones_like",   "full_like",   "eye",      "rand_like",
    "randn_like", "normal", "uniform", "permutation", "categorical", "array_equal", "allclose", "stddev"};

}  // namespace

TEST_CASE("the headers' declarations are found, with their parameters") {
  const std::vector<Declaration> operations = public_operations();
  CHECK(operations.size() > 170);
  const auto find = [&](const std::string& name) {
    const auto found = std::find_if(operations.begin(), operations.end(),
                                    [&](const Declaration& operation) { return operation.name == name; });
    REQUIRE_MESSAGE(found != operations.end(), name);
    return *found;
  };
  for (const std::string name : {"add", "permute", "concatenate", "conv2d", "einsum", "svd", "topk", "at", "randint"})
    find(name);
  const Declaration gather = find("gather");
  REQUIRE(gather.parameters.size() == 3);
  CHECK((is_tensor(gather.parameters[0]) && gather.parameters[0].name == "x"));
  CHECK(is_axis(gather.parameters[1]));
  CHECK((is_index(gather.parameters[2]) && !gather.parameters[2].optional));
  CHECK(is_tensors(find("concatenate").parameters[0]));
  CHECK(find("conv2d").parameters[2].optional);
}

TEST_CASE("every public operation has the rows that its parameters call for") {
  const WrongCalls rows = all_rows();
  for (const Declaration& operation : public_operations()) {
    INFO(operation.name);
    const auto alias = other_names.find(operation.name);
    const std::string& name = alias == other_names.end() ? operation.name : alias->second;
    const auto covers = [&](std::optional<Kind> kind, const std::string& part = "") {
      return std::any_of(rows.begin(), rows.end(), [&](const WrongCall& row) {
        const auto names = [&](const std::string& text) { return text.find(part) != std::string::npos; };
        return row.op == name && (!kind || row.kind == *kind) &&
               (part.empty() || std::any_of(row.parts.begin(), row.parts.end(), names));
      });
    };
    CHECK(covers({}));
    for (const Parameter& parameter : operation.parameters) {
      if (parameter.optional || !(is_tensor(parameter) || is_tensors(parameter))) continue;
      CHECK_MESSAGE(covers(Kind::undefined, "'" + parameter.name + "'"), parameter.name, " undefined");
    }
    if (operation.has(is_axis)) CHECK_MESSAGE(covers(Kind::axis), "an axis");
    if (operation.has(is_index)) CHECK_MESSAGE(covers(Kind::dtype), "a dtype");
    if (operation.has(is_number) && !any_number.contains(operation.name)) CHECK_MESSAGE(covers(Kind::range), "a range");
    if (std::count_if(operation.parameters.begin(), operation.parameters.end(), is_tensor) > 1 &&
        !any_shapes.contains(operation.name))
      CHECK_MESSAGE((covers(Kind::shape) || covers(Kind::value)), "a shape");
  }
}

TEST_CASE("every primitive is recorded by an operation with rows") {
  std::set<std::string> tested, primitive_names;
  for (const auto& table : {all_rows(), wrong_transform_calls(), wrong_collectives()})
    for (const WrongCall& row : table) tested.insert(row.op);
  for (const Primitive* primitive : primitives()) {
    const std::string name = primitive->name;
    primitive_names.insert(name);
    const auto other = recorded_by.find(name);
    CHECK_MESSAGE(tested.contains(other == recorded_by.end() ? name : other->second), name);
  }
  for (const auto& row : recorded_by) CHECK_MESSAGE(primitive_names.contains(row.first), row.first);
}

TEST_CASE("every public operation is checked by samples") {
  std::set<std::string> sampled = without_samples;
  for (const Primitive* primitive : primitives()) sampled.insert(primitive->name);
  for (const Composition* composition : compositions()) sampled.insert(composition->name);
  for (const auto& [primitive, operation] : recorded_by) sampled.insert(operation);
  const std::string aliases = text_of(std::filesystem::path(test_data).parent_path() / "autograd/ops/aliases.hpp");
  for (const Declaration& alias : declarations_of(aliases)) sampled.insert(alias.name);
  for (const Declaration& operation : public_operations())
    CHECK_MESSAGE(sampled.contains(operation.name), operation.name);
}

TEST_CASE("every row is of a declared operation") {
  std::set<std::string> declared = {"Shape", "Axes", "memory"};
  for (const Declaration& operation : public_operations()) declared.insert(operation.name);
  for (const WrongCall& row : all_rows()) CHECK_MESSAGE(declared.contains(row.op), row.op);
}

}  // namespace xgrad::test
