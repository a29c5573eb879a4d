# The list of scripts/list-functions to the files that scripts/generate-members names, under `out`.
#
# Options come after the class: a parameter of such a type has no default value, and a second overload leaves it out.
# Where the options are a single bool, a third one takes a Flag.

BEGIN {
  FS = "\t"
  members = out "/autograd/members.hpp"
  definitions = out "/autograd/members_definitions.hpp"
  flags = out "/autograd/ops/flags.hpp"
  flag_definitions = out "/autograd/ops/flags.cpp"
  calls = out "/tests/autograd/members_list.hpp"
  also["cast"] = "to"
  also["reshape"] = "view"
  also["at"] = "index"
}

# What parameters are called, and their types: "const Axes& axes = {}" has the name "axes", the type "const Axes&" and
# the value "{}".
function value_of(parameter) { return index(parameter, "=") ? substr(parameter, index(parameter, "=") + 2) : "" }
function declared(parameter) { sub(/ *=.*$/, "", parameter); return parameter }
function name_of(parameter) { parameter = declared(parameter); sub(/^.*[ &*]/, "", parameter); return parameter }
function type_of(parameter) {
  parameter = declared(parameter)
  return substr(parameter, 1, length(parameter) - length(name_of(parameter)) - (parameter ~ /[&*][a-z]/ ? 0 : 1))
}
function plain(type) { gsub(/const |[ &*]/, "", type); return type }

# A member has the name std, so that the namespace is named in full. An operand that is left out is of a type that
# depends on Self: Operand itself is incomplete there, and Clang looks at once.
function in_class(text) {
  gsub(/std::/, "::std::", text)
  gsub(/const Operand& [a-z_]+ = [{][}]/, "&NoOperand()", text)
  gsub(/[{][}]NoOperand/, "NoOperand", text)
  return text
}

# The names of declared parameters: "a, b" of "const std::pair<int, int>& a, int b".
function names_of(parameters,   pieces, n, i, open, names) {
  n = split(parameters, pieces, ", ")
  open = 0
  names = ""
  for (i = 1; i <= n; ++i) {
    open += gsub(/</, "<", pieces[i]) - gsub(/>/, ">", pieces[i])
    if (!open) names = names (names == "" ? "" : ", ") name_of(pieces[i])
  }
  return names
}

function emit(result, name, function_name, parameters, arguments,   comma) {
  if ((name, parameters) in emitted) return
  emitted[name, parameters] = 1
  comma = parameters == "" ? "" : ", "
  declarations = declarations sprintf("  %s %s(%s%sMemberCall call = SourceLocation::current()) const;\n",
                                      in_class(result), name, in_class(parameters), comma)
  gsub(/ = [^,]*(, *|$)/, ", ", parameters)
  sub(/, $/, "", parameters)
  bodies = bodies sprintf("template <class Self>\n%s Members<Self>::%s(%s%sMemberCall call) const {\n" \
                          "  return xgrad::%s(Operand(self(), call)%s);\n}\n", result, name, parameters, comma,
                          function_name, arguments)
  listed_calls = listed_calls sprintf("XGRAD_MEMBER(%s, (const Tensor& self%s%s), (%s), (xgrad::%s(self%s)))\n", name,
                                      comma, parameters, names_of(parameters), function_name, arguments)
}

$1 == "struct" && NF == 4 && $4 ~ /^bool / { flag[$3] = name_of($4) }
$1 == "struct" && $3 !~ /^(Slice|NewAxis|Ellipsis)$/ { late[$3] = "struct" }
$1 == "enum" { late[$3] = "enum class" }

$1 == "function" {
  functions[++count] = $0
  functions_by_name[$4] = 1
}

function member(fields, n, name,   i, k, all, without, given, with_flag, without_values, given_all, type) {
  k = 0
  all = without = given = without_values = ""
  for (i = 6; i <= n; ++i) {
    type = plain(type_of(fields[i]))
    used[type] = 1
    if (!k && value_of(fields[i]) != "" && type in late) {
      k = i
      without = all
      given = given_all
    }
    all = all (all == "" ? "" : ", ") fields[i]
    without_values = without_values (without_values == "" ? "" : ", ") declared(fields[i])
    given_all = given_all ", " name_of(fields[i])
  }
  used[plain(fields[3])] = 1
  if (!k) {
    emit(fields[3], name, fields[4], all, given_all)
  } else {
    emit(fields[3], name, fields[4], without, given)
    emit(fields[3], name, fields[4], without_values, given_all)
    type = plain(type_of(fields[k]))
    if (type in flag && k == n) {
      with_flag = without_values
      sub(/[^,]*$/, (k == 6 ? "" : " ") "Flag " flag[type], with_flag)
      emit(fields[3], name, fields[4], with_flag, given ", " type "{" flag[type] "}")
    }
  }
  # Numbers in place of a list: x.reshape(2, 3).
  if (n == 6 && fields[6] ~ /^(const NewShape& shape|const std::vector<int>& order)$/ && fields[4] != "transpose") {
    type = fields[6] ~ /NewShape/ ? "std::int64_t" : "int"
    all = type " n0"
    given_all = "n0"
    for (i = 1; i < 6; ++i) {
      all = all ", " type " n" i
      given_all = given_all ", n" i
      emit(fields[3], name, fields[4], all, ", {" given_all "}")
    }
  }
}

