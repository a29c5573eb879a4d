// A network learns to balance poles on carts, from trials only.
#include <examples/arguments.hpp>
#include <examples/policy_gradient.hpp>
#include <examples/report.hpp>

int main(int argc, char** argv) {
  using namespace xgrad;
  return examples::run_example(argc, argv, {}, [](const examples::Arguments& arguments) {
    examples::Report report("Policy gradient with a baseline: poles on carts, at most 500 steps");
    const auto trained = examples::train_policy({.updates = arguments.brief ? 25 : 100});
    report.note("mean steps of 16 episodes, at the start", trained.lengths.front());
    report.at_least("the same, in the end", trained.lengths.back(), arguments.brief ? 100 : 450);
    report.seconds();
    return report.exit_code();
  });
}
