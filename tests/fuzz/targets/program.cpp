// Programs of the registered operations, written as bytes: they are recorded, differentiated once and twice, and run
// planned, in pieces and compiled, which has to give what the run node by node gives, to the last bit.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>
#include <autograd/run/plan/pieces.hpp>

#include "autograd/way.hpp"
#include "fuzz/target.hpp"

namespace xgrad::fuzz {
namespace {

constexpr std::size_t most_instructions = 24;
/// Results of more elements are left out, so that a program of a few bytes takes no time.
constexpr std::int64_t most_elements = 4096;

/// A call of a registered operation, whose inputs may be others.
struct Call {
  std::string name;
  Sample sample;
  /// Whether inputs may have any shape and dtype, and integers any value. Calls of blocks may be of such that only the
  /// library records, which does not give them wrong ones.
  bool any_input;
};

std::vector<Call> calls() {
  std::vector<Call> list;
  for (const Primitive* one : primitives())
    for (Sample& sample : one->samples()) list.push_back({one->name, std::move(sample), !one->block()});
  for (const Composition* one : compositions())
    for (Sample& sample : one->samples()) list.push_back({one->name, std::move(sample), true});
  for (const Call& call : list) eval(call.sample.inputs);
  return list;
}

/// Public functions on tensors of any shape, with an axis and a small number.
using Function = Tensor (*)(const Tensor& x, const Tensor& y, int axis, int n);
constexpr Function functions[] = {
    [](const Tensor& x, const Tensor& y, int, int) { return x + y; },
    [](const Tensor& x, const Tensor& y, int, int) { return x * y; },
    [](const Tensor& x, const Tensor& y, int, int) { return x / y; },
    [](const Tensor& x, const Tensor& y, int, int) { return maximum(x, y); },
    [](const Tensor& x, const Tensor& y, int, int) { return pow(abs(x), y); },
    [](const Tensor& x, const Tensor& y, int, int) { return where(x > y, x, y); },
    [](const Tensor& x, const Tensor& y, int, int) { return where(x != 0, 0.5 * x, y); },
    [](const Tensor& x, const Tensor&, int, int n) { return x * n; },
    [](const Tensor& x, const Tensor&, int, int n) { return clip(x, -n, 0.25 * n); },
    [](const Tensor& x, const Tensor&, int axis, int n) { return sum(x, axis, {.keepdims = n % 2 == 0}); },
    [](const Tensor& x, const Tensor&, int axis, int n) { return mean(x, axis, {.keepdims = n % 2 == 0}); },
    [](const Tensor& x, const Tensor&, int axis, int n) { return max(x, axis, {.keepdims = n % 2 == 0}); },
    [](const Tensor& x, const Tensor&, int axis, int n) {
      return min(x, {axis, axis + 1}, {.keepdims = n % 2 == 0});
    },
    [](const Tensor& x, const Tensor&, int axis, int n) {
      return sum(x, {axis, axis + 1}, {.keepdims = n % 2 == 0});
    },
    [](const Tensor& x, const Tensor&, int, int) { return sum(x); },
    [](const Tensor& x, const Tensor&, int axis, int n) {
      return var(x, axis, {.correction = static_cast<double>(n % 3), .keepdims = n > 2});
    },
    [](const Tensor& x, const Tensor&, int axis, int) { return logsumexp(x, axis); },
    [](const Tensor& x, const Tensor&, int axis, int) { return argmax(x, axis); },
    [](const Tensor& x, const Tensor&, int axis, int) { return softmax(x, axis); },
    [](const Tensor& x, const Tensor&, int axis, int) { return log_softmax(x, axis); },
    [](const Tensor& x, const Tensor& y, int, int) { return matmul(x, y); },
    [](const Tensor& x, const Tensor&, int, int) { return matmul(x, swapaxes(x, -1, -2)); },
    [](const Tensor& x, const Tensor&, int, int) { return matmul(swapaxes(x, -1, -2), x); },
    [](const Tensor& x, const Tensor&, int, int) { return transpose(x); },
    [](const Tensor& x, const Tensor&, int axis, int n) { return swapaxes(x, axis, n % 3 - 1); },
    [](const Tensor& x, const Tensor&, int axis, int) { return expand_dims(x, axis); },
    [](const Tensor& x, const Tensor&, int, int) { return squeeze(x); },
    [](const Tensor& x, const Tensor&, int, int) { return flatten(x); },
    [](const Tensor& x, const Tensor&, int, int n) {
      return reshape(x, {n, -1});
    },
    [](const Tensor& x, const Tensor& y, int, int) { return reshape(x, y.shape()); },
    [](const Tensor& x, const Tensor& y, int, int) { return broadcast_to(x, y.shape()); },
    [](const Tensor& x, const Tensor& y, int, int) { return broadcast_to(x, (x + y).shape()); },
    [](const Tensor& x, const Tensor&, int axis, int n) { return slice(x, axis, n % 2, x.size(axis), 1 + n / 4); },
    [](const Tensor& x, const Tensor&, int axis, int) { return flip(x, axis); },
    [](const Tensor& x, const Tensor& y, int axis, int) {
      return concatenate({x, y, x}, axis);
    },
    [](const Tensor& x, const Tensor& y, int axis, int) {
      return stack({x, y}, axis);
    },
    [](const Tensor& x, const Tensor& y, int axis, int) { return take(x, y, axis); },
    [](const Tensor& x, const Tensor& y, int axis, int) { return take(x, argsort(y, axis), axis); },
    [](const Tensor& x, const Tensor& y, int axis, int) { return gather(x, axis, y); },
    [](const Tensor& x, const Tensor& y, int axis, int) { return gather(x, axis, argsort(y, axis)); },
    [](const Tensor& x, const Tensor& y, int axis, int) { return scatter_add(x.shape(), axis, y, x); },
    [](const Tensor& x, const Tensor&, int axis, int) { return cumsum(x, axis); },
    [](const Tensor& x, const Tensor&, int axis, int) { return cumprod(x, axis); },
    [](const Tensor& x, const Tensor&, int axis, int) { return sort(x, axis); },
    [](const Tensor& x, const Tensor&, int, int) { return stop_gradient(x); },
    [](const Tensor& x, const Tensor&, int, int n) { return x.to(n % 2 == 0 ? float32 : float64); },
    [](const Tensor& x, const Tensor&, int, int) { return x.to(bfloat16); },
    [](const Tensor& x, const Tensor&, int, int n) { return one_hot(x, n); },
};

/// The bytes of a program, zeros after their end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool at_end() const noexcept { return bytes_.empty(); }
  unsigned next() noexcept {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }
  template <class List>
  const auto& among(const List& list) noexcept {
    return list[next() % std::size(list)];
  }

