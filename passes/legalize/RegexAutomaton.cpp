//===- RegexAutomaton.cpp - from a tree to a table of states --------------===//
//
// In three steps: instructions that go several ways at once (Thompson's), over
// bytes, since texts are UTF-8; sets of them as the states of a deterministic
// automaton; equal states, and bytes that are told apart nowhere, as one (that is
// RegexMinimize.cpp). Each has a limit, so that no pattern takes long: a set of
// instructions may be one of exponentially many.
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
constexpr size_t kMostVisits = 1 << 20; // of the tree; what is repeated is visited again
constexpr size_t kMostStates = 1 << 14;
constexpr size_t kMostSteps = 1 << 24; // from instruction to instruction, over all states and bytes

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
    if (code.size() > kMostInstructions || ++visits > kMostVisits)
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
  size_t visits = 0;

  int emitRepeat(const Node &node, int next) {
    const Node &part = *node.parts.front();
    int at = next;
    int times = std::max(node.min, node.max);
    if (node.max < 0) { // a loop, entered before its body or after it
      at = add({Instruction::Fork, -1, next});
      int body = emit(part, at);
      if (body < 0)
        return -1;
      code[at].next = body;
      if (times > 0)
        at = body, --times;
    }
    for (int i = times; i > 0; --i) {
      int body = emit(part, at);
      if (body < 0)
        return -1;
      if (body == at) // nothing, and so again
        break;
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
  explicit Determinizer(llvm::ArrayRef<Instruction> code) : code(code), seen(code.size()) {
    hasPlaces = llvm::any_of(code, [](const Instruction &i) { return i.kind == Instruction::At; });
  }

  std::optional<Automaton> run(int start, std::string &reason) {
    makeClasses();
    automaton.width = representatives.size() + 1;
    stateOf({{start}, Edge});
    for (size_t i = 0; i < states.size(); ++i) {
      if (states.size() > kMostStates)
        return reason = "needs an automaton of more than " + std::to_string(kMostStates) + " states", std::nullopt;
      if (steps > kMostSteps)
        return reason = "needs an automaton that takes more than " + std::to_string(kMostSteps) + " steps to make", std::nullopt;
      makeRow(i);
    }
    minimize(automaton);
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
    auto [entry, isNew] = numbers.try_emplace(std::move(state), states.size());
    if (isNew)
      states.push_back(&entry->first);
    return entry->second;
  }

  /// All that can be reached without a byte. With `after` unknown, places stay.
  std::vector<int> reached(ArrayRef<int> from, Side before, std::optional<Side> after) {
    ++search;
    std::vector<int> stack(from.begin(), from.end()), result;
    while (!stack.empty()) {
      int at = stack.back();
      stack.pop_back();
      if (seen[at] == search)
        continue;
      seen[at] = search;
      ++steps;
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
    const State &state = *states[number];
    std::array<std::vector<int>, 4> ways;
    for (int side = Edge; side <= Other; ++side)
      ways[side] = reached(state.first, state.second, Side(side));
    for (uint8_t byte : representatives) {
      Side side = sideOf(byte);
      std::vector<int> next;
      steps += ways[side].size() + 1;
      for (int at : ways[side])
        if (const Instruction &i = code[at]; i.kind == Instruction::Byte && i.low <= byte && byte <= i.high)
          next.push_back(i.next);
      next = reached(next, Other, std::nullopt);
      automaton.moves.push_back(next.empty() ? -1 : stateOf({std::move(next), hasPlaces ? side : Other}));
    }
    automaton.moves.push_back(llvm::any_of(ways[Edge], [&](int at) { return code[at].kind == Instruction::Match; }));
  }

  ArrayRef<Instruction> code;
  bool hasPlaces;
  std::vector<uint8_t> representatives;
  std::map<State, int> numbers;
  std::vector<const State *> states;
  std::vector<size_t> seen; // in which search an instruction was met last
  size_t search = 0, steps = 0;
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
  if (start < 0)
    return reason = "is too long with its repetitions written out", std::nullopt;
  return regex::Determinizer(assembler.code).run(start, reason);
}

} // namespace coil
