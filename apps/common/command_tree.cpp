#include <apps/common/command_tree.hpp>

namespace xgrad::apps {

std::vector<const CLI::App*> subcommands(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> subcommand_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* below : subcommands(command)) names.push_back(below->get_name());
  return names;
}

const CLI::App& root_of(const CLI::App& command) {
  const CLI::App* root = &command;
  while (root->get_parent()) root = root->get_parent();
  return *root;
}

std::vector<std::string> path_of(const CLI::App& command) {
  std::vector<std::string> path;
  for (const CLI::App* app = &command; app->get_parent(); app = app->get_parent())
    path.insert(path.begin(), app->get_name());
  return path;
}

const CLI::App& called(const CLI::App& root) {
  const CLI::App* command = &root;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
  return *command;
}

}  // namespace xgrad::apps
