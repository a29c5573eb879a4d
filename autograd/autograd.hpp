#pragma once

/// Everything of the autograd room except the bridge to xtensor (autograd/xtensor.hpp).
#include <autograd/anomaly.hpp>
#include <autograd/gradcheck.hpp>
#include <autograd/ops.hpp>
#include <autograd/random.hpp>
#include <autograd/run/explain.hpp>
#include <autograd/run/profile.hpp>
#include <autograd/run/run.hpp>
#include <autograd/tape.hpp>
#include <autograd/tensor.hpp>
#include <autograd/transforms.hpp>
