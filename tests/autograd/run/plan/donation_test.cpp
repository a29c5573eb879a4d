#include <doctest/doctest.h>

#include <autograd/autograd.hpp>

#include "../../expect.hpp"
#include "../../fusing.hpp"

// Results may take the memory of tensors that are given up for them, and of no others.
namespace xgrad {
namespace {

using test::difference;

/// For updates in place a run has to be planned, on one thread.
class Planned {
 public:
  Planned() { set_num_threads(1); }
  Planned(const Planned&) = delete;
  Planned& operator=(const Planned&) = delete;
  ~Planned() { set_num_threads(threads_); }

 private:
  test::Fusing fusing_{true};
  int threads_ = num_threads();
};

Tensor numbers(double first) {
  Tensor x = arange(first, first + 500, 1, float32) * 0.01;
  eval(x);
  return x;
}

const float* memory_of(const Tensor& x) { return x.data<float>().data(); }

}  // namespace

TEST_CASE("a result takes the memory of a donated tensor that nobody else holds") {
  const Planned planned;
  std::vector<Tensor> donated = {numbers(0), numbers(3)};
  const float* first = memory_of(donated[0]);
  const float* second = memory_of(donated[1]);
  const Tensor y = donated[0] * 0.5 + 1;
  const Tensor z = y * donated[1];
  eval(std::vector<Tensor>{y, z}, donated);
  CHECK(donated.empty());
  CHECK(memory_of(y) == first);
  CHECK(memory_of(z) == second);
  CHECK(difference(y, numbers(0) * 0.5 + 1) == "");
  CHECK(difference(z, (numbers(0) * 0.5 + 1) * numbers(3)) == "");
}

TEST_CASE("a donated tensor is written in place where its gradient comes from a large product too") {
  const Planned planned;
  const Tensor x = full({32, 2048}, 0.5, float32), y = full({32, 2048}, 0.25, float32);
  std::vector<Tensor> donated = {full({2048, 2048}, 3, float32)};
  eval(std::vector<Tensor>{x, y, donated[0]});
  const float* const memory = memory_of(donated[0]);
  const Tensor updated = donated[0] - 0.5 * matmul(transpose(x), y);
  eval(std::vector<Tensor>{updated}, donated);
  CHECK(memory_of(updated) == memory);
  CHECK(difference(updated, full({2048, 2048}, 3 - 0.5 * 32 * 0.5 * 0.25, float32)) == "");
}

TEST_CASE("a donated tensor with another handle keeps its memory and its values") {
  const Planned planned;
  const Tensor x = numbers(0);
  std::vector<Tensor> donated = {x};
  const Tensor y = x * 2;
  eval(std::vector<Tensor>{y}, donated);
  CHECK(memory_of(y) != memory_of(x));
  CHECK(difference(x, numbers(0)) == "");
}

TEST_CASE("a donated tensor that is read after a result is written keeps its values until then") {
  const Planned planned;
  std::vector<Tensor> donated = {numbers(1)};
  const Tensor y = donated[0] * 2;
  const Tensor total = sum(donated[0] * y);       // another reader in the same pass
  const Tensor shifted = donated[0] - total * y;  // and one in a later pass
  eval(std::vector<Tensor>{y, shifted}, donated);
  const Tensor x = numbers(1);
  CHECK(difference(y, x * 2) == "");
  CHECK(difference(shifted, x - sum(x * (x * 2)) * (x * 2), {.rtol = 1e-6, .atol = 1e-2}) == "");
}

TEST_CASE("rows are added to a donated tensor where it lies, and not at all where one of them is not there") {
  const Planned planned;
  const auto added = [](const Tensor& x, const Tensor& index) {
    return index_add(x, 0, index, full({index.size()}, 2, float32));
  };
  std::vector<Tensor> donated = {numbers(0)};
  const float* const memory = memory_of(donated[0]);
  const Tensor refused = added(donated[0], tensor({499, 500}, int64));
  CHECK_THROWS_AS(eval(std::vector<Tensor>{refused}, donated), Error);
  REQUIRE(donated.size() == 1);
  CHECK(memory_of(donated[0]) == memory);
  CHECK(difference(donated[0], numbers(0)) == "");

  std::vector<Tensor> again = {numbers(0)};
  const float* const place = memory_of(again[0]);
  const Tensor y = added(again[0], tensor({3, 499, 3}, int64));
  eval(std::vector<Tensor>{y}, again);
  CHECK(memory_of(y) == place);
  CHECK(difference(slice(y - numbers(0), 0, 2, 5), tensor({0, 4, 0}, float32), {.rtol = 1e-6, .atol = 1e-6}) == "");
}

TEST_CASE("a run that fails leaves donated tensors as they were") {
  const Planned planned;
  std::vector<Tensor> donated = {numbers(0)};
  const Tensor y = donated[0] + 1;
  const Tensor bad = one_hot(tensor({0, 7}, int64), 3);
  CHECK_THROWS_AS(eval(std::vector<Tensor>{y, bad}, donated), Error);
  REQUIRE(donated.size() == 1);
  CHECK(difference(donated[0], numbers(0)) == "");
}

TEST_CASE("programs that differ only in what is donated have plans of their own") {
  const Planned planned;
  const Tensor x = numbers(0);
  const Tensor kept = x + 1;
  eval(kept);
  std::vector<Tensor> donated = {numbers(0)};
  const Tensor taken = donated[0] + 1;
  eval(std::vector<Tensor>{taken}, donated);
  const Tensor again = x + 1;
  eval(again);
  CHECK(difference(x, numbers(0)) == "");
  CHECK(difference(again, taken) == "");
}

}  // namespace xgrad
