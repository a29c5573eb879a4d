"""Which page of the reference a header is on.

A page is (file, title, sources). A source is a header, or (header, sections) for some of its ruled sections. Every
public header is on a page; those that are not are in `internal`, by path or by folder.
"""

operations = [
    ("elementwise", "Elementwise operations",
     [("autograd/ops.hpp", ["elementwise"]), "autograd/ops/math.hpp", "autograd/ops/functions.hpp",
      "autograd/ops/compare.hpp", "autograd/ops/integers.hpp"]),
    ("activations", "Activations and attention",
     ["autograd/ops/activations.hpp", ("autograd/ops.hpp", ["compositions"]), "autograd/ops/attention.hpp"]),
    ("reductions", "Reductions, scans, statistics",
     [("autograd/ops.hpp", ["reductions"]), "autograd/ops/scan.hpp", "autograd/ops/statistics.hpp"]),
    ("order", "Sorting and searching", ["autograd/ops/sort.hpp", "autograd/ops/order.hpp"]),
    ("products", "Products and distances",
     [("autograd/ops.hpp", ["matrix products"]), "autograd/ops/products.hpp"]),
    ("linear-algebra", "Linear algebra",
     ["autograd/ops/linalg.hpp", "autograd/ops/systems.hpp", "autograd/ops/matrices.hpp"]),
    ("shape", "Shape and arrangement",
     [("autograd/ops.hpp", ["shape"]), "autograd/ops/rearrange.hpp", "autograd/ops/arrange.hpp"]),
    ("indexing", "Indexing and scattering",
     [("autograd/ops.hpp", ["indexing"]), "autograd/ops/select.hpp", "autograd/ops/scatter.hpp"]),
    ("creation", "Making tensors, random numbers",
     [("autograd/ops.hpp", ["creation"]), "autograd/random.hpp", "autograd/ops/draws.hpp"]),
    ("windows", "Convolutions, pooling, images",
     ["autograd/ops/conv.hpp", "autograd/ops/pool.hpp", "autograd/ops/interpolate.hpp", "autograd/ops/spatial.hpp"]),
    ("fourier", "Fourier transforms, complex numbers", ["autograd/ops/fft.hpp", "autograd/ops/complex.hpp"]),
]

core = [
    ("tensors", "Tensors, tapes, errors",
     ["autograd/tensor.hpp", "autograd/tape.hpp", "autograd/dtype.hpp", "autograd/shape.hpp", "autograd/number.hpp",
      "autograd/operand.hpp", "autograd/error.hpp"]),
    ("transforms", "Derivatives and transforms of functions",
     ["autograd/differentiate/gradient.hpp", "autograd/differentiate/jvp.hpp", "autograd/differentiate/jacobian.hpp",
      "autograd/differentiate/sparse_jacobian.hpp", "autograd/differentiate/sparsity.hpp",
      "autograd/differentiate/coloring.hpp", "autograd/differentiate/vmap.hpp",
      "autograd/differentiate/checkpoint.hpp", "autograd/differentiate/on_gradient.hpp",
      "autograd/differentiate/custom.hpp", "autograd/differentiate/gradcheck.hpp"]),
    ("running", "Running and looking into programs",
     ["autograd/run/run.hpp", "autograd/run/build_info.hpp", "autograd/run/inspect/explain.hpp",
      "autograd/run/inspect/profile.hpp",
      "autograd/run/inspect/dot.hpp", "autograd/anomaly.hpp", "autograd/kernel/num_threads.hpp",
      "autograd/kernel/memory.hpp"]),
    ("files", "Files of tensors",
     ["autograd/io/safetensors.hpp", "autograd/io/npz.hpp", "autograd/io/load_options.hpp",
      "autograd/io/stored_dtype.hpp"]),
    ("xtensor", "The bridge to xtensor",
     ["autograd/xtensor/tensor.hpp", "autograd/xtensor/assign.hpp", "autograd/xtensor/differentiate.hpp",
      "data/xtensor.hpp"]),
    ("distributed", "Ranks and collectives",
     ["autograd/distributed/collectives.hpp", "autograd/distributed/communicator.hpp",
      "autograd/distributed/threads.hpp", "autograd/distributed/transport.hpp", "autograd/mpi/session.hpp"]),
]

