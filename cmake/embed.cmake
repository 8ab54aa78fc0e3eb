# cmake -DOUTPUT=page_files.cc -DFOLDER=src/intake/page -DHEADER=intake/page_files.h -DNAMESPACE=rekey::intake
#       -DFILES=a.html;b.js -P embed.cmake
#
# Writes each file as a constant, kAHtml, so that the binary needs nothing beside it. The bytes go in
# as hexadecimal escapes, a literal of its own for each line: no content can end a literal early.
set(text "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n")
foreach(file ${FILES})
  string(REGEX MATCHALL "[^._-]+" words "${file}")
  set(name "k")
  foreach(word ${words})
    string(SUBSTRING "${word}" 0 1 first)
    string(SUBSTRING "${word}" 1 -1 rest)
    string(TOUPPER "${first}" first)
    string(APPEND name "${first}${rest}")
  endforeach()
  file(READ "${FOLDER}/${file}" bytes HEX)
  string(REGEX REPLACE "(................................................................)" "\\1\n" lines "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" lines "${lines}")
  string(REGEX REPLACE "\n" "\"\n    \"" lines "${lines}")
  string(APPEND text "\nconst std::string_view ${name} =\n    \"${lines}\";\n")
endforeach()
file(WRITE "${OUTPUT}" "${text}\n}  // namespace ${NAMESPACE}\n")
