// In: the text of a file in JSON that the user wrote. Out: its value, or an
// error in words, however deep the text nests.

#include "lib/import/Json.h"

using namespace llvm;

namespace coil {

static constexpr int mostNested = 64;

/// Whether more lists and objects are open at once, outside of strings. What is
/// no JSON the parser tells.
static bool isTooDeep(StringRef text) {
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString && c == '\\')
      ++i; // the next byte does not end the string
    else if (c == '"')
      inString = !inString;
    else if (!inString && (c == '[' || c == '{') && ++depth > mostNested)
      return true;
    else if (!inString && (c == ']' || c == '}'))
      --depth;
  }
  return false;
}

Expected<json::Value> parseJson(StringRef text) {
  if (isTooDeep(text))
    return createStringError("nested too deep, at most " + Twine(mostNested) +
                             " lists and objects in one another are expected");
  return json::parse(text);
}

} // namespace coil