layers = [
    ("modules", "Modules and parameters",
     ["nn/module.hpp", "nn/parameter.hpp", "nn/state_dict.hpp", "nn/sequential.hpp", "nn/containers.hpp",
      "nn/functional.hpp", "nn/clone.hpp", "nn/checkpoint.hpp", "nn/freeze.hpp", "nn/init.hpp"]),
    ("linear", "Linear layers, embeddings, shape",
     ["nn/linear.hpp", "nn/affine.hpp", "nn/bilinear.hpp", "nn/embedding.hpp", "nn/embedding_bag.hpp",
      "nn/embedding_table.hpp", "nn/flatten.hpp", "nn/identity.hpp", "nn/rearrange.hpp", "nn/similarity.hpp"]),
    ("convolution", "Convolution, padding, pooling", ["nn/conv.hpp", "nn/padding.hpp", "nn/pool.hpp"]),
    ("normalization", "Normalization and dropout",
     ["nn/batchnorm.hpp", "nn/norm.hpp", "nn/channel_norm.hpp", "nn/dropout.hpp"]),
    ("activations", "Activations as modules", ["nn/activations.hpp", "nn/softmax.hpp", "nn/threshold.hpp"]),
    ("sequences", "Recurrent layers, attention, transformers",
     ["nn/recurrent.hpp", "nn/cells.hpp", "nn/attention.hpp", "nn/transformer.hpp", "nn/positions.hpp",
      "nn/pad_sequence.hpp"]),
    ("losses", "Losses", ["nn/loss.hpp", "nn/likelihood_loss.hpp", "nn/margin_loss.hpp", "nn/loss_modules.hpp"]),
    ("onnx", "ONNX", ["nn/onnx/export.hpp", "nn/onnx/import.hpp"]),
]

training = [
    ("optimizers", "Optimizers",
     ["nn/optim/optimizer.hpp", "nn/optim/sgd.hpp", "nn/optim/adam.hpp", "nn/optim/adamw.hpp", "nn/optim/adagrad.hpp",
      "nn/optim/adadelta.hpp", "nn/optim/adamax.hpp", "nn/optim/nadam.hpp", "nn/optim/radam.hpp",
      "nn/optim/rmsprop.hpp", "nn/optim/rprop.hpp", "nn/optim/lamb.hpp", "nn/optim/lion.hpp", "nn/optim/muon.hpp",
      "nn/optim/lbfgs.hpp"]),
    ("schedules", "Schedules of learning rates", ["nn/optim/schedule.hpp"]),
    ("helpers", "Training helpers",
     ["nn/summary.hpp", "nn/logger.hpp", "nn/optim/clip.hpp", "nn/optim/averaged_model.hpp", "nn/optim/update_bn.hpp", "nn/optim/early_stopping.hpp",
      "nn/training.hpp", "nn/checkpoints.hpp"]),
    ("metrics", "Metrics",
     ["nn/metrics.hpp", "nn/metrics/metric.hpp", "nn/metrics/accuracy.hpp", "nn/metrics/precision_recall.hpp",
      "nn/metrics/confusion_matrix.hpp", "nn/metrics/auroc.hpp", "nn/metrics/regression.hpp"]),
    ("distributed", "Distributed training",
     ["nn/data_parallel.hpp", "nn/fully_sharded.hpp", "nn/tensor_parallel.hpp", "nn/optim/zero_redundancy.hpp",
      "nn/gather_state.hpp"]),
]

data = [
    ("data-sets", "Data sets",
     ["data/dataset.hpp", "data/record.hpp", "data/image_dataset.hpp", "data/combine.hpp", "data/padded.hpp",
      "data/mixing.hpp", "data/mnist.hpp", "data/cifar.hpp", "data/synthetic.hpp", "data/toy.hpp", "data/csv.hpp",
      "data/npy.hpp", "data/idx.hpp", "data/images/image_folder.hpp", "data/images/image.hpp"]),
    ("loading", "Loaders and samplers", ["data/loader.hpp", "data/sampler.hpp", "data/common_place.hpp", "data/splitmix.hpp"]),
    ("image-transforms", "Transforms of images", ["data/transform.hpp", "data/picture.hpp"]),
]

