//===- Regex.h - a regular expression as a table --------------------------===//
//
// The syntax is RE2's, in UTF-8. Regex.cpp reads it, RegexAutomaton.cpp makes it
// an automaton over bytes that accepts whole texts, RegexMinimize.cpp the smallest
// such one. What only a backtracking
// engine has, back references and looking around, RE2 has not either.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_REGEX_H
#define COIL_PASSES_LEGALIZE_REGEX_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace coil {

/// Bytes that no state tells apart are of one class. A state is a row of `width`
/// entries: for each class the next state, or -1; last, whether a text may end
/// here. It begins with state 0.
struct Automaton {
  std::vector<int8_t> classes; // of each byte
  std::vector<int32_t> moves;
  int64_t width = 0;
};

/// Nothing, and the reason as the end of a sentence about the pattern.
std::optional<Automaton> compileRegex(llvm::StringRef pattern, std::string &reason);

namespace regex {

constexpr uint32_t kLastRune = 0x10ffff;
using Ranges = llvm::SmallVector<std::pair<uint32_t, uint32_t>>; // first and last character

/// What is asked of a place between two characters.
enum class Place { TextBegin, TextEnd, LineBegin, LineEnd, WordEdge, NoWordEdge };

struct Node {
  enum Kind { Sequence, Choice, Set, AnyByte, Repeat, At } kind;
  std::vector<std::unique_ptr<Node>> parts;
  Ranges ranges;
  int min = 0, max = -1; // of Repeat; -1 is without end
  Place place = Place::TextBegin;
};
using Tree = std::unique_ptr<Node>;

/// The automaton with the fewest states, and with the fewest classes for them.
void minimize(Automaton &automaton);

Tree parse(llvm::StringRef pattern, std::string &reason);
/// Sorted and disjoint.
Ranges normalized(Ranges ranges);
Ranges complement(Ranges ranges);

} // namespace regex
} // namespace coil

#endif // COIL_PASSES_LEGALIZE_REGEX_H