function free_flags(fields, n,   i, type, parameters, arguments, rest, given) {
  type = plain(type_of(fields[n]))
  parameters = arguments = ""
  if (!(type in flag) || value_of(fields[n]) == "") return
  for (i = 5; i < n; ++i) {
    parameters = parameters declared(fields[i]) ", "
    arguments = arguments name_of(fields[i]) ", "
  }
  rest = parameters
  given = arguments
  sub(/^[^,]*, /, "", rest)
  sub(/^[^,]*, /, "", given)
  type_and_value = type "{" flag[type] "}"
  overloads = overloads sprintf("%s %s(%sFlag %s);\n", fields[3], fields[4], parameters, flag[type])
  overload_bodies = overload_bodies sprintf("%s %s(%sFlag %s) { return %s(%s%s); }\n", fields[3], fields[4], parameters,
                                            flag[type], fields[4], arguments, type_and_value)
  listed_flags = listed_flags sprintf("XGRAD_FLAG((const Tensor& self, %sFlag %s), (xgrad::%s(self, %s%s)), " \
                                      "(xgrad::%s(self, %s%s)))\n", rest, flag[type], fields[4], given, flag[type],
                                      fields[4], given, type_and_value)
}

END {
  for (f = 1; f <= count; ++f) {
    n = split(functions[f], fields, "\t")
    free_flags(fields, n)
    if (fields[5] !~ /^const Operand& [xa]$/ || fields[4] ~ /_like$/) continue
    member(fields, n, fields[4])
    if (fields[4] in also && !(also[fields[4]] in functions_by_name)) member(fields, n, also[fields[4]])
  }

  number = declarations ~ /[<( ]Number[> ]/ ? "#include <autograd/number.hpp>\n" : ""
  generated = "// Written by scripts/generate-members from the declarations of the operations. Change those and run it again.\n" \
              "// clang-format off\n"
  public = "#pragma GCC visibility push(default)\n"
  private = "#pragma GCC visibility pop\n"
  printf "%s", generated "#pragma once\n\n#include <cstdint>\n#include <initializer_list>\n#include <optional>\n" \
    "#include <utility>\n#include <vector>\n\n#include <autograd/call_site.hpp>\n#include <autograd/dtype.hpp>\n" \
    number "#include <autograd/shape.hpp>\n\n" public "namespace xgrad {\n\nclass Index;\nclass Operand;\nclass Tensor;\nstruct Slice;\n" > members
  # In the order of their names, whatever order awk has.
  names = 0
  for (type in late) if (type in used) sorted[++names] = type
  for (i = 2; i <= names; ++i)
    for (j = i; j > 1 && sorted[j - 1] > sorted[j]; --j) {
      swap = sorted[j]
      sorted[j] = sorted[j - 1]
      sorted[j - 1] = swap
    }
  for (i = 1; i <= names; ++i) printf "%s %s;\n", late[sorted[i]], sorted[i] > members
  printf "%s", "\nnamespace detail {\n/// A type that is complete where a member is called, not yet where it is declared.\n" \
    "template <class Type, class Self>\nstruct Complete {\n  using type = Type;\n};\n}  // namespace detail\n" \
    "\n/// The operations as members of a class that is, or converts to, a Tensor: x.sum(0) is sum(x, 0), with the same\n" \
    "/// parameters and defaults, and is described where that is (ops.hpp). Beside them stand PyTorch's names to (cast), view\n" \
    "/// (reshape), detach (stop_gradient) and index (at), T() for transpose(), and NumPy's x[...] for at().\n" \
    "template <class Self>\nclass Members {\n" \
    "  using NoOperand = typename detail::Complete<Operand, Self>::type;\n\n public:\n" \
    "  /// One index: x[0] and x[-1] are without the first axis, x[Slice{1, 3}] is a range, x[mask] and x[indices] choose.\n" \
    "  /// The result is a tensor of its own: `x[0] = y` does not compile. See index_put().\n" \
    "  Tensor operator[](const Index& index) const;\n" \
    "  /// Several: x[{0, 2}], x[{ellipsis, Slice{1, 3}}].\n" \
    "  Tensor operator[](::std::initializer_list<Index> indices) const;\n\n" \
    "  Tensor T(MemberCall call = SourceLocation::current()) const;\n\n" > members
  printf "%s", declarations "\n private:\n  const Self& self() const noexcept { return static_cast<const Self&>(*this); }\n};\n\n" \
    "}  // namespace xgrad\n" private > members

  printf "%s", generated "#pragma once\n\n#include <autograd/ops.hpp>\n\n" public "namespace xgrad {\n\ntemplate <class Self>\n" \
    "Tensor Members<Self>::operator[](const Index& index) const {\n" \
    "  return xgrad::at(Operand(self(), index.call()), {index});\n}\n" \
    "template <class Self>\nTensor Members<Self>::operator[](std::initializer_list<Index> indices) const {\n" \
    "  const CallSite call = indices.size() == 0 ? CallSite() : indices.begin()->call();\n" \
    "  return xgrad::at(Operand(self(), call), indices);\n}\n" \
    "template <class Self>\nTensor Members<Self>::T(MemberCall call) const {\n" \
    "  return xgrad::transpose(Operand(self(), call));\n}\n\n" bodies "\n}  // namespace xgrad\n" private > definitions

  printf "%s", generated "// Included in the middle of members_test.cpp: each member, and the function that it stands for; and\n" \
    "// each function that takes a bool for options of a single one.\n" listed_calls listed_flags > calls

  printf "%s", generated "#pragma once\n\n#include <cstdint>\n#include <optional>\n\n#include <autograd/operand.hpp>\n\n" public \
    "/// Options of a single bool, given as that: sum(x, 0, true) is sum(x, 0, {.keepdims = true}).\n" \
    "namespace xgrad {\n\n" overloads "\n}  // namespace xgrad\n" private > flags
  printf "%s", generated "#include <autograd/ops.hpp>\n\nnamespace xgrad {\n\n" overload_bodies \
    "\n}  // namespace xgrad\n" > flag_definitions
}
