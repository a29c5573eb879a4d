#pragma once

#include <memory>
#include <string>

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Whether this processor and this build can turn loops into machine code (x86-64 with AVX2, and the library asmjit),
/// and the system lets the process execute what it wrote.
bool can_compile() noexcept;

/// Why it cannot, in words; empty where it can.
std::string why_not_compiled();

/// Turns runs of a pass's instructions into loops of machine code, in which values that nothing else reads stay in
/// registers of the processor. Results are the same to the last bit. Leaves alone what cannot be compiled.
void compile_loops(Pass& pass);

/// The same for a pass of a plan, and lays out its scratch again.
void compile_pass(Pass& pass);

/// The same plan with the loops of its passes compiled, which takes some 10 us for each new one.
std::unique_ptr<Plan> with_compiled_loops(const Plan& plan);

}  // namespace xgrad::run
