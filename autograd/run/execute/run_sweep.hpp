#pragma once

#include <functional>
#include <span>

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Runs the stages of a sweep, part by part. `memory` holds the address of every storage of the plan.
void run_sweep(const Plan& plan, const Sweep& sweep, const Program& program, std::span<std::byte* const> memory);

/// The array at a place.
Array array_of(const Place& place, std::span<std::byte* const> memory);

/// Runs a block on views of its inputs and its result, which may be a part of all of it.
void run_block(const Block& block, const Program& program, std::span<const Array> inputs, const Array& result,
               bool accumulate = false, const PartOf* part = nullptr);

}  // namespace xgrad::run
