// A variational autoencoder that learns to draw digits.
#include <examples/arguments.hpp>
#include <examples/digits.hpp>
#include <examples/energy_distance.hpp>
#include <examples/report.hpp>
#include <examples/vae.hpp>

int main(int argc, char** argv) {
  using namespace xgrad;
  const examples::Option mnist = {"--mnist", "DIR", "MNIST's digits in place of drawn ones"};
  return examples::run_example(argc, argv, {mnist}, [](const examples::Arguments& arguments) {
    const auto [train, test] = examples::digits(arguments.value("--mnist"), arguments.brief ? 4000 : 20000, 1000);
    examples::VaeOptions options;
    if (arguments.brief) options = {.batch = 50, .epochs = 6};
    examples::Report report("A variational autoencoder of digits");
    const auto [vae, train_elbo, test_elbo] = examples::train_vae(train, test, options);
    report.note("bound on a test image's log-likelihood, first epoch", test_elbo.front());
    report.at_least("the same, last epoch", test_elbo.back(), test_elbo.front() + 20);

    // The distance of images from the test images, along the directions in which those vary most.
    const Tensor real = test.all().images, axes = examples::principal_axes(real, 16);
    const auto distance = [&](const Tensor& a, const Tensor& b) {
      return examples::energy_distance(matmul(a, axes), matmul(b, axes)).item();
    };
    // Each pixel as dark as often as in the digits, whatever the others are.
    const Tensor mixed = gather(real, 0, argsort(rand_like(real), 0));
    report.note("distance of two halves of the test images",
                distance(real[Slice{.step = 2}], real[Slice{.start = 1, .step = 2}]));
    report.note("distance of pixels without relation from them", distance(mixed, real));
    report.at_most("distance of drawn images from them", distance(vae.sample(1000), real),
                   0.25 * distance(mixed, real));
    report.seconds();
    return report.exit_code();
  });
}