groups = [("Operations", "operations", operations), ("Tensors and programs", "core", core), ("Networks", "nn", layers),
          ("Training", "training", training), ("Data", "data", data)]

# Headers that users do not call: the library's own, and those that gather or generate others.
internal = [
    "autograd/attributes.hpp", "autograd/autograd.hpp", "autograd/batched_call.hpp", "autograd/call_site.hpp",
    "autograd/differentiate/batching.hpp", "autograd/differentiate/check_function.hpp",
    "autograd/differentiate/check_pattern.hpp", "autograd/differentiate/dependencies.hpp",
    "autograd/differentiate/differentiate.hpp", "autograd/differentiate/element_dependencies.hpp",
    "autograd/differentiate/folding.hpp", "autograd/differentiate/parts.hpp", "autograd/differentiate/products.hpp",
    "autograd/differentiate/recorded_function.hpp", "autograd/distributed/collective_attributes.hpp",
    "autograd/fingerprint.hpp", "autograd/frozen_function.hpp", "autograd/io/appender.hpp",
    "autograd/io/background.hpp", "autograd/io/compress.hpp",
    "autograd/io/disk.hpp", "autograd/io/elements.hpp", "autograd/io/events.hpp", "autograd/io/png.hpp",
    "autograd/io/file.hpp", "autograd/io/folder.hpp", "autograd/io/inflate.hpp", "autograd/io/safetensors_header.hpp",
    "autograd/io/small_floats.hpp", "autograd/io/text.hpp", "autograd/io/zip.hpp", "autograd/kernel/",
    "autograd/members.hpp", "autograd/members_definitions.hpp", "autograd/mpi/lost_ranks.hpp",
    "autograd/mpi/mpi_transport.hpp", "autograd/node.hpp", "autograd/node_index.hpp",
    "autograd/ops/aliases.hpp", "autograd/ops/attributes.hpp", "autograd/out_of_memory.hpp", "autograd/ops/channel_product.hpp",
    "autograd/ops/common.hpp", "autograd/ops/elementwise.hpp", "autograd/ops/flags.hpp", "autograd/ops/lapack.hpp",
    "autograd/ops/pairs.hpp", "autograd/ops/window.hpp", "autograd/ops/window_product.hpp",
    "autograd/ops/windowed_images.hpp", "autograd/ops/winograd.hpp", "autograd/ordered.hpp", "autograd/per_thread.hpp",
    "autograd/primitive.hpp", "autograd/provenance.hpp", "autograd/recorder.hpp", "autograd/run/compile/",
    "autograd/run/execute/", "autograd/run/plan/", "autograd/run/inspect/finite.hpp",
    "autograd/run/inspect/profile_sink.hpp", "autograd/run/inspect/report.hpp", "autograd/shared_memory.hpp",
    "autograd/text.hpp", "autograd/vjp.hpp", "autograd/xtensor.hpp", "autograd/xtensor/dispatch.hpp",
    "autograd/xtensor/elements.hpp", "autograd/xtensor/linalg_names.hpp", "autograd/xtensor/memory.hpp",
    "autograd/xtensor/names.hpp", "autograd/xtensor/operators.hpp", "autograd/xtensor/view.hpp", "data/draws.hpp",
    "data/images/decode.hpp", "data/read/", "data/sample.hpp", "data/shares.hpp", "data/warp.hpp",
    "nn/cumulative_statistics.hpp", "nn/entries_of_ranks.hpp", "nn/logged_values.hpp", "nn/loss_parts.hpp", "nn/metrics/inputs.hpp", "nn/module_state.hpp", "nn/nn.hpp",
    "nn/onnx/graph.hpp", "nn/onnx/onnx.hpp", "nn/onnx/patterns.hpp", "nn/onnx/proto.hpp", "nn/onnx/recording.hpp",
    "nn/onnx/writer.hpp", "nn/optim/wolfe.hpp", "nn/registration.hpp",
    "nn/training_file.hpp",
]

# Declarations of other headers that users do not call.
hidden = {"BFloat16", "CallScope", "Called", "Registered", "check_size", "computed_in", "detecting_anomaly",
          "extent_product", "extent_sum", "fail", "is_dtype", "refuse_size", "truncated_to_int64", "visit_dtype"}
