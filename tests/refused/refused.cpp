// What must not compile. Each line has a mistake of somebody who comes from PyTorch or NumPy, and a part of what the
// compiler says about it, in the error or in the lines right behind it: what to write (check_refused).
// clang-format off
#include <autograd/autograd.hpp>

using namespace xgrad;

void f01(Tensor x, Tensor y) { x[0] = y; }                      // says: index_put(x, {i}, y)
void f02(Tensor x) { x[0] = 1; }                                // says: index_put(x, {i}, y)
void f03(Tensor x, Tensor y) { x[0][1] = y; }                   // says: index_put(x, {i}, y)
void f04(Tensor x) { x[0] += 1; }                               // says: index_put(x, {i}, x[i] + y)
void f05(Tensor x, Tensor y) { x[Slice{0, 2}] *= y; }           // says: index_put(x, {i}, x[i] * y)
void f06(Tensor x, Tensor y) { x.T() -= y; }                    // says: x[i] -= y is written
void f07(Tensor x, Tensor y) { x.reshape({2, 3}) = y; }         // says: index_put
void f08(Tensor loss) { loss.backward(); }                      // says: tape.gradient(loss, {w, b})
void f09(Tensor w) { w.grad(); }                                // says: tape.gradient(loss, x)
void f10(Tensor w) { w.requires_grad_(true); }                  // says: tape.gradient(y, x)
void f11(Tensor x) { sum(x, true); }                            // says: {.keepdims = true}
void f12(Tensor x) { x.mean(true); }                            // says: {.keepdims = true}
void f13(Tensor x) { sum(x, 0, 1); }                            // says: ReduceOptions
void f14(Tensor x) { var(x, 0, true); }                         // says: VarOptions
void f15(Tensor x) { x[true]; }                                 // says: a mask is a tensor of bools
void f16(Tensor x) { float y = x; static_cast<void>(y); }       // says: cannot convert
void f17(Tensor x) { x.data<float>()[0] = 1; }                  // says: read-only
void f18(Tensor x) { const float* p = (x + 1).data<float>().data(); static_cast<void>(p); }  // says: a variable first
