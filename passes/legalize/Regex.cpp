//===- Regex.cpp - RE2's syntax -------------------------------------------===//

#include "passes/legalize/Regex.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Unicode.h"

namespace coil::regex {

Ranges normalized(Ranges ranges) {
  llvm::sort(ranges);
  Ranges result;
  for (auto [first, last] : ranges)
    if (!result.empty() && first <= result.back().second + 1)
      result.back().second = std::max(result.back().second, last);
    else
      result.push_back({first, last});
  return result;
}

Ranges complement(Ranges ranges) {
  Ranges result;
  uint32_t next = 0;
  for (auto [first, last] : normalized(std::move(ranges))) {
    if (first > next)
      result.push_back({next, first - 1});
    next = last + 1;
  }
  if (next <= kLastRune)
    result.push_back({next, kLastRune});
  return result;
}

/// Characters that differ in case only, each with all of its kind.
static const llvm::DenseMap<uint32_t, llvm::SmallVector<uint32_t, 4>> &caseOrbits() {
  static const auto orbits = [] {
    llvm::DenseMap<uint32_t, llvm::SmallVector<uint32_t, 4>> byFold, all;
    for (uint32_t c = 0; c < 0x20000; ++c) // no script beyond has two cases
      byFold[llvm::sys::unicode::foldCharSimple(c)].push_back(c);
    for (auto &[fold, orbit] : byFold)
      if (orbit.size() > 1)
        for (uint32_t c : orbit)
          all[c] = orbit;
    return all;
  }();
  return orbits;
}

static Ranges folded(Ranges ranges) {
  Ranges more(ranges);
  for (auto &[c, orbit] : caseOrbits())
    if (llvm::any_of(ranges, [c = c](auto r) { return r.first <= c && c <= r.second; }))
      for (uint32_t other : orbit)
        more.push_back({other, other});
  return normalized(std::move(more));
}

namespace {

constexpr int kMostRepeats = 1000; // RE2's

struct Flags {
  bool fold = false, dotAll = false, lines = false;
};

class Parser {
public:
  Parser(llvm::StringRef pattern, std::string &reason) : rest(pattern), reason(reason) {}

  Tree parseAll() {
    Flags flags;
    Tree tree = choice(flags, 0);
    if (tree && !rest.empty())
      return fail("has a ')' without its '('");
    if (tree && repeats(*tree) > kMostRepeats)
      return fail("has repetitions in repetitions, more than 1000 times together");
    return tree;
  }

private:
  Tree fail(const llvm::Twine &why) {
    if (reason.empty())
      reason = why.str();
    return nullptr;
  }
  static Tree make(Node::Kind kind) { return std::make_unique<Node>(Node{kind, {}, {}}); }
  Tree set(Ranges ranges, const Flags &flags) {
    Tree node = make(Node::Set);
    node->ranges = flags.fold ? folded(std::move(ranges)) : normalized(std::move(ranges));
    return node;
  }
  static Tree at(Place place) {
    Tree node = make(Node::At);
    node->place = place;
    return node;
  }

  /// Flags that are set in a group hold until its end.
  Tree choice(Flags &flags, int depth) {
    if (depth > 200)
      return fail("has groups nested too deeply");
    Tree all = make(Node::Choice);
    do {
      Tree one = sequence(flags, depth);
      if (!one)
        return nullptr;
      all->parts.push_back(std::move(one));
    } while (rest.consume_front("|"));
    return all;
  }

  Tree sequence(Flags &flags, int depth) {
    Tree all = make(Node::Sequence);
    while (!rest.empty() && rest.front() != '|' && rest.front() != ')') {
      if (rest.consume_front("\\Q")) {
        if (!quoted(*all, flags))
          return nullptr;
        continue;
      }
      Tree one = atom(flags, depth);
      if (one)
        one = repeated(std::move(one));
      if (!one)
        return nullptr;
      all->parts.push_back(std::move(one));
    }
    return all;
  }

  bool quoted(Node &all, const Flags &flags) {
    while (!rest.empty() && !rest.consume_front("\\E")) {
      auto c = character();
      if (!c)
        return false;
      all.parts.push_back(set({{*c, *c}}, flags));
    }
    return true;
  }

  /// Which of several ways to match is taken is no matter where the whole text
  /// must be: '?' after a repetition is passed over.
  Tree repeated(Tree one) {
    bool again = false;
    for (int min, max; counts(min, max); again = true) {
      rest.consume_front("?");
      if (again)
        return fail("repeats a repetition");
      if (max > kMostRepeats || min > kMostRepeats || (max >= 0 && max < min))
        return fail("repeats from " + llvm::Twine(min) + " to " + llvm::Twine(max) + " times, expected at most 1000");
      Tree node = make(Node::Repeat);
      node->min = min, node->max = max;
      node->parts.push_back(std::move(one));
      one = std::move(node);
    }
    return one;
  }

  bool counts(int &min, int &max) {
    if (rest.empty())
      return false;
    if (rest.front() == '{')
      return braces(min, max);
    if (!llvm::is_contained("*+?", rest.front()) || rest.front() == '\0')
      return false;
    min = rest.front() == '+', max = rest.front() == '?' ? 1 : -1;
    rest = rest.drop_front();
    return true;
  }

