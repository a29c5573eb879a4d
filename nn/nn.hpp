#pragma once

/// Everything of the nn room, and of the autograd room what training needs.
#include <autograd/ops.hpp>
#include <autograd/tape.hpp>
#include <nn/activations.hpp>
#include <nn/batchnorm.hpp>
#include <nn/conv.hpp>
#include <nn/dropout.hpp>
#include <nn/flatten.hpp>
#include <nn/init.hpp>
#include <nn/linear.hpp>
#include <nn/loss.hpp>
#include <nn/metrics.hpp>
#include <nn/module.hpp>
#include <nn/optim/adam.hpp>
#include <nn/optim/optimizer.hpp>
#include <nn/optim/sgd.hpp>
#include <nn/parameter.hpp>
#include <nn/pool.hpp>
#include <nn/sequential.hpp>
#include <nn/state_dict.hpp>
