#include "table.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <thread>

#include "../measure.hpp"
#include "process.hpp"

namespace bench {

std::string beside(const std::string& program) {
  const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe").replace_filename(program);
  return std::filesystem::exists(path) ? path.string() : "";
}

std::string number(double value, const char* format) {
  if (std::isnan(value)) return "";
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

void print_row(const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) std::printf("| %s ", cell.c_str());
  std::printf("|\n");
  std::fflush(stdout);
}

void print_head(const std::vector<std::string>& cells) {
  std::printf("\n");
  print_row(cells);
  print_row(std::vector<std::string>(cells.size(), "---"));
}

void print_machine(const std::string& how) {
  char date[32];
  const std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof date, "%Y-%m-%d", std::localtime(&now));
  double load[3] = {};
  getloadavg(load, 3);
  std::printf("%s, %u cores, load average %.2f, %s, %s\n", processor().c_str(), std::thread::hardware_concurrency(),
              load[0], date, how.c_str());
}

void print_versions(const std::vector<std::string>& programs) {
  for (const std::string& path : programs)
    if (!path.empty()) std::printf("%s\n", Process({path, "--version"}).read_line().c_str());
}

void check_values(const std::string& name, double a, double b, double tolerance) {
  if (std::abs(a - b) <= tolerance * std::abs(a)) return;
  std::printf("DIFFERENT RESULTS for %s: %.9g and %.9g\n", name.c_str(), a, b);
}

}  // namespace bench
