# cmake -DFOLDER=apps/common/page -DOUTPUT=page_files.cpp -P embed_page.cmake: writes a C++ file that defines
# what apps/common/page_files.hpp declares. Scripts are modules of their own in the folder; here they become one, without
# their imports and exports.
function(read_script result)
  set(script "")
  foreach(name IN LISTS ARGN)
    file(READ ${FOLDER}/${name}.mjs text)
    string(REGEX REPLACE "import [^;]*;\n" "" text "${text}")
    string(REGEX REPLACE "(^|\n)export " "\\1" text "${text}")
    string(APPEND script "${text}")
  endforeach()
  set(${result} "${script}" PARENT_SCOPE)
endfunction()

set(parts numbers elements stage panel axes lines heat histograms figure)
read_script(report ${parts} main)
read_script(live ${parts} live)
file(READ ${FOLDER}/page.css style)

file(WRITE ${OUTPUT} "#include <apps/common/page_files.hpp>\n\nnamespace xgrad::apps::page_files {\n\n")
foreach(name IN ITEMS style report_script live_script)
  string(REPLACE "_script" "" variable ${name})
  file(APPEND ${OUTPUT} "const std::string_view ${name} = R\"page(${${variable}})page\";\n\n")
endforeach()
file(APPEND ${OUTPUT} "}  // namespace xgrad::apps::page_files\n")
