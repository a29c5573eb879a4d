#pragma once

#include "probe.hpp"

/// The probes of each file, for coverage_test.cpp.
namespace xgrad::test {

Probes elementwise_probes();
Probes reduction_probes();
Probes shape_probes();
Probes indexing_probes();
Probes product_probes();
Probes matrix_probes();
Probes fft_probes();
Probes window_probes();
Probes creation_probes();
Probes object_probes();
Probes transform_probes();
Probes file_probes();
Probes arrange_probes();
Probes function_probes();
Probes scatter_probes();
Probes statistics_probes();

Probes layer_probes();
Probes attention_probes();
Probes small_layer_probes();
Probes container_probes();
Probes margin_loss_probes();
Probes loss_probes();
Probes optimizer_probes();
Probes module_probes();
Probes metric_probes();
Probes training_probes();
Probes distributed_probes();

Probes data_probes();
Probes data_file_probes();
Probes data_transform_probes();
Probes set_probes();

}  // namespace xgrad::test
