#include <nn/sequential.hpp>

#include <utility>

#include <fmt/format.h>

namespace xgrad::nn {

Sequential::Sequential(std::initializer_list<std::pair<std::string, Module>> modules) : Sequential() {
  for (const auto& [name, module] : modules) push_back(name, module);
}

void Sequential::push_back(std::string name, Module module) { register_module(std::move(name), std::move(module)); }

void Sequential::extend(const Sequential& other) {
  const std::size_t count = other.size();  // `other` may be this
  for (std::size_t i = 0; i < count; ++i) push_back(Module(other.children()[i].second));
}

void Sequential::push_back(Module module) { register_module(std::to_string(size()), std::move(module)); }

void Sequential::replace(std::size_t i, Module module) {
  if (i >= size()) refuse(fmt::format("module {} was to be replaced, there are {}", i, size()));
  replace_child(i, std::move(module));
}

Module Sequential::operator[](std::size_t i) const {
  if (i >= size()) refuse(fmt::format("module {} was asked for, there are {}", i, size()));
  return children()[i].second;
}

Tensor Sequential::forward(const Tensor& x) const {
  Tensor y = x;
  for (const auto& [name, module] : children()) y = module(y);
  return y;
}

}  // namespace xgrad::nn
