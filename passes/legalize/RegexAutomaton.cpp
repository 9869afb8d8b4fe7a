//===- RegexAutomaton.cpp - from a tree to a table of states --------------===//
//
// In three steps: instructions that go several ways at once (Thompson's), over
// bytes, since texts are UTF-8; sets of them as the states of a deterministic
// automaton; equal states, and bytes that are told apart nowhere, as one.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/Regex.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <array>
#include <map>

namespace coil {
namespace regex {
namespace {

constexpr size_t kMostInstructions = 1 << 16;
constexpr size_t kMostStates = 1 << 14;

struct Instruction {
  enum Kind { Byte, Fork, At, Match } kind;
  int next = -1, other = -1; // `other` of Fork
  uint8_t low = 0, high = 0; // of Byte
  Place place = Place::TextBegin;
};

/// Code is made from its end: each node knows what comes after it.
class Assembler {
public:
  std::vector<Instruction> code;

  /// Where a text that matches `node` and then goes on at `next` begins; -1 when
  /// the code is too long.
  int emit(const Node &node, int next) {
    if (code.size() > kMostInstructions)
      return -1;
    switch (node.kind) {
    case Node::Sequence:
      for (auto &part : llvm::reverse(node.parts))
        if (next >= 0)
          next = emit(*part, next);
      return next;
    case Node::Choice: {
      int at = -1;
      for (auto &part : llvm::reverse(node.parts)) {
        int way = emit(*part, next);
        if (way < 0)
          return -1;
        at = at < 0 ? way : add({Instruction::Fork, way, at});
      }
      return at;
    }
    case Node::Set: return emitSet(node.ranges, next);
    case Node::AnyByte: return add({Instruction::Byte, next, -1, 0, 255});
    case Node::At: return add({Instruction::At, next, -1, 0, 0, node.place});
    case Node::Repeat: return emitRepeat(node, next);
    }
    return -1;
  }
  int add(Instruction instruction) {
    code.push_back(instruction);
    return code.size() - 1;
  }

private:
  int emitRepeat(const Node &node, int next) {
    const Node &part = *node.parts.front();
    int at = next;
    if (node.max < 0) { // a loop, and `min` times before it
      at = add({Instruction::Fork, -1, next});
      int body = emit(part, at);
      if (body < 0)
        return -1;
      code[at].next = body;
    }
    for (int i = std::max(node.min, node.max); i > 0 && at >= 0; --i) {
      int body = emit(part, at);
      if (body < 0)
        return -1;
      at = i > node.min ? add({Instruction::Fork, body, next}) : body;
    }
    return at;
  }

  /// No byte can follow where a set is empty.
  int emitSet(const Ranges &ranges, int next) {
    int at = -1;
    for (auto [first, last] : ranges)
      emitRange(first, last, next, at);
    return at < 0 ? add({Instruction::Byte, next, -1, 1, 0}) : at;
  }

  static int encode(uint32_t c, uint8_t *bytes) {
    if (c < 0x80)
      return bytes[0] = c, 1;
    int length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (int i = length - 1; i > 0; --i, c >>= 6)
      bytes[i] = 0x80 | (c & 0x3f);
    bytes[0] = (0xf00 >> length) | c;
    return length;
  }

  /// Cuts a range so that each part is one range for each of its bytes.
  void emitRange(uint32_t first, uint32_t last, int next, int &at) {
    for (uint32_t limit : {0x7fu, 0x7ffu, 0xffffu})
      if (first <= limit && limit < last)
        return emitRange(first, limit, next, at), emitRange(limit + 1, last, next, at);
    for (int i = 1; last >= 0x80 && i < 4; ++i) {
      uint32_t low = (1u << 6 * i) - 1;
      if ((first & ~low) == (last & ~low))
        continue;
      if (first & low)
        return emitRange(first, first | low, next, at), emitRange((first | low) + 1, last, next, at);
      if ((last & low) != low)
        return emitRange(first, (last & ~low) - 1, next, at), emitRange(last & ~low, last, next, at);
    }
    uint8_t low[4], high[4];
    int length = encode(first, low), way = next;
    encode(last, high);
    for (int i = length - 1; i >= 0; --i)
      way = add({Instruction::Byte, way, -1, low[i], high[i]});
    at = at < 0 ? way : add({Instruction::Fork, way, at});
  }
};

/// What lies on one side of a place.
enum Side { Edge, Newline, Word, Other }; // Edge: begin or end of the text

Side sideOf(uint8_t byte) {
  return byte == '\n' ? Newline : llvm::isAlnum(byte) || byte == '_' ? Word : Other;
}

bool holds(Place place, Side before, Side after) {
  switch (place) {
  case Place::TextBegin: return before == Edge;
  case Place::TextEnd: return after == Edge;
  case Place::LineBegin: return before == Edge || before == Newline;
  case Place::LineEnd: return after == Edge || after == Newline;
  case Place::WordEdge: return (before == Word) != (after == Word);
  case Place::NoWordEdge: return (before == Word) == (after == Word);
  }
  return false;
}

class Determinizer {
public:
  explicit Determinizer(llvm::ArrayRef<Instruction> code) : code(code) {
    hasPlaces = llvm::any_of(code, [](const Instruction &i) { return i.kind == Instruction::At; });
  }

  std::optional<Automaton> run(int start) {
    makeClasses();
    automaton.width = representatives.size() + 1;
    stateOf({{start}, Edge});
    for (size_t i = 0; i < states.size(); ++i) {
      if (states.size() > kMostStates)
        return std::nullopt;
      makeRow(i);
    }
    minimize();
    mergeClasses();
    return std::move(automaton);
  }

private:
  template <typename T> using ArrayRef = llvm::ArrayRef<T>;
  /// Instructions to go on with, and what was before them if any asks.
  using State = std::pair<std::vector<int>, Side>;