  /// How often at most a part is written out; more than kMostRepeats is that.
  static int repeats(const Node &node) {
    int most = 1, own = std::max({node.min, node.max, 1});
    for (auto &part : node.parts)
      most = std::max(most, repeats(*part));
    return node.kind == Node::Repeat ? std::min(most * own, kMostRepeats + 1) : most;
  }

  /// {n}, {n,} or {n,m}; any other brace is a character.
  bool braces(int &min, int &max) {
    llvm::StringRef s = rest.drop_front();
    if (!number(s, min))
      return false;
    max = min;
    if (s.consume_front(",")) {
      max = -1;
      if (!s.empty() && s.front() != '}' && !number(s, max))
        return false;
    }
    if (!s.consume_front("}"))
      return false;
    rest = s;
    return true;
  }
  static bool number(llvm::StringRef &s, int &value) {
    llvm::StringRef digits = s.take_while(llvm::isDigit);
    s = s.drop_front(digits.size());
    value = 0;
    for (char c : digits)
      value = std::min(value * 10 + (c - '0'), 1000000);
    return !digits.empty();
  }

  Tree atom(Flags &flags, int depth) {
    if (rest.consume_front("("))
      return group(flags, depth);
    if (rest.consume_front("["))
      return bracket(flags);
    if (rest.consume_front("."))
      return set(flags.dotAll ? Ranges{{0, kLastRune}} : complement({{'\n', '\n'}}), Flags());
    if (rest.consume_front("^"))
      return at(flags.lines ? Place::LineBegin : Place::TextBegin);
    if (rest.consume_front("$"))
      return at(flags.lines ? Place::LineEnd : Place::TextEnd);
    if (llvm::is_contained({'*', '+', '?'}, rest.front()))
      return fail("repeats nothing");
    if (rest.consume_front("\\"))
      return escape(flags);
    auto c = character();
    return c ? set({{*c, *c}}, flags) : nullptr;
  }

  Tree group(Flags &flags, int depth) {
    Flags inner = flags;
    if (rest.consume_front("?")) {
      if (rest.starts_with("=") || rest.starts_with("!") || rest.starts_with("<=") || rest.starts_with("<!"))
        return fail("looks around, which RE2 has not");
      if (rest.consume_front("P<") || rest.consume_front("<")) {
        llvm::StringRef name = rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
        rest = rest.drop_front(name.size());
        if (name.empty() || !rest.consume_front(">"))
          return fail("has a group whose name is damaged");
      } else {
        if (!readFlags(inner))
          return fail("has a group that begins with '(?' and is of no known kind");
        if (rest.consume_front(")")) { // for what follows
          flags = inner;
          return make(Node::Sequence);
        }
        rest.consume_front(":");
      }
    }
    Tree tree = choice(inner, depth + 1);
    if (tree && !rest.consume_front(")"))
      return fail("lacks a ')'");
    return tree;
  }

  /// Up to the ':' or ')'.
  bool readFlags(Flags &flags) {
    bool value = true;
    while (!rest.empty() && rest.front() != ':' && rest.front() != ')') {
      switch (rest.front()) {
      case 'i': flags.fold = value; break;
      case 's': flags.dotAll = value; break;
      case 'm': flags.lines = value; break;
      case 'U': break; // which way is preferred
      case '-':
        if (!value)
          return false;
        value = false;
        break;
      default: return false;
      }
      rest = rest.drop_front();
    }
    return !rest.empty();
  }

  //===--------------------------------------------------------------------===//
  // Characters and sets of them
  //===--------------------------------------------------------------------===//

  std::optional<uint32_t> character() {
    unsigned char lead = rest.front();
    int more = lead < 0x80 ? 0 : lead >= 0xc2 && lead < 0xe0 ? 1 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : -1;
    if (more < 0 || int(rest.size()) <= more)
      return fail("is no UTF-8"), std::nullopt;
    uint32_t c = more ? lead & (0x3f >> more) : lead;
    for (int i = 1; i <= more; ++i) {
      if ((rest[i] & 0xc0) != 0x80)
        return fail("is no UTF-8"), std::nullopt;
      c = c << 6 | (rest[i] & 0x3f);
    }
    rest = rest.drop_front(more + 1);
    return c;
  }

  static std::optional<Ranges> perlClass(char name) {
    Ranges ranges;
    switch (llvm::toLower(name)) {
    case 'd': ranges = {{'0', '9'}}; break;
    case 's': ranges = {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}}; break;
    case 'w': ranges = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}; break;
    default: return std::nullopt;
    }
    return llvm::isUpper(name) ? complement(ranges) : ranges;
  }

