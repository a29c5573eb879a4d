#pragma once

#include <string>
#include <vector>

/// Tables in Markdown, and what they say of the machine.
namespace bench {

/// The path of a program in the build folder of this one; empty where it was not built.
std::string beside(const std::string& program);

/// A number by a format of printf; nothing for NaN.
std::string number(double value, const char* format = "%.2f");

void print_row(const std::vector<std::string>& cells);
/// An empty line, the names of the columns, and the line below them.
void print_head(const std::vector<std::string>& cells);

/// The processor, its cores, the load and the date, in front of a text that says how it was measured.
void print_machine(const std::string& how);
/// What each of these programs says of itself, asked with --version; empty paths are left out.
void print_versions(const std::vector<std::string>& programs);

/// Says so where two sides did not compute the same, to a relative tolerance.
void check_values(const std::string& name, double a, double b, double tolerance);

}  // namespace bench
