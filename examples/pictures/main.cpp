// Draws the pictures of docs/examples.md; scripts/draw-examples runs it.
#include <fmt/format.h>

#include <autograd/error.hpp>
#include <examples/arguments.hpp>
#include <examples/pictures/pictures.hpp>

int main(int argc, char** argv) {
  using namespace xgrad;
  const std::vector<examples::Option> options = {{"--out", "DIR", "where to, the current folder by default"},
                                                 {"--only", "NAME", "one picture, such as vae"}};
  return examples::run_example(argc, argv, options, [](const examples::Arguments& arguments) {
    const std::filesystem::path folder = arguments.value("--out");
    const std::string only = arguments.value("--only");
    int drawn = 0;
    for (const auto& [name, draw] : examples::pictures()) {
      if (!only.empty() && name != only) continue;
      draw(folder / ("example-" + name), arguments.brief);
      fmt::print("example-{}\n", name);
      ++drawn;
    }
    if (drawn == 0) fail("draw_examples", "no picture '" + only + "'");
    return 0;
  });
}