  static std::optional<Ranges> posixClass(llvm::StringRef name) {
    return llvm::StringSwitch<std::optional<Ranges>>(name)
        .Case("alnum", Ranges{{'0', '9'}, {'A', 'Z'}, {'a', 'z'}})
        .Case("alpha", Ranges{{'A', 'Z'}, {'a', 'z'}})
        .Case("ascii", Ranges{{0, 127}})
        .Case("blank", Ranges{{'\t', '\t'}, {' ', ' '}})
        .Case("cntrl", Ranges{{0, 31}, {127, 127}})
        .Case("digit", Ranges{{'0', '9'}})
        .Case("graph", Ranges{{'!', '~'}})
        .Case("lower", Ranges{{'a', 'z'}})
        .Case("print", Ranges{{' ', '~'}})
        .Case("punct", Ranges{{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}})
        .Case("space", Ranges{{'\t', '\r'}, {' ', ' '}})
        .Case("upper", Ranges{{'A', 'Z'}})
        .Case("word", Ranges{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}})
        .Case("xdigit", Ranges{{'0', '9'}, {'A', 'F'}, {'a', 'f'}})
        .Default(std::nullopt);
  }

  /// After a backslash, outside of brackets.
  Tree escape(const Flags &flags) {
    if (rest.consume_front("b"))
      return at(Place::WordEdge);
    if (rest.consume_front("B"))
      return at(Place::NoWordEdge);
    if (rest.consume_front("A"))
      return at(Place::TextBegin);
    if (rest.consume_front("z"))
      return at(Place::TextEnd);
    if (rest.consume_front("C"))
      return make(Node::AnyByte);
    if (auto ranges = rest.empty() ? std::nullopt : perlClass(rest.front())) {
      rest = rest.drop_front();
      return set(*ranges, flags);
    }
    auto c = escaped();
    return c ? set({{*c, *c}}, flags) : nullptr;
  }

  /// One character by its escape.
  std::optional<uint32_t> escaped() {
    if (rest.empty())
      return fail("ends with a backslash"), std::nullopt;
    char c = rest.front();
    if (c == 'p' || c == 'P')
      return fail("has a Unicode class, '\\" + llvm::Twine(c) + "', which is not supported"), std::nullopt;
    if (c >= '0' && c <= '7') {
      llvm::StringRef digits = rest.take_while([](char d) { return d >= '0' && d <= '7'; }).take_front(3);
      if (c != '0' && digits.size() == 1)
        return fail("refers back to a group, which RE2 has not"), std::nullopt;
      rest = rest.drop_front(digits.size());
      return std::stoul(digits.str(), nullptr, 8);
    }
    rest = rest.drop_front();
    switch (c) {
    case 'a': return '\a';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    case 'x': return hexadecimal();
    default: break;
    }
    // Of ASCII, what is no letter stands for itself.
    if (static_cast<unsigned char>(c) < 0x80 && !llvm::isAlnum(c) && c != '_')
      return uint32_t(c);
    return fail("has an escape that is not known, '\\" + llvm::Twine(c) + "'"), std::nullopt;
  }

  std::optional<uint32_t> hexadecimal() {
    bool braced = rest.consume_front("{");
    llvm::StringRef digits = rest.take_while(llvm::isHexDigit);
    digits = braced ? digits : digits.take_front(2);
    rest = rest.drop_front(digits.size());
    uint32_t c = 0;
    if (digits.getAsInteger(16, c) || c > kLastRune || (braced ? !rest.consume_front("}") : digits.size() != 2))
      return fail("has a damaged '\\x'"), std::nullopt;
    return c;
  }

  std::optional<uint32_t> member() {
    if (rest.empty())
      return fail("lacks a ']'"), std::nullopt;
    return rest.consume_front("\\") ? escaped() : character();
  }

  /// After a '[': ranges, classes, up to the ']'.
  Tree bracket(const Flags &flags) {
    bool negated = rest.consume_front("^");
    Ranges ranges;
    for (bool first = true; first || !rest.consume_front("]"); first = false) {
      if (rest.empty())
        return fail("lacks a ']'");
      if (rest.starts_with("[:") && rest.contains(":]")) {
        llvm::StringRef name = rest.drop_front(2).split(":]").first;
        rest = rest.drop_front(name.size() + 4);
        bool other = name.consume_front("^");
        auto known = posixClass(name);
        if (!known)
          return fail("has the class '[:" + name + ":]', which is not known");
        ranges.append(other ? complement(*known) : *known);
        continue;
      }
      if (rest.size() > 1 && rest.front() == '\\')
        if (auto known = perlClass(rest[1])) {
          ranges.append(*known);
          rest = rest.drop_front(2);
          continue;
        }
      auto low = member(), high = low;
      if (!low)
        return nullptr;
      if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
        rest = rest.drop_front();
        high = member();
        if (!high)
          return nullptr;
        if (*high < *low)
          return fail("has a range that ends before it begins");
      }
      ranges.push_back({*low, *high});
    }
    if (flags.fold)
      ranges = folded(std::move(ranges));
    return set(negated ? complement(std::move(ranges)) : std::move(ranges), Flags());
  }

  llvm::StringRef rest;
  std::string &reason;
};

} // namespace

Tree parse(llvm::StringRef pattern, std::string &reason) { return Parser(pattern, reason).parseAll(); }

} // namespace coil::regex