 private:
  std::string_view bytes_;
};

/// An input of a program: values of order 1, or some that are infinite, NaN or 0.
Tensor drawn(Reader& program) {
  constexpr std::int64_t extents[] = {0, 1, 2, 3, 4, 5, 7, 8, 17, 33};
  constexpr DType dtypes[] = {float32, float64, float32, float64, int64, boolean, bfloat16};
  constexpr double special[] = {
      0, -0.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -1e30, 1e-40};
  const unsigned first = program.next();
  std::vector<std::int64_t> shape(first % 4);
  for (std::int64_t& extent : shape) extent = program.among(extents);
  const DType dtype = dtypes[first / 4 % std::size(dtypes)];
  Generator generator(program.next());
  if (dtype == int64) return randint(-3, 4, shape, generator);
  Tensor x = randn(shape, float64, generator);
  if (dtype == boolean) return x > 0;
  if (first >= 128) x = where(x > 1.2, special[program.next() % std::size(special)], x);
  return x.to(dtype);
}

/// The elements of a tensor as an input of this shape and dtype, which a call expects there. Integers stay between
/// those of the sample, where most operations have indices.
Tensor fitted(const Tensor& x, const Tensor& sample) {
  Tensor flat = flatten(x);
  const std::int64_t wanted = sample.size();
  if (flat.size() < wanted) {
    const std::int64_t times = flat.size() == 0 ? 0 : wanted / flat.size() + 1;
    flat = times == 0 ? zeros({wanted}, x.dtype()) : flatten(broadcast_to(flat, {times, flat.size()}));
  }
  flat = reshape(slice(flat, 0, 0, wanted), sample.shape());
  if (sample.dtype() == int64 && wanted > 0) {
    const std::vector<std::int64_t> values = sample.to_vector<std::int64_t>();
    const auto [low, high] = std::ranges::minmax(values);
    flat = clip(flat.to(int64), low, high);
  }
  return flat.to(sample.dtype());
}

class Pool {
 public:
  explicit Pool(Reader& program) {
    for (unsigned count = 2 + program.next() % 3; count > 0; --count) all_.push_back(drawn(program));
    inputs_ = all_;
    eval(inputs_);
  }

