// A network that knows digits 0 to 4 learns 5 to 9 from a few images.
#include <examples/arguments.hpp>
#include <examples/digits.hpp>
#include <examples/fine_tuning.hpp>
#include <examples/report.hpp>

int main(int argc, char** argv) {
  using namespace xgrad;
  const examples::Option mnist = {"--mnist", "DIR", "MNIST's digits in place of drawn ones"};
  return examples::run_example(argc, argv, {mnist}, [](const examples::Arguments& arguments) {
    const auto [train, test] =
        examples::digits(arguments.value("--mnist"), arguments.brief ? 4000 : 20000, arguments.brief ? 2000 : 4000);
    examples::Report report("Digits 5 to 9 from a few images, after many of digits 0 to 4");
    const auto pretrained = examples::pretrain(examples::digits_between(train, 0, 4));
    const examples::Images known = examples::digits_between(test, 0, 4), others = examples::digits_between(test, 5, 9);
    report.note("accuracy on digits 0 to 4", nn::accuracy(pretrained(known.images), known.labels).item());

    const examples::Images many = examples::digits_between(train, 5, 9);
    for (const int count : arguments.brief ? std::vector{5} : std::vector{5, 10, 20, 50}) {
      const auto reached = examples::fine_tune(pretrained, examples::few_of_each(many, 5, count), others);
      const std::string of_each = std::to_string(count) + " of each: ";
      report.note(of_each + "from scratch", reached.from_scratch);
      report.note(of_each + "a new head on the pretrained body", reached.head_only);
      report.at_least(of_each + "the head, then all of it", reached.fine_tuned, reached.from_scratch);
    }
    report.seconds();
    return report.exit_code();
  });
}
