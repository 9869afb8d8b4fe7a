// Sizes of outputs as declarations write them.
#ifndef COIL_LIB_IMPORT_SIZEPARSER_H
#define COIL_LIB_IMPORT_SIZEPARSER_H

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <optional>

namespace coil {

/// A parser of sizes such as `2 * x[0] + pad`: integers, names with or without
/// an index, + - * / and parentheses. `Value` is what `number` and `name` make.
template <typename Value> struct SizeActions {
  std::function<Value(int64_t)> number;
  std::function<llvm::Expected<Value>(llvm::StringRef name,
                                      std::optional<int64_t> index)>
      name;
  std::function<llvm::Expected<Value>(char op, Value a, Value b)> combine;
};

template <typename Value> class SizeParser {
public:
  SizeParser(llvm::StringRef text, const SizeActions<Value> &actions)
      : whole(text), text(text), actions(actions) {}

  llvm::Expected<Value> parse() {
    auto value = sum();
    if (value && !text.ltrim().empty())
      return error("'" + text.ltrim().str() + "' is not understood");
    return value;
  }

private:
  llvm::Error error(const llvm::Twine &what) {
    return llvm::createStringError("size '" + whole.str() + "': " + what.str());
  }
  bool consume(char c) {
    text = text.ltrim();
    return text.consume_front(llvm::StringRef(&c, 1));
  }
  /// Of numbers: a size is one of a dimension, whose products fit 64 bits.
  static constexpr int64_t mostNumber = INT32_MAX;
  /// Of operators and of open parentheses: who works on the result recurses.
  static constexpr int mostOperators = 1000, mostDepth = 64;

  llvm::Expected<Value>
  chain(llvm::StringRef ops,
        llvm::function_ref<llvm::Expected<Value>()> operand) {
    auto left = operand();
    while (left) {
      text = text.ltrim();
      if (text.empty() || !ops.contains(text.front()))
        return left;
      char op = text.front();
      text = text.drop_front();
      if (++operators > mostOperators)
        return llvm::createStringError(
            "a size has at most " + llvm::Twine(mostOperators) + " operators");
      auto right = operand();
      if (!right)
        return right;
      left = actions.combine(op, *left, *right);
    }
    if (!left)
      return left.takeError();
    return left;
  }
  llvm::Expected<Value> sum() {
    return chain("+-", [&] { return product(); });
  }
  llvm::Expected<Value> product() {
    return chain("*/", [&] { return atom(); });
  }
  llvm::Expected<Value> atom() {
    if (consume('(')) {
      if (++depth > mostDepth)
        return error("too many parentheses");
      auto value = sum();
      if (value && !consume(')'))
        return error("a ) is expected");
      --depth;
      return value;
    }
    int64_t n;
    if (llvm::StringRef digits = text.take_while(llvm::isDigit);
        !digits.empty()) {
      if (text.consumeInteger(10, n) || n > mostNumber)
        return error("'" + digits + "' is more than " +
                     llvm::Twine(mostNumber));
      return actions.number(n);
    }
    llvm::StringRef name =
        text.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
    if (name.empty())
      return error("a number or a name is expected");
    text = text.drop_front(name.size());
    std::optional<int64_t> index;
    if (consume('[')) {
      text = text.ltrim();
      if (text.consumeInteger(10, n) || n < 0 || !consume(']'))
        return error("an index in [ ] is a number from 0");
      index = n;
    }
    auto value = actions.name(name, index);
    if (!value)
      return error(llvm::toString(value.takeError()));
    return value;
  }

  llvm::StringRef whole, text;
  const SizeActions<Value> &actions;
  int depth = 0, operators = 0;
};

} // namespace coil

#endif // COIL_LIB_IMPORT_SIZEPARSER_H