  /// What the last instruction calls: an operation and its sample, "" where it is no registered one.
  const std::string& called() const noexcept { return called_; }
  const std::vector<Tensor>& inputs() const noexcept { return inputs_; }
  const std::vector<Tensor>& all() const noexcept { return all_; }

  void run(Reader& program, const std::vector<Call>& known) {
    const unsigned kind = program.next();
    called_.clear();
    if (kind == 0) {
      eval(pick(program));
    } else if (kind < 128) {
      const Function function = program.among(functions);
      const Tensor x = pick(program), y = pick(program);
      const auto number = static_cast<int>(program.next());
      add(function(x, y, number % 5 - 2, number / 8 % 8));
    } else {
      const Call& call = known[((kind - 128) << 8 | program.next()) % known.size()];
      called_ = " '" + call.name + ", " + call.sample.name + "'";
      const DType dtype = program.next() % 2 == 0 ? float32 : float64;
      std::vector<Tensor> inputs;
      for (const Tensor& x : call.sample.inputs)
        inputs.push_back(call.any_input ? any_input(program, x) : expected_input(program, x, dtype));
      add(call.sample.f(inputs));
    }
  }

  void add(const Tensor& x) {
    if (x.size() <= most_elements) all_.push_back(x);
  }

 private:
  const Tensor& pick(Reader& program) {
    // Mostly what is recent, so that chains grow.
    const unsigned byte = program.next();
    const std::size_t recent = std::min<std::size_t>(all_.size(), 4);
    return byte < 128 ? all_[all_.size() - 1 - byte % recent] : all_[byte % all_.size()];
  }

  Tensor expected_input(Reader& program, const Tensor& sample, DType dtype) {
    if (!is_floating(sample.dtype())) return sample;
    return (program.next() % 4 == 0 ? sample : tanh(fitted(pick(program), sample))).to(dtype);
  }

  Tensor any_input(Reader& program, const Tensor& sample) {
    switch (program.next() % 6) {
      case 0:
        return sample;
      case 1:
        return pick(program);
      case 2:
        return pick(program).to(sample.dtype());
      case 3:
        return is_floating(sample.dtype()) ? tanh(fitted(pick(program), sample)) : fitted(pick(program), sample);
      default:
        return fitted(pick(program), sample);
    }
  }

  std::vector<Tensor> inputs_, all_;
  std::string called_;
};

/// A scalar that depends on the last floating-point results.
std::optional<Tensor> loss_of(const std::vector<Tensor>& results) {
  std::optional<Tensor> total;
  int taken = 0;
  for (auto x = results.rbegin(); x != results.rend() && taken < 3; ++x) {
    if (!is_floating(x->dtype())) continue;
    const Tensor part = sum(tanh(x->to(float64)));
    total = total ? *total + part : part;
    ++taken;
  }
  return total;
}

/// The bits of a tensor's values, or an Error's place.
struct Value {
  Shape shape;
  DType dtype = float32;
  std::vector<std::uint64_t> bits;
  bool refused = false;

