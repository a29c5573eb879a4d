#pragma once

/// Everything of the autograd room except the bridge to xtensor (autograd/xtensor.hpp).
#include <autograd/anomaly.hpp>
#include <autograd/differentiate/gradcheck.hpp>
#include <autograd/differentiate/gradient.hpp>
#include <autograd/differentiate/sparse_jacobian.hpp>
#include <autograd/distributed/collectives.hpp>
#include <autograd/distributed/threads.hpp>
#include <autograd/ops.hpp>
#include <autograd/random.hpp>
#include <autograd/run/inspect/dot.hpp>
#include <autograd/run/inspect/explain.hpp>
#include <autograd/run/inspect/profile.hpp>
#include <autograd/run/run.hpp>
#include <autograd/tape.hpp>
#include <autograd/tensor.hpp>
