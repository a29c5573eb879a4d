#pragma once

#include <cstdint>

#include <autograd/io/events.hpp>
#include <autograd/tensor.hpp>

/// Tensors as a Logger writes them. For the files of nn/ only.
namespace xgrad::nn {

struct LoggedHistogram {
  io::HistogramCounts counts;   ///< of the finite elements
  std::int64_t not_finite = 0;  ///< how many others there are
};

/// See Logger::histogram. Buckets end with the last that holds something; of empty ones in a row there is one. Where
/// all are empty there is one of limit 0.
LoggedHistogram histogram_of(const Tensor& values);

/// See Logger::image. Throws Error in the name of a function.
io::EncodedImage encoded_image(const char* function, const Tensor& image);

}  // namespace xgrad::nn
