#include <data/npy.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <autograd/error.hpp>
#include <autograd/io/text.hpp>
#include <data/combine.hpp>

namespace xgrad::data {
namespace {

/// Texts name the arrays in the errors: "'x.npy'", "array 'x' of 'xy.npz'".
Dataset<Example> examples(const char* where, const Tensor& data, const std::string& data_name, const Tensor& target,
                          const std::string& target_name) {
  const auto check = [&](const Tensor& array, const std::string& name) {
    if (array.rank() == 0)
      fail(where, fmt::format("{} has no axis; expected an array whose first axis is of samples", name));
  };
  check(data, data_name);
  check(target, target_name);
  if (data.size(0) != target.size(0))
    fail(where, fmt::format("{} has shape {} and {} has shape {}; expected first axes of the same length", data_name,
                            to_string(data.shape()), target_name, to_string(target.shape())));
  return Dataset<Example>(detail::of_tensors({data, target}));
}

}  // namespace

Dataset<Example> npy_dataset(const std::filesystem::path& data, const std::filesystem::path& target,
                             const LoadOptions& options) {
  return examples("npy_dataset", load_npy(data, options), fmt::format("'{}'", data.string()), load_npy(target, options),
                  fmt::format("'{}'", target.string()));
}

Dataset<Example> npz_dataset(const std::filesystem::path& path, const NpzNames& names, const LoadOptions& options) {
  const std::map<std::string, Tensor> arrays = load_npz(path, options);
  const auto array = [&](const std::string& name) {
    if (const auto found = arrays.find(name); found != arrays.end()) return found->second;
    constexpr std::size_t most = 20;
    std::vector<std::string> there;
    for (const auto& [other, values] : arrays)
      if (there.size() < most) there.push_back("'" + io::shown(other) + "'");
    fail("npz_dataset", fmt::format("'{}' has no array '{}'; it has {}{}", path.string(), io::shown(name),
                                    there.empty() ? "none" : fmt::format("{}", fmt::join(there, ", ")),
                                    arrays.size() > most ? ", ..." : ""));
  };
  const auto called = [&](const std::string& name) {
    return fmt::format("array '{}' of '{}'", io::shown(name), path.string());
  };
  return examples("npz_dataset", array(names.data), called(names.data), array(names.target), called(names.target));
}

}  // namespace xgrad::data