  void makeClasses() {
    std::array<bool, 257> begins{};
    begins[0] = true;
    for (const Instruction &i : code)
      if (i.kind == Instruction::Byte && i.low <= i.high)
        begins[i.low] = begins[i.high + 1] = true;
    for (int byte = 1; hasPlaces && byte < 256; ++byte)
      begins[byte] = begins[byte] || sideOf(byte) != sideOf(byte - 1);
    for (int byte = 0; byte < 256; ++byte) {
      if (begins[byte])
        representatives.push_back(byte);
      automaton.classes.push_back(representatives.size() - 1);
    }
  }

  int stateOf(State state) {
    auto [entry, isNew] = numbers.try_emplace(state, states.size());
    if (isNew)
      states.push_back(std::move(state));
    return entry->second;
  }

  /// All that can be reached without a byte. With `after` unknown, places stay.
  std::vector<int> reached(ArrayRef<int> from, Side before, std::optional<Side> after) {
    std::vector<bool> seen(code.size());
    std::vector<int> stack(from.begin(), from.end()), result;
    while (!stack.empty()) {
      int at = stack.back();
      stack.pop_back();
      if (seen[at])
        continue;
      seen[at] = true;
      const Instruction &i = code[at];
      if (i.kind == Instruction::Fork)
        stack.insert(stack.end(), {i.next, i.other});
      else if (i.kind == Instruction::At && after) {
        if (holds(i.place, before, *after))
          stack.push_back(i.next);
      } else
        result.push_back(at);
    }
    llvm::sort(result);
    return result;
  }

  void makeRow(size_t number) {
    State state = states[number]; // `states` grows
    std::array<std::vector<int>, 4> ways;
    for (int side = Edge; side <= Other; ++side)
      ways[side] = reached(state.first, state.second, Side(side));
    for (uint8_t byte : representatives) {
      Side side = sideOf(byte);
      std::vector<int> next;
      for (int at : ways[side])
        if (const Instruction &i = code[at]; i.kind == Instruction::Byte && i.low <= byte && byte <= i.high)
          next.push_back(i.next);
      next = reached(next, Other, std::nullopt);
      automaton.moves.push_back(next.empty() ? -1 : stateOf({std::move(next), hasPlaces ? side : Other}));
    }
    automaton.moves.push_back(llvm::any_of(ways[Edge], [&](int at) { return code[at].kind == Instruction::Match; }));
  }

  /// States are equal that accept alike and go to equal ones; by refinement of
  /// the guess that all are.
  void minimize() {
    size_t width = automaton.width, count = states.size();
    std::vector<int32_t> group(count, 0);
    for (size_t groups = 1;;) {
      std::map<std::vector<int32_t>, int32_t> known;
      std::vector<int32_t> refined(count);
      for (size_t s = 0; s < count; ++s) {
        std::vector<int32_t> row(automaton.moves.begin() + s * width, automaton.moves.begin() + (s + 1) * width);
        for (size_t c = 0; c + 1 < width; ++c)
          row[c] = row[c] < 0 ? -1 : group[row[c]];
        row.push_back(group[s]);
        refined[s] = known.try_emplace(row, known.size()).first->second;
      }
      group = std::move(refined);
      if (known.size() == groups)
        break;
      groups = known.size();
    }
    // Groups are numbered as they come up: that of state 0 is 0.
    std::vector<int32_t> rows;
    for (size_t s = 0, next = 0; s < count; ++s) {
      if (group[s] != int32_t(next))
        continue;
      ++next;
      for (size_t c = 0; c + 1 < width; ++c) {
        int32_t to = automaton.moves[s * width + c];
        rows.push_back(to < 0 ? -1 : group[to]);
      }
      rows.push_back(automaton.moves[s * width + width - 1]);
    }
    automaton.moves = std::move(rows);
  }

  /// Intervals of bytes that lead to the same states everywhere are one class.
  void mergeClasses() {
    size_t width = automaton.width, rows = automaton.moves.size() / width;
    std::map<std::vector<int32_t>, int8_t> known;
    std::vector<std::vector<int32_t>> columns;
    std::vector<int8_t> merged;
    for (size_t c = 0; c + 1 < width; ++c) {
      std::vector<int32_t> column;
      for (size_t row = 0; row < rows; ++row)
        column.push_back(automaton.moves[row * width + c]);
      auto [entry, isNew] = known.try_emplace(column, columns.size());
      if (isNew)
        columns.push_back(std::move(column));
      merged.push_back(entry->second);
    }
    for (int8_t &c : automaton.classes)
      c = merged[uint8_t(c)];
    std::vector<int32_t> moves;
    for (size_t row = 0; row < rows; ++row) {
      for (auto &column : columns)
        moves.push_back(column[row]);
      moves.push_back(automaton.moves[(row + 1) * width - 1]);
    }
    automaton.moves = std::move(moves);
    automaton.width = columns.size() + 1;
  }

  ArrayRef<Instruction> code;
  bool hasPlaces;
  std::vector<uint8_t> representatives;
  std::map<State, int> numbers;
  std::vector<State> states;
  Automaton automaton;
};

} // namespace
} // namespace regex

std::optional<Automaton> compileRegex(llvm::StringRef pattern, std::string &reason) {
  regex::Tree tree = regex::parse(pattern, reason);
  if (!tree)
    return std::nullopt;
  regex::Assembler assembler;
  int start = assembler.emit(*tree, assembler.add({regex::Instruction::Match}));
  auto automaton = start < 0 ? std::nullopt : regex::Determinizer(assembler.code).run(start);
  if (!automaton)
    reason = "needs an automaton of more than " + std::to_string(regex::kMostStates) + " states";
  return automaton;
}

} // namespace coil