  friend bool operator==(const Value&, const Value&) = default;
};

Value value_of(const Tensor& x) {
  Value value{.shape = x.shape(), .dtype = x.dtype(), .bits = {}};
  try {
    if (is_floating(x.dtype())) {
      // Which NaN it is, of many, is nobody's promise.
      for (const double number : x.to_vector<double>())
        value.bits.push_back(std::isnan(number) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(number));
    } else {
      for (const std::int64_t number : x.to_vector<std::int64_t>())
        value.bits.push_back(static_cast<std::uint64_t>(number));
    }
  } catch (const Error&) {
    value.refused = true;
  }
  return value;
}

/// All values of a program, in the order in which it makes them. Calls that are refused leave nothing.
std::vector<Value> played(std::string_view bytes, const std::vector<Call>& known) {
  const auto attempt = [](auto&& f) {
    try {
      f();
    } catch (const Error&) {
    }
  };
  Reader program(bytes);
  const Tape tape;
  Pool pool(program);
  for (std::size_t i = 0; i < most_instructions && !program.at_end(); ++i) attempt([&] { pool.run(program, known); });
  std::vector<Tensor> results = pool.all();
  attempt([&] {
    const std::optional<Tensor> loss = loss_of(results);
    std::vector<Tensor> inputs;
    for (const Tensor& x : pool.inputs())
      if (is_floating(x.dtype())) inputs.push_back(x);
    if (!loss || inputs.empty()) return;
    const std::vector<Tensor> first = tape.gradient(*loss, inputs, {.materialize_grads = true});
    results.insert(results.end(), first.begin(), first.end());
    Tensor again = sum(square(first[0].to(float64)));
    for (const Tensor& gradient : first) again = again + sum(gradient.to(float64));
    const std::vector<Tensor> second = tape.gradient(again, inputs, {.materialize_grads = true});
    results.insert(results.end(), second.begin(), second.end());
  });
  attempt([&] { eval(results); });
  std::vector<Value> values;
  for (const Tensor& x : results) values.push_back(value_of(x));
  return values;
}

/// What a program records, for the report of a finding.
std::string text_of(std::string_view bytes, const std::vector<Call>& known) {
  Reader program(bytes);
  const Tape tape;
  Pool pool(program);
  std::string text;
  const auto add = [&](const Tensor& x) {
    text += '\n' + std::string(to_string(x.dtype())) + ' ' + to_string(x.shape());
  };
  for (const Tensor& x : pool.inputs()) add(x);
  for (std::size_t i = 0; i < most_instructions && !program.at_end(); ++i) {
    const std::size_t before = pool.all().size(), recorded = recorded_primitives().size();
    try {
      pool.run(program, known);
    } catch (const Error&) {
    }
    if (pool.all().size() == before) continue;
    add(pool.all().back());
    text += pool.called() + " of";
    const std::vector<std::string> names = recorded_primitives();
    for (std::size_t k = std::min(recorded, names.size()); k < names.size(); ++k) text += ' ' + names[k];
  }
  return text;
}

void compare(const std::vector<Value>& actual, const std::vector<Value>& expected, const std::string& way,
             std::string_view bytes, const std::vector<Call>& known) {
  if (actual == expected) return;
  std::string what = way + " gives other values than node by node";
  for (std::size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
    const Value &a = actual[i], &e = expected[i];
    if (a == e) continue;
    what += ": result " + std::to_string(i) + " of " + std::to_string(expected.size()) + ", " +
            std::string(to_string(e.dtype)) + ' ' + to_string(e.shape);
    if (a.refused != e.refused) what += a.refused ? ", is refused" : ", is not refused";
    for (std::size_t k = 0; k < std::min(a.bits.size(), e.bits.size()); ++k) {
      if (a.bits[k] == e.bits[k]) continue;
      const auto number = [&](const Value& value) {
        return is_floating(value.dtype) ? std::to_string(std::bit_cast<double>(value.bits[k]))
                                        : std::to_string(static_cast<std::int64_t>(value.bits[k]));
      };
      what += ", element " + std::to_string(k) + " is " + number(a) + " instead of " + number(e);
      break;
    }
    break;
  }
  found(what + "; the program:" + text_of(bytes, known));
}

const std::vector<Call>& known_calls() {
  static const std::vector<Call> known = [] {
    set_num_threads(1);
    return calls();
  }();
  return known;
}

void run(std::string_view bytes) {
  const std::vector<Call>& known = known_calls();
  constexpr run::Lengths usual{}, cut{.whole = 0, .piece = 24};
  std::vector<Value> expected;
  {
    const test::Way way(false, Planning::repeated, Compiling::never, usual);
    expected = played(bytes, known);
  }
  const auto check = [&](const std::string& name, Planning plan, Compiling compile, const run::Lengths& lengths) {
    const test::Way way(true, plan, compile, lengths);
    compare(played(bytes, known), expected, name, bytes, known);
  };
  check("planned", Planning::always, Compiling::never, usual);
  check("planned in pieces", Planning::always, Compiling::never, cut);
  check("compiled", Planning::always, Compiling::always, usual);
}

std::string shown(std::string_view bytes) {
  const test::Way node_by_node(false, Planning::repeated, Compiling::never, {});
  return text_of(bytes, known_calls());
}

/// Programs of eight instructions on inputs of all kinds, from a sequence of numbers.
std::vector<std::string> seeds() {
  std::vector<std::string> list;
  std::uint32_t number = 12345;
  for (int program = 0; program < 60; ++program) {
    std::string bytes;
    for (int i = 0; i < 48; ++i) {
      number = number * 1664525 + 1013904223;
      bytes += static_cast<char>(number >> 24);
    }
    list.push_back(bytes);
  }
  return list;
}

const Registered target({.name = "program", .run = run, .seeds = seeds, .shown = shown});

}  // namespace
}  // namespace xgrad::fuzz
