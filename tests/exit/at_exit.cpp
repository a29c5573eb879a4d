#include <pthread.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>
#include <nn/nn.hpp>

// Tensors at the ends of a program and of its threads: in constructors and destructors of static and thread_local
// objects, and in what atexit() and pthread keys call. What is used there for the first time differs from place to
// place, since what the library keeps for each thread is made at its first use. The exit status tells.
namespace {

using namespace xgrad;

int places_left = 0;
bool failed = false;

void check(bool holds, const char* what, const char* place) {
  if (holds) return;
  std::fprintf(stderr, "%s: wrong %s\n", place, what);
  failed = true;
}

/// Everything that keeps something for its thread: lists, free nodes, scratch, names, generators, plans.
void use_tensors(const char* place) {
  --places_left;
  try {
    const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}}, float64);
    {
      const Tape tape;
      const Tensor y = sum(exp(x * 0.1) * tanh(x) + softmax(x));
      check(std::isfinite(tape.gradient(sum(tape.gradient(y, x)), x).to_vector<double>()[0]), "derivative", place);
    }
    check(sum(matmul(x, x.T())).item() == 14 + 2 * 32 + 77, "product", place);
    check(randn({1000}).to_vector<float>().size() == 1000, "random numbers", place);
    const nn::Sequential model{nn::Linear(3, 2), nn::BatchNorm1d(2), nn::Tanh()};
    check(model(x.to(float32)).shape() == Shape{2, 2}, "layer", place);
    check(gradcheck([](const Tensor& t) { return sin(t); }, x).passed, "gradcheck", place);
    check(!primitives().empty() && !to_string(x).empty() && !explain(x * 2 + 1).empty(), "text", place);
    const TensorFunction hooked = [](const Tensor& t) {
      return sum(on_gradient(t, [](const Tensor& g) { return g * 2; }));
    };
    check(gradient(hooked, x).to_vector<double>()[0] == 2, "hook", place);
    std::string refused = "no Error";
    try {
      eval(take(x, tensor({7}, int64)));
    } catch (const Error& error) {
      refused = error.what();
    }
    check(refused.starts_with("take: "), "error", place);
    const DetectAnomaly detect;
    check(sum(x + 1).item() == 27, "sum", place);
  } catch (const std::exception& error) {
    check(false, error.what(), place);
  }
}

/// Uses tensors when it goes, and before, when it comes, unless it is to come first of all.
struct Late {
  const char* place;
  Tensor waiting;

  explicit Late(const char* name) : place(name) { ++places_left; }
  Late(const char* name, int value) : place(name), waiting(tensor({1, 2}) * value) { ++places_left; }
  ~Late() {
    if (waiting.defined()) check(waiting.to_vector<float>()[1] == 6, "waiting value", place);
    use_tensors(place);
  }
};

/// Runs last: the destructors of everything that is made later, and what atexit() is given later, come before.
const bool status_is_told = [] {
  return std::atexit([] {
           check(places_left == 0, "number of places", "exit");
           if (failed) std::_Exit(1);
         }) == 0;
}();

Late before_all("a static object made before the first operation");
const Tensor made_early = tensor({1, 2}) * 3;
Late static_object("a static object", 3);

void use_thread(bool first_late) {
  // A thread_local object that is made first is destroyed last.
  if (first_late) {
    static thread_local Late object("a thread_local object made before the thread's first operation");
    use_tensors(object.place);
  } else {
    ++places_left;
    use_tensors("a thread");
    static thread_local Late object("a thread_local object", 3);
    check(object.waiting.defined(), "tensor", object.place);
  }
}

pthread_key_t key;

/// A key's destructor runs after thread_local objects are gone, and may set the key again.
void end_of_key(void* rounds) {
  use_tensors("a pthread key");
  if (auto* left = static_cast<int*>(rounds); --*left > 0) pthread_setspecific(key, left);
}

}  // namespace

int main() {
  if (!status_is_told) return 2;
  std::atexit([] { use_tensors("atexit before the first operation in main"); });
  ++places_left;
  thread_local Late local_of_main("a thread_local object of the main thread", 3);
  check(local_of_main.waiting.defined(), "tensor", local_of_main.place);
  std::atexit([] { use_tensors("atexit"); });
  ++places_left;
  ++places_left;
  use_tensors("main");

  pthread_key_create(&key, &end_of_key);
  const std::size_t live = memory_stats().live;
  for (const bool first_late : {true, false}) {
    // use_tensors in the body counts as a place of its own.
    if (first_late) ++places_left;
    int rounds = 2;
    places_left += rounds;
    std::thread([&] {
      pthread_setspecific(key, &rounds);
      use_thread(first_late);
    }).join();
  }
  empty_pool();
  check(memory_stats().live == live, "number of bytes held after threads", "main");

  static Late last("a static object of main", 3);
  check(last.waiting.defined(), "tensor", last.place);
  return failed ? 1 : 0;
}
