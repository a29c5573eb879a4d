// A small GPT that learns to spell numbers, from lines such as "417 is four hundred and seventeen."
#include <fstream>
#include <iostream>
#include <sstream>

#include <examples/arguments.hpp>
#include <examples/gpt.hpp>
#include <examples/report.hpp>

namespace {

using namespace xgrad;

/// How many of the first sentences of a text the model ends as they end there.
double share_right(const examples::TrainedGpt& model, const std::string& text, int count) {
  std::istringstream lines(text);
  int right = 0;
  std::string line;
  for (int i = 0; i < count && std::getline(lines, line); ++i) {
    const std::string question = line.substr(0, line.find(" is ") + 4);
    right += examples::continue_text(model, question, 80) == line + "\n" ? 1 : 0;
  }
  return right / static_cast<double>(count);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_example(argc, argv, {}, [](const examples::Arguments& arguments) {
    const examples::Numbers numbers = examples::numbers_in_words(1);
    const double entropy = examples::unigram_entropy(numbers.train);
    examples::Report report("A small GPT that spells numbers");
    const auto model = examples::train_gpt(numbers.train, numbers.test, {.steps = arguments.brief ? 100 : 1500});
    report.note("entropy of a character, from frequencies", entropy);
    report.note("loss of held-out numbers, at the start", model.progress.front().test_loss);
    report.at_most("the same, in the end", model.progress.back().test_loss, (arguments.brief ? 0.6 : 0.2) * entropy);
    if (!arguments.brief)
      report.at_least("share of 200 held-out numbers that are spelt right", share_right(model, numbers.test, 200), 0.9);
    report.seconds();
    std::istringstream lines(numbers.test);
    std::string line;
    for (int i = 0; i < 3 && std::getline(lines, line); ++i)
      std::cout << examples::continue_text(model, line.substr(0, line.find(" is ") + 4), 80);
    return report.exit_code();
  });
}
