// Two networks against each other: one learns to make points as those of two moons.
#include <cmath>

#include <data/toy.hpp>
#include <examples/arguments.hpp>
#include <examples/energy_distance.hpp>
#include <examples/gan.hpp>
#include <examples/report.hpp>

int main(int argc, char** argv) {
  using namespace xgrad;
  return examples::run_example(argc, argv, {}, [](const examples::Arguments& arguments) {
    const Tensor points = data::make_moons({.n_samples = 2000, .noise = 0.05, .seed = 1}).all().data;
    const Tensor others = data::make_moons({.n_samples = 2000, .noise = 0.05, .seed = 2}).all().data;
    examples::Report report("A GAN with gradient penalty, of two moons");

    std::vector<double> distances, slopes;
    const auto progress = [&](const examples::GanProgress& now, const examples::Gan& gan) {
      distances.push_back(examples::energy_distance(gan.sample(2000), others).item());
      slopes.push_back(now.slope_norm);
    };
    examples::train_gan(points, {.steps = arguments.brief ? 500 : 3000}, progress);
    report.note("distance of two sets of moons", examples::energy_distance(points, others).item());
    report.note("distance of generated points, at the start", distances.front());
    report.at_most("the same, in the end", distances.back(), arguments.brief ? 0.1 : 0.01);
    report.note("the critic's slope, at the start", slopes.front());
    report.note("the same, in the end", slopes.back());
    report.at_most("its distance from 1", std::abs(slopes.back() - 1), 0.25);
    report.seconds();
    return report.exit_code();
  });
}
