#include <apps/activation_stats/command.hpp>
#include <apps/batchnorm_study/command.hpp>
#include <apps/common/program.hpp>
#include <apps/mnist/command.hpp>
#include <apps/text/command.hpp>
#include <apps/xgrad/completion.hpp>
#include <apps/xgrad/info.hpp>
#include <autograd/run/build_info.hpp>

int main(int argc, char** argv) {
  using namespace xgrad::apps;
  return run_program("xgrad", [&] {
    Commands commands("xgrad", "Trains networks, shows what batch normalization does, and tells about this library.",
                      xgrad::version());
    add_study_commands(commands);
    add_activations_command(commands);
    add_mnist_commands(commands);
    add_text_commands(commands);
    add_info_command(commands);
    add_completion_command(commands);
    return commands.run(argc, argv);
  });
}
