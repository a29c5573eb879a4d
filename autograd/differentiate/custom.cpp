#include <autograd/differentiate/custom.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/per_thread.hpp>

namespace xgrad {

/// A call of a function with a forward has that one's result as its last input, and hands it on.
struct Custom::Definition {
  std::shared_ptr<const CustomFunction> function;
  const Primitive* primitive = nullptr;
  /// The attributes of its calls, which share the function. They are equal only to their copies, so no plan takes one
  /// function's calls for another's.
  Attributes attributes;
};

namespace {

using Definition = Custom::Definition;

using Function = std::shared_ptr<const CustomFunction>;

const CustomFunction& function_of(const Attributes& attributes) { return *attributes.as<Function>(); }

void custom_kernel(const run::Call& call) {
  const CustomFunction& function = function_of(call.attributes);
  if (function.forward) return run::copy(call.inputs.back(), call.result);
  std::vector<run::BufferHandle> storage(call.inputs.size());
  std::vector<run::Array> inputs;
  for (std::size_t i = 0; i < call.inputs.size(); ++i) inputs.push_back(run::contiguous(call.inputs[i], storage[i]));
  const run::Call contiguous{call.attributes, inputs, call.result};
  function.kernel(CustomCall(function.name, contiguous));
}

void check_cotangent(const std::string& name, std::size_t i, const Tensor& cotangent, const Shape& shape) {
  const auto refuse = [&](const std::string& what, const std::string& expected) {
    fail(name.c_str(), "its vjp gives a cotangent of " + what + " for input number " + std::to_string(i) +
                           ", which has shape " + to_string(shape) + "; expected " + expected);
  };
  if (cotangent.shape() != shape) refuse("shape " + to_string(cotangent.shape()), "the same shape");
  if (!is_floating(cotangent.dtype()))
    refuse("dtype " + std::string(to_string(cotangent.dtype())), "float32 or float64");
}

/// The calls whose vjp is recording on this thread. One that asks for a gradient through itself would never end.
class RecordingVjp {
 public:
  RecordingVjp(const std::string& name, const Node* call) {
    if (std::ranges::find(*calls, call) != calls->end()) {
      fail(name.c_str(),
           "its vjp asks for a gradient that leads through the function's own output to its inputs; take "
           "it of a function of the inputs, as vjp(f, inputs, cotangent) does");
    }
    calls->push_back(call);
  }
  RecordingVjp(const RecordingVjp&) = delete;
  RecordingVjp& operator=(const RecordingVjp&) = delete;
  ~RecordingVjp() { calls->pop_back(); }

 private:
  static thread_local constinit PerThread<std::vector<const Node*>> calls;
};

thread_local constinit PerThread<std::vector<const Node*>> RecordingVjp::calls;

void custom_vjp(Vjp& v) {
  const CustomFunction& function = function_of(v.attributes());
  const RecordingVjp recording(function.name, v.output().node());
  const std::size_t count = v.input_count() - (function.forward ? 1 : 0);
  if (!function.vjp)
    fail(function.name.c_str(), "has no vjp, and a gradient through it was asked for; give one, or stop_gradient");
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < count; ++i) inputs.push_back(v.input(i));
  const std::vector<Tensor> cotangents = function.vjp(inputs, v.output(), v.cotangent());
  if (cotangents.size() != count) {
    fail(function.name.c_str(), "its vjp gives " + std::to_string(cotangents.size()) + " cotangents for " +
                                    std::to_string(count) + " inputs; expected one for each");
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!cotangents[i].defined()) continue;
    check_cotangent(function.name, i, cotangents[i], v.input_shape(i));
    v.give(i, cotangents[i]);
  }
}

/// Primitives by name. They stay, few as names are: plans and profiles refer to them.
const Primitive* primitive_named(const std::string& name) {
  static std::mutex mutex;
  static auto& known = *new std::map<std::string, std::unique_ptr<const Primitive>>;
  const std::lock_guard lock(mutex);
  auto& [own_name, primitive] = *known.try_emplace(name).first;
  if (!primitive)
    primitive = std::make_unique<const Primitive>(Primitive{.name = own_name.c_str(),
                                                            .doc = "a function of the user's own",
                                                            .vjp = &custom_vjp,
                                                            .reads = ~std::uint32_t{0},
                                                            .traits = BlockTraits{.kernel = &custom_kernel}});
  return primitive.get();
}

