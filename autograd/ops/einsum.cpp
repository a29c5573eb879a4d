#include <algorithm>
#include <map>

#include <autograd/ops/common.hpp>
#include <autograd/ops/linalg.hpp>

namespace xgrad {
namespace {

/// A tensor whose axes have labels: letters, or for the axes of "..." their place from the last, 1 to Shape::max_rank.
struct Term {
  Tensor x;
  std::string labels;
};

using Extents = std::map<char, std::int64_t>;

bool has(const std::string& labels, char label) { return labels.find(label) != std::string::npos; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string quoted(char label) {
  return is_letter(label) ? "label '" + std::string(1, label) + "'"
                          : "axis -" + std::to_string(int{label}) + " of '...'";
}

[[noreturn]] void refuse(const std::string& equation, const std::string& reason) {
  fail("einsum", "equation '" + equation + "': " + reason);
}

/// The labels of a term. "..." stands for `axes` axes; without "..." the number is not used.
std::string labels_of(const std::string& equation, const std::string& text, int axes) {
  std::string labels;
  bool dots = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_letter(text[i])) {
      labels += text[i];
    } else if (text.compare(i, 3, "...") == 0 && !dots) {
      for (int axis = axes; axis > 0; --axis) labels += static_cast<char>(axis);
      dots = true;
      i += 2;
    } else {
      refuse(equation,
             "unexpected '" + std::string(1, text[i]) + "'; expected letters, one '...' a term, ',' and '->'");
    }
  }
  return labels;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// The axes in the order of `labels`, which are those of the term.
Term ordered(const Term& term, const std::string& labels) {
  std::vector<int> order;
  for (const char label : labels) order.push_back(static_cast<int>(term.labels.find(label)));
  return {transpose(term.x, order), labels};
}

/// Takes the diagonal of axes whose label occurs twice.
Term diagonals(Term term) {
  for (std::size_t i = 0; i < term.labels.size(); ++i) {
    const std::size_t again = term.labels.find(term.labels[i], i + 1);
    if (again == std::string::npos) continue;
    std::vector<int> order;
    Shape shape;
    std::string labels;
    for (std::size_t axis = 0; axis < term.labels.size(); ++axis) {
      if (axis == i || axis == again) continue;
      order.push_back(static_cast<int>(axis));
      shape.push_back(term.x.shape()[static_cast<int>(axis)]);
      labels += term.labels[axis];
    }
    const std::int64_t n = term.x.shape()[static_cast<int>(i)];
    order.push_back(static_cast<int>(i));
    order.push_back(static_cast<int>(again));
    shape.push_back(n * n);
    const Tensor flat = transpose(term.x, order).reshape(shape);
    return diagonals({slice(flat, -1, 0, n * n, n + 1), labels + term.labels[i]});
  }
  return term;
}

/// Drops the axes of extent 1 that broadcast, and sums over the labels that nobody else needs.
Term reduced(const Term& term, const Extents& extents, const std::string& needed) {
  Term result;
  Shape shape;
  std::vector<int> summed;
  for (int axis = 0; axis < term.x.rank(); ++axis) {
    const char label = term.labels[static_cast<std::size_t>(axis)];
    if (term.x.shape()[axis] == 1 && extents.at(label) != 1) continue;
    if (!has(needed, label)) summed.push_back(shape.rank());
    result.labels += label;
    shape.push_back(term.x.shape()[axis]);
  }
  result.x = term.x.reshape(shape);
  if (summed.empty()) return result;
  result.x = sum(result.x, summed);
  std::erase_if(result.labels, [&](char label) { return !has(needed, label); });
  return result;
}

std::int64_t elements(const std::string& labels, const Extents& extents) {
  std::int64_t product = 1;
  for (const char label : labels) product *= extents.at(label);
  return product;
}

/// The product of two terms, summed over the labels that both have and nobody else needs: one batched matrix product.
Term contract(const Term& a, const Term& b, const Extents& extents, const std::string& needed) {
  std::string batch, inner, left, right;
  for (const char label : a.labels) (!has(b.labels, label) ? left : has(needed, label) ? batch : inner) += label;
  for (const char label : b.labels)
    if (!has(a.labels, label)) right += label;
  const std::int64_t batches = elements(batch, extents), k = elements(inner, extents);
  const std::int64_t n = elements(left, extents), m = elements(right, extents);
  const Tensor x = ordered(a, batch + left + inner).x.reshape(batch.empty() ? Shape{n, k} : Shape{batches, n, k});
  const Tensor y = ordered(b, batch + inner + right).x.reshape(batch.empty() ? Shape{k, m} : Shape{batches, k, m});
  const std::string labels = batch + left + right;
  Shape shape;
  for (const char label : labels) shape.push_back(extents.at(label));
  return {(inner.empty() ? x * y : matmul(x, y)).reshape(shape), labels};
}

/// The number of multiplications in a contraction of terms i and j.
double cost(const Term& a, const Term& b, const Extents& extents) {
  double product = 1;
  for (const char label : a.labels) product *= static_cast<double>(extents.at(label));
  for (const char label : b.labels)
    if (!has(a.labels, label)) product *= static_cast<double>(extents.at(label));
  return product;
}

Tensor contract_all(std::vector<Term> terms, const Extents& extents, const std::string& output) {
  const auto needed = [&](std::size_t i, std::size_t j) {
    std::string labels = output;
    for (std::size_t k = 0; k < terms.size(); ++k)
      if (k != i && k != j) labels += terms[k].labels;
    return labels;
  };
  for (std::size_t i = 0; i < terms.size(); ++i) terms[i] = reduced(diagonals(terms[i]), extents, needed(i, i));
  while (terms.size() > 1) {
    std::size_t first = 0, second = 1;
    double best = cost(terms[0], terms[1], extents);
    for (std::size_t j = 2; j < terms.size(); ++j) {
      for (std::size_t i = 0; i < j; ++i) {
        const double candidate = cost(terms[i], terms[j], extents);
        if (candidate < best) best = candidate, first = i, second = j;
      }
    }
    terms[first] = contract(terms[first], terms[second], extents, needed(first, second));
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(second));
    for (std::size_t i = 0; i < terms.size(); ++i) terms[i] = reduced(terms[i], extents, needed(i, i));
  }
  return ordered(terms.front(), output).x;
}

/// Enters the extents of one operand's labels. Throws Error where a label has another extent elsewhere.
void enter(const std::string& equation, const Term& term, std::size_t number, Extents& extents) {
  Extents own;
  for (int axis = 0; axis < term.x.rank(); ++axis) {
    const char label = term.labels[static_cast<std::size_t>(axis)];
    const std::int64_t extent = term.x.shape()[axis];
    const auto differs = [&](std::int64_t other) {
      refuse(equation, quoted(label) + " has extent " + std::to_string(extent) + " in operand " +
                           std::to_string(number) + ", of shape " + to_string(term.x.shape()) + ", and " +
                           std::to_string(other) + " before; expected them equal, or 1 in one operand");
    };
    const auto [twice, fresh] = own.emplace(label, extent);
    if (!fresh && twice->second != extent) differs(twice->second);
    const auto [entry, first] = extents.emplace(label, extent);
    if (first || entry->second == extent || extent == 1) continue;
    if (entry->second != 1) differs(entry->second);
    entry->second = extent;
  }
}

}  // namespace

