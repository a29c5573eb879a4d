#include "protocol.hpp"

#include <chrono>
#include <exception>
#include <iostream>
#include <utility>

namespace gradbench {

namespace {

/// Appends the numbers of nested lists in order.
template <class T>
void flatten(const Json& numbers, std::vector<T>& out) {
  if (!numbers.is_array()) return out.push_back(numbers.get<T>());
  for (const Json& item : numbers) flatten(item, out);
}

template <class T>
std::vector<T> flat(const Json& numbers) {
  std::vector<T> values;
  flatten(numbers, values);
  return values;
}

Json answer(const Json& message, const std::string& tool, const std::map<std::string, Module>& modules) {
  const std::string kind = message.value("kind", "");
  if (kind == "start") return {{"tool", tool}};
  if (kind != "define" && kind != "evaluate") return Json::object();
  const auto module = modules.find(message.at("module"));
  if (module == modules.end()) return {{"success", false}, {"error", "no such module"}};
  if (kind == "define") return {{"success", true}};
  try {
    return evaluate(module->second, message.at("function"), message.at("input"));
  } catch (const std::exception& error) {
    return {{"success", false}, {"error", error.what()}};
  }
}

}  // namespace

Json evaluate(const Module& module, const std::string& function, const Json& input) {
  using Clock = std::chrono::steady_clock;
  const auto make = module.find(function);
  if (make == module.end()) return {{"success", false}, {"error", "no function " + function}};
  const Program program = make->second(input);
  const bool repeats = input.is_object();
  const std::size_t min_runs = repeats ? input.value("min_runs", std::size_t{1}) : 1;
  const double min_seconds = repeats ? input.value("min_seconds", 0.0) : 0.0;

  Json timings = Json::array();
  double elapsed = 0;
  do {
    const auto start = Clock::now();
    program.run();
    const std::chrono::nanoseconds time = Clock::now() - start;
    timings.push_back({{"name", "evaluate"}, {"nanoseconds", time.count()}});
    elapsed += std::chrono::duration<double>(time).count();
  } while (timings.size() < min_runs || elapsed < min_seconds);
  return {{"success", true}, {"output", program.output()}, {"timings", std::move(timings)}};
}

void serve(std::istream& in, std::ostream& out, const std::string& tool, const std::map<std::string, Module>& modules) {
  std::string line;
  while (std::getline(in, line)) {
    const Json message = Json::parse(line);
    Json response = answer(message, tool, modules);
    response["id"] = message.at("id");
    out << response << std::endl;
  }
}

std::vector<double> flat_numbers(const Json& numbers) { return flat<double>(numbers); }
std::vector<std::int64_t> flat_integers(const Json& numbers) { return flat<std::int64_t>(numbers); }

Json nested(std::span<const double> values, std::span<const std::int64_t> extents) {
  if (extents.empty()) return values.front();
  Json list = Json::array();
  const std::size_t count = static_cast<std::size_t>(extents.front());
  const std::size_t part = count == 0 ? 0 : values.size() / count;
  for (std::size_t i = 0; i < count; ++i) list.push_back(nested(values.subspan(i * part, part), extents.subspan(1)));
  return list;
}

}  // namespace gradbench
