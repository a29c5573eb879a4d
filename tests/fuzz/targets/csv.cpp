// Tables of text. The first byte chooses among options.
#include <array>

#include <data/csv.hpp>

#include "data/files.hpp"
#include "fuzz/target.hpp"

namespace xgrad::fuzz {
namespace {

std::array<data::CsvOptions, 5> forms() {
  std::array<data::CsvOptions, 5> all;
  for (data::CsvOptions& options : all) options.max_bytes = 4 << 20;
  all[1].separator = ';';
  all[1].comment = '#';
  all[1].fill = data::CsvStatistic::mean;
  all[2].separator = '\t';
  all[2].quote.reset();
  all[2].header = false;
  all[2].fill = Number(0);
  all[3].types = {{"a", data::CsvType::text}, {"b", data::CsvType::number}};
  all[3].fill = std::string("none");
  all[3].number_dtype = float64;
  all[4].names = {"a", "b"};
  all[4].categories = {{"b", {"no", "yes"}}};
  all[4].types = {{"a", data::CsvType::integer}};
  return all;
}

void run(std::string_view bytes) {
  static const std::array<data::CsvOptions, 5> all = forms();
  if (bytes.empty()) return;
  const data::CsvOptions& options = all[static_cast<unsigned char>(bytes.front()) % all.size()];
  reads(bytes.substr(1), [&](const auto& path) {
    const data::CsvTable table = data::read_csv(path, options);
    for (const data::CsvTable::Column& column : table.columns()) {
      const std::vector<double> values = column.values.to_vector<double>();
      if (std::ssize(values) != table.rows()) found("a column of another length");
      if (column.type != data::CsvType::text) continue;
      for (const double code : values)
        if (code < 0 || code >= static_cast<double>(column.categories.size())) found("a code of no text");
    }
  });
}

std::vector<std::string> seeds() {
  std::vector<std::string> list;
  const char* const tables[] = {
      "sepal,petal,species\n5.1,1.4,setosa\n4.9,,\"virgi\"\"nica\"\r\n7,2,setosa\n",
      "a;b;c\n# a note\n1;2;x\n3;;y\n\n;5;\"z;\n\"\n",
      "1\t2.5\t-3e300\n9223372036854775808\tNaN\t0x1\n",
      "a,b\nx,1e-320\n,1.7976931348623157e308\nNA,NULL\n",
      "\xef\xbb\xbf\x61,b\n1,no\n-2,yes\n",
  };
  for (std::size_t i = 0; i < std::size(tables); ++i) list.push_back(static_cast<char>(i) + std::string(tables[i]));
  const std::string table = tables[0];
  const test::Bytes packed = test::gzip({table.begin(), table.end()});
  list.push_back('\0' + std::string(packed.begin(), packed.end()));
  std::string wide = {'\2'};
  for (int i = 0; i < 200; ++i) wide += "1\t";
  std::string tall = {'\0', 'a', ',', 'b', '\n'};
  for (int i = 0; i < 50'000; ++i) tall += std::to_string(i) + ",x\n";
  list.push_back(tall);
  list.push_back(wide + "\n" + wide.substr(1));
  return list;
}

const Registered target({.name = "csv", .run = run, .seeds = seeds});

}  // namespace
}  // namespace xgrad::fuzz