Tensor einsum(const std::string& equation, const std::vector<Tensor>& operands, CallSite where) {
  const Called called("einsum");
  const CallScope call(where);
  if (operands.empty()) fail("einsum", "no operands are given; expected at least one");
  DType dtype = boolean;
  for (const Tensor& x : operands) {
    if (!x.defined()) {
      refuse(equation, "argument 'operands' holds an undefined Tensor (default-constructed or moved from), number " +
                           std::to_string(&x - operands.data()));
    }
    dtype = std::max(dtype, x.dtype());
  }
  if (!is_floating(dtype))
    refuse(equation, "the operands have dtype " + std::string(to_string(dtype)) + "; float32 or float64 is expected");

  std::string text = equation;
  std::erase(text, ' ');
  const std::size_t arrow = text.find("->");
  const std::vector<std::string> parts = split(text.substr(0, arrow));
  if (parts.size() != operands.size()) {
    refuse(equation, "it has " + std::to_string(parts.size()) + " terms for " + std::to_string(operands.size()) +
                         " operands; expected as many");
  }
  std::vector<Term> terms;
  Extents extents;
  int dots = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto letters = static_cast<int>(std::count_if(parts[i].begin(), parts[i].end(), is_letter));
    const bool open = parts[i].find("...") != std::string::npos;
    const int rest = operands[i].rank() - letters;
    if (open ? rest < 0 : rest != 0) {
      refuse(equation, "term '" + parts[i] + "' names " + std::to_string(letters) + " axes, operand " +
                           std::to_string(i) + " has shape " + to_string(operands[i].shape()) +
                           (open ? "; expected at least as many" : "; expected as many"));
    }
    if (open) dots = std::max(dots, rest);
    terms.push_back({cast(operands[i], dtype), labels_of(equation, parts[i], rest)});
    enter(equation, terms.back(), i, extents);
  }

  std::string output;
  if (arrow == std::string::npos) {
    std::map<char, int> count;
    for (const Term& term : terms)
      for (const char label : term.labels) ++count[label];
    output = labels_of(equation, "...", dots);
    for (const auto& [label, times] : count)
      if (is_letter(label) && times == 1) output += label;
  } else {
    const std::string result = text.substr(arrow + 2);
    output = labels_of(equation, result, dots);
  }
  if (output.size() > std::size_t{Shape::max_rank}) {
    refuse(equation, "the result would have " + std::to_string(output.size()) + " axes; expected at most " +
                         std::to_string(Shape::max_rank));
  }
  for (std::size_t i = 0; i < output.size(); ++i) {
    if (!extents.contains(output[i])) refuse(equation, quoted(output[i]) + " of the result is in no operand");
    if (output.find(output[i], i + 1) != std::string::npos)
      refuse(equation, quoted(output[i]) + " occurs twice in the result; expected once");
  }
  return contract_all(terms, extents, output);
}

Tensor einsum(const std::string& equation, const Operand& a, const Operand& b) {
  ops::check_defined("einsum", "a", a);
  ops::check_defined("einsum", "b", b);
  return einsum(equation, std::vector<Tensor>{a, b});
}

Tensor einsum(const std::string& equation, const Operand& a, const Operand& b, const Operand& c) {
  ops::check_defined("einsum", "a", a);
  ops::check_defined("einsum", "b", b);
  ops::check_defined("einsum", "c", c);
  return einsum(equation, std::vector<Tensor>{a, b, c});
}

}  // namespace xgrad
