#pragma once

#pragma GCC visibility push(default)
namespace xgrad {

/// While one is alive, NaN and Inf have an address: a run that computes one out of finite values throws an Error that
/// names the operation, its module, the shapes, the first index and the inputs there, the line that called the
/// operation, and for one that a differentiation pass recorded also the operation that it is a derivative of.
///
///     DetectAnomaly detect;
///     train(model);
///
/// - Blamed is the first operation in record order that made a value out of finite ones; not those that pass it on, and
///   not data, numbers or masks that are not finite. An elementwise operation has made a value if its operands there
///   are finite, a reduction if all that it reduces there is, any other if all elements of its inputs are.
/// - An infinity that is right by IEEE 754 is reported as well: log(0), 1 / 0, also where a later `where` drops it; so
///   are the mean of no elements, and the log(0) inside logsumexp where a row is -inf throughout.
/// - Runs of every thread are checked, and go node by node meanwhile, as with set_fusing(false), to the same bits but
///   for sums in large products.
///   That is slow: it is for finding a mistake.
/// - Lines are known of calls in the user's sources during detection; what a function or module of the library records
///   has the line of its call. Calls through std::function have a line of the standard library's.
///   Compilers without std::source_location (Clang before 16) know no lines.
/// - Where a run throws, its values are not there, and everything else is as it was.
///
/// Scopes nest. The environment variable XGRAD_DETECT_ANOMALY=1 begins one that lasts as long as the program.
class DetectAnomaly {
 public:
  DetectAnomaly() noexcept;
  DetectAnomaly(const DetectAnomaly&) = delete;
  DetectAnomaly& operator=(const DetectAnomaly&) = delete;
  ~DetectAnomaly();
};

}  // namespace xgrad
#pragma GCC visibility pop
