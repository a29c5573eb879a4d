#pragma once

#include <optional>

#include <autograd/ops/winograd.hpp>
#include <nn/onnx/writer.hpp>

/// Compositions of several primitives for which ONNX has one operator. Each is recognized at its last step and gives
/// nothing where the steps are others.
namespace xgrad::onnx {

/// a @ b + bias of matrices.
std::optional<Emission> product_with_bias(const Recording& recording, std::size_t add);
/// A matrix for a whole batch of rows, for which the batch is one matrix.
std::optional<Emission> batched_product(const Recording& recording, std::size_t reshape);
/// A convolution: the product of weights and windows, as images again.
std::optional<Emission> convolution(const Recording& recording, std::size_t transpose);
/// A convolution whose kernel reads the windows where they lie, with its bias, as images (N, O, ...).
std::optional<Emission> direct_convolution(const Recording& recording, std::size_t transpose);
/// A convolution by Winograd's algorithm, in which the weights are transformed by a matrix.
std::optional<Emission> winograd_convolution(const Recording& recording, std::size_t result);
/// A transposed convolution: products of weights and places, added up where the windows lie.
std::optional<Emission> transposed_convolution(const Recording& recording, std::size_t fold);

/// The step that the given one reshapes, through any number of reshapes.
std::size_t reshaped_from(const Recording& recording, std::size_t step);
/// Whether a step exchanges two axes and no others.
bool exchanges(const Step& step, int axis1, int axis2);
/// The paddings behind the windows of a grid, as many as make ONNX find so many windows.
std::vector<std::int64_t> paddings_of(const ops::WindowGrid& windows, const Extents& images);
/// The paddings around tiles that begin every 4 elements and have `side` of them each way.
std::vector<std::int64_t> paddings_of(const ops::TileAttributes& tiles, std::int64_t side, const Extents& images);
/// The axes of images with the first two exchanged, as Transpose has them.
std::vector<std::int64_t> first_axes_exchanged(std::size_t rank);
/// The attributes strides and dilations, of windows.
NodeAttributes steps_of(const ops::WindowGrid& windows);
std::vector<std::int64_t> list_of(const PerAxis& numbers);

}  // namespace xgrad::onnx