/// Whether a call is part of a differentiation: by who records it, or by its first inputs, without the forward's
/// result.
bool derives(const std::vector<Tensor>& operands, std::size_t count) {
  const auto waits = [](const Tensor& x) { return x.node()->derived && !x.node()->has_value(); };
  return recorder().deriving ||
         std::any_of(operands.begin(), operands.begin() + static_cast<std::ptrdiff_t>(count), waits);
}

/// A plain number as a tensor: only elementwise operations adapt numbers.
Tensor without_number(const Tensor& x) { return x.node()->number ? cast(x, x.dtype()) : x; }

Tensor forward_of(const CustomFunction& function, const std::vector<Tensor>& inputs) {
  // As derived, so that nothing is kept for a differentiation that does not come.
  const RecordingScope scope(recorder());
  recorder().deriving = true;
  const Tensor y = function.forward(inputs);
  if (!y.defined()) fail(function.name.c_str(), "its forward gives an undefined Tensor");
  return without_number(y);
}

}  // namespace

std::size_t CustomCall::input_count() const noexcept { return call_.inputs.size(); }
const Shape& CustomCall::output_shape() const noexcept { return call_.result.shape; }
DType CustomCall::output_dtype() const noexcept { return call_.result.dtype; }

const Shape& CustomCall::input_shape(std::size_t i) const {
  if (i >= input_count())
    fail(name_.c_str(),
         "its kernel asks for input number " + std::to_string(i) + " of " + std::to_string(input_count()));
  return call_.inputs[i].shape;
}

DType CustomCall::input_dtype(std::size_t i) const {
  input_shape(i);
  return call_.inputs[i].dtype;
}

const void* CustomCall::input_data(std::size_t i, DType dtype) const {
  if (input_dtype(i) != dtype) {
    fail(name_.c_str(), "its kernel asks for input number " + std::to_string(i) + " as " +
                            std::string(to_string(dtype)) + "; it has dtype " + std::string(to_string(input_dtype(i))));
  }
  return call_.inputs[i].data;
}

void* CustomCall::output_data(DType dtype) const {
  if (output_dtype() != dtype) {
    fail(name_.c_str(), "its kernel asks for the output as " + std::string(to_string(dtype)) + "; it has dtype " +
                            std::string(to_string(output_dtype())));
  }
  return call_.result.data;
}

Tensor Custom::operator()(const std::vector<Tensor>& inputs, CallSite where) const {
  const CallScope call(where);
  if (!definition_) fail("custom", "the function was moved from, or made of no definition");
  const CustomFunction& function = *definition_->function;
  const char* name = function.name.c_str();
  std::vector<Tensor> operands;
  for (const Tensor& input : inputs) {
    ops::check_defined(name, "inputs", input);
    operands.push_back(without_number(input));
  }
  if (function.forward) {
    const Tensor y = forward_of(function, operands);
    operands.push_back(y);
    const Tensor result = record(*definition_->primitive, operands, y.shape(), y.dtype(), definition_->attributes);
    result.node()->derived = derives(operands, operands.size() - 1);
    return result;
  }
  if (operands.empty() && (!function.shape || !function.dtype))
    fail(name, "no inputs are given; then its shape and dtype must be");
  const Shape shape = function.shape ? function.shape(operands) : operands.front().shape();
  const DType dtype = function.dtype ? *function.dtype : operands.front().dtype();
  return record(*definition_->primitive, operands, shape, dtype, definition_->attributes);
}

const std::string& Custom::name() const noexcept {
  static const std::string none;
  return definition_ ? definition_->function->name : none;
}

Custom custom(CustomFunction function) {
  if (function.name.empty()) fail("custom", "the function has no name; expected one for errors and graphs");
  if (static_cast<bool>(function.forward) == static_cast<bool>(function.kernel)) {
    fail("custom", "'" + function.name + "' has " +
                       (function.forward ? "both forward and kernel" : "neither forward nor kernel") +
                       "; expected one of them");
  }
  const Primitive* primitive = primitive_named(function.name);
  const Function shared = std::make_shared<const CustomFunction>(std::move(function));
  return Custom(std::make_shared<const Definition>(Definition{shared, primitive, shared}));
}

Custom custom(std::string name, decltype(CustomFunction::forward) forward, decltype(CustomFunction::vjp) vjp) {
  return custom(CustomFunction{.name = std::move(name), .forward = std::move(forward), .vjp = std::move(vjp)});
}

}  // namespace xgrad
