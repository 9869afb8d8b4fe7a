//===- RegexMinimize.cpp - equal states and equal bytes as one ------------===//
//
// Comes in: the table of an automaton. Goes out: the same with the fewest states,
// numbered as they come up, and with the fewest classes of bytes. Hopcroft's way,
// O(classes * states * log states): to refine all in rounds would be quadratic,
// and a long chain of states needs a round for each.
//
//===----------------------------------------------------------------------===//

#include "passes/legalize/Regex.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace coil::regex {
namespace {

/// Groups of states, each an interval of `order`. Those that were marked are its
/// first ones.
struct Partition {
  explicit Partition(int count) : order(count), place(count), group(count, 0), first{0}, end{count}, marked{0} {
    for (int i = 0; i < count; ++i)
      order[i] = place[i] = i;
  }

  void mark(int state) {
    int g = group[state], to = first[g] + marked[g];
    if (place[state] < to)
      return;
    if (marked[g]++ == 0)
      touched.push_back(g);
    int other = order[to];
    std::swap(order[to], order[place[state]]);
    std::swap(place[state], place[other]);
  }

  /// What is marked and what is not are two groups from now on. The smaller one
  /// is new, and told in `added`.
  void split(std::vector<int> &added) {
    for (int g : touched) {
      int middle = first[g] + std::exchange(marked[g], 0), fresh = first.size();
      if (middle == end[g])
        continue;
      bool low = middle - first[g] <= end[g] - middle;
      first.push_back(low ? first[g] : middle);
      end.push_back(low ? middle : end[g]);
      marked.push_back(0);
      (low ? first[g] : end[g]) = middle;
      for (int i = first[fresh]; i < end[fresh]; ++i)
        group[order[i]] = fresh;
      added.push_back(fresh);
    }
    touched.clear();
  }

  llvm::ArrayRef<int> members(int g) const { return llvm::ArrayRef(order).slice(first[g], end[g] - first[g]); }

  std::vector<int> order, place, group;
  std::vector<int> first, end, marked; // of each group
  std::vector<int> touched;
};

/// The states from which a class leads to a state, for one class.
struct Sources {
  Sources(const Automaton &a, int class_, int count) : first(count + 2) {
    auto to = [&](int state) { return state < count ? a.moves[state * a.width + class_] : -1; };
    auto at = [&](int state) { return to(state) < 0 ? count : to(state); };
    for (int s = 0; s <= count; ++s)
      ++first[at(s) + 1];
    for (int s = 0; s <= count; ++s)
      first[s + 1] += first[s];
    std::vector<int> next(first.begin(), first.end() - 1);
    states.resize(count + 1);
    for (int s = 0; s <= count; ++s)
      states[next[at(s)]++] = s;
  }
  llvm::ArrayRef<int> of(int state) const { return llvm::ArrayRef(states).slice(first[state], first[state + 1] - first[state]); }

  std::vector<int> first, states;
};

/// States are equal that accept alike and go to equal ones. The state after the
/// last, `count`, is where -1 leads: nothing is accepted any more.
std::vector<int> equalStates(const Automaton &a, int count) {
  Partition parts(count + 1);
  std::vector<Sources> sources;
  for (int c = 0; c + 1 < a.width; ++c)
    sources.emplace_back(a, c, count);
  std::vector<int> pending{0};
  // All states of a group must lead into a pending one, or none. If one that was
  // looked at as a whole is split, its smaller part is enough.
  for (int s = 0; s < count; ++s)
    if (a.moves[(s + 1) * a.width - 1])
      parts.mark(s);
  parts.split(pending);
  while (!pending.empty()) {
    int g = pending.back();
    pending.pop_back();
    std::vector<int> members = parts.members(g).vec(); // `g` itself may be split
    for (const Sources &from : sources) {
      for (int member : members)
        for (int state : from.of(member))
          parts.mark(state);
      parts.split(pending);
    }
  }
  return parts.group;
}

void mergeStates(Automaton &a) {
  int count = a.moves.size() / a.width, next = 0;
  std::vector<int> group = equalStates(a, count), number(count + 1, -1);
  std::vector<int32_t> rows;
  std::vector<int> kept;
  for (int s = 0; s < count; ++s)
    if (number[group[s]] < 0 && (s == 0 || group[s] != group[count])) {
      number[group[s]] = next++;
      kept.push_back(s);
    }
  for (int s : kept) {
    for (int c = 0; c + 1 < a.width; ++c) {
      int32_t to = a.moves[s * a.width + c];
      rows.push_back(to < 0 ? -1 : number[group[to]]);
    }
    rows.push_back(a.moves[(s + 1) * a.width - 1]);
  }
  a.moves = std::move(rows);
}

/// Intervals of bytes that lead to the same states everywhere are one class.
void mergeClasses(Automaton &a) {
  size_t width = a.width, rows = a.moves.size() / width;
  std::map<std::vector<int32_t>, int8_t> known;
  std::vector<std::vector<int32_t>> columns;
  std::vector<int8_t> merged;
  for (size_t c = 0; c + 1 < width; ++c) {
    std::vector<int32_t> column;
    for (size_t row = 0; row < rows; ++row)
      column.push_back(a.moves[row * width + c]);
    auto [entry, isNew] = known.try_emplace(column, columns.size());
    if (isNew)
      columns.push_back(std::move(column));
    merged.push_back(entry->second);
  }
  for (int8_t &c : a.classes)
    c = merged[uint8_t(c)];
  std::vector<int32_t> moves;
  for (size_t row = 0; row < rows; ++row) {
    for (auto &column : columns)
      moves.push_back(column[row]);
    moves.push_back(a.moves[(row + 1) * width - 1]);
  }
  a.moves = std::move(moves);
  a.width = columns.size() + 1;
}

} // namespace

void minimize(Automaton &automaton) {
  mergeStates(automaton);
  mergeClasses(automaton);
}

} // namespace coil::regex
