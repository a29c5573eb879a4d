#pragma once

/// The bridge to xtensor, for those who want it: arrays become tensors, tensors are seen and copied as arrays, and
/// functions of arrays are differentiated. docs/xtensor.md shows it. Needs xtensor (https://xtensor.readthedocs.io) on
/// the include path, as the target xgrad::xtensor has it. xtensor's spellings for tensors are in
/// autograd/xtensor/names.hpp.
#include <autograd/xtensor/assign.hpp>
#include <autograd/xtensor/differentiate.hpp>
#include <autograd/xtensor/operators.hpp>
#include <autograd/xtensor/tensor.hpp>
#include <autograd/xtensor/view.hpp>
