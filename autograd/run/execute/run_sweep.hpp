#pragma once

#include <functional>
#include <span>

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Runs the stages of a sweep, part by part. `nodes` are those of the program that was planned; `memory` holds the
/// address of every storage of the plan.
void run_sweep(const Plan& plan, const Sweep& sweep, std::span<Node* const> nodes, std::span<std::byte* const> memory);

/// The array at a place.
Array array_of(const Place& place, std::span<std::byte* const> memory);

/// Runs a block on views of its inputs and its result, which may be a part of all of it.
void run_block(const Block& block, std::span<Node* const> nodes, std::span<const Array> inputs, const Array& result,
               bool accumulate = false, const PartOf* part = nullptr);

}  // namespace xgrad::run
