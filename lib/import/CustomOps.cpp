// In: files and flags that declare operators. Out: CustomOps, or an error that
// names the file, the operator and what is wrong with it.

#include "lib/import/CustomOps.h"
#include "coil/runtime.h"
#include "dialects/coil/Core.h"
#include "lib/import/Json.h"
#include "lib/import/Reader.h"
#include "lib/import/SizeParser.h"
#include "lib/import/Types.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace coil {

static constexpr int64_t mostRank = core::kMaxRank;
static_assert(mostRank == COIL_MAX_RANK);

static bool isIdentifier(StringRef name) {
  return !name.empty() && !isDigit(name[0]) &&
         all_of(name, [](char c) { return isAlnum(c) || c == '_'; });
}

/// libc and libm, as far as a model's library has them.
static constexpr StringLiteral kLibraryNames[] = {
#include "lib/import/LibraryNames.inc"
};

/// A function of the user's: not one of the compiler's or the runtime's names.
static Error checkFunction(StringRef name) {
  if (is_contained(kLibraryNames, name))
    return createStringError("'" + name +
                             "' is no name for the function: the C library has "
                             "it");
  if (!isIdentifier(name) || name.starts_with("coil_") || name == "main")
    return createStringError("'" + name +
                             "' is no name for the function: expected a C "
                             "identifier, not main or coil_...");
  return Error::success();
}

namespace {

/// Reads one operator's declaration.
class Declaration {
public:
  Expected<CustomOperator> read(const json::Value &value);

private:
  Error readInput(const json::Value &value, size_t index);
  Error readAttribute(StringRef name, const json::Value &value);
  Error readOutput(const json::Value &value, size_t index);
  Error readType(const json::Value *value, CustomOperator::Output &output);
  Error readShape(const json::Object &object, CustomOperator::Output &output);
  Error checkSize(StringRef text);
  Expected<std::optional<int64_t>> readRank(const json::Object &object);
  Expected<int64_t> elementType(const json::Value &value);
  /// The input of "like NAME", if it is that.
  Expected<std::optional<size_t>> like(const json::Value &value);

  CustomOperator op;
};

} // namespace

/// The value is an object of no keys but these.
static Expected<const json::Object *> objectOf(const json::Value &value,
                                               ArrayRef<StringRef> keys) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return createStringError("expected an object { }");
  for (const auto &[key, unused] : *object)
    if (!is_contained(keys, StringRef(key)))
      return createStringError("unknown key '" + StringRef(key) +
                               "', expected one of: " + join(keys, ", "));
  return object;
}

static Expected<bool> flagOf(const json::Object &object, StringRef key) {
  const json::Value *value = object.get(key);
  auto flag = value ? value->getAsBoolean() : false;
  if (!flag)
    return createStringError("'" + key + "': expected true or false");
  return *flag;
}

static Expected<std::string> textOf(const json::Object &object, StringRef key) {
  const json::Value *value = object.get(key);
  auto text = value ? value->getAsString() : std::nullopt;
  if (!text)
    return createStringError("'" + key + "': expected a string");
  return text->str();
}

static Error within(const Twine &what, Error error) {
  return error ? createStringError(what + ": " + toString(std::move(error)))
               : Error::success();
}

/// Whether a JSON value is of an attribute's kind.
static bool isOfKind(const json::Value &value, StringRef kind) {
  if (kind.consume_back("s")) {
    const json::Array *list = value.getAsArray();
    return list && all_of(*list, [&](const json::Value &element) {
             return isOfKind(element, kind);
           });
  }
  return kind == "int"     ? value.getAsInteger().has_value()
         : kind == "float" ? value.getAsNumber().has_value()
                           : value.getAsString().has_value();
}

Expected<int64_t> Declaration::elementType(const json::Value &value) {
  auto name = value.getAsString();
  auto number = name ? importer::elementTypeNumber(*name) : std::nullopt;
  if (!number || *number == 0)
    return createStringError(
        "expected an ONNX element type, e.g. \"float\" or \"int64\"");
  return *number;
}

Expected<std::optional<size_t>> Declaration::like(const json::Value &value) {
  auto text = value.getAsString();
  StringRef name = text.value_or("");
  if (!name.consume_front("like "))
    return std::nullopt;
  for (auto [i, input] : enumerate(op.inputs))
    if (!input.name.empty() && input.name == name.trim() && !input.optional &&
        !(op.variadic && i + 1 == op.inputs.size()))
      return i;
  return createStringError("'" + *text +
                           "': no input that is always there has this name");
}

Expected<std::optional<int64_t>>
Declaration::readRank(const json::Object &object) {
  const json::Value *value = object.get("rank");
  if (!value)
    return std::nullopt;
  auto rank = value->getAsInteger();
  if (!rank || *rank < 0 || *rank > mostRank)
    return createStringError("'rank': expected a number from 0 to " +
                             Twine(mostRank));
  return *rank;
}

Error Declaration::readInput(const json::Value &value, size_t index) {
  auto object =
      objectOf(value, {"name", "types", "rank", "optional", "variadic"});
  if (!object)
    return object.takeError();
  if (op.variadic)
    return createStringError("only the last input can be variadic");
  CustomOperator::Input input;
  if ((*object)->get("name")) {
    auto name = textOf(**object, "name");
    if (!name)
      return name.takeError();
    if (!isIdentifier(*name) ||
        any_of(op.inputs, [&](auto &other) { return other.name == *name; }))
      return createStringError(
          "'name': expected a name of its own, of letters, digits and _");
    input.name = *name;
  }
  if (const json::Value *types = (*object)->get("types")) {
    const json::Array *list = types->getAsArray();
    if (!list || list->empty())
      return createStringError("'types': expected a list [ ] of element types");
    for (const json::Value &element : *list) {
      auto type = elementType(element);
      if (!type)
        return within("'types'", type.takeError());
      input.types.push_back(*type);
    }
  }
  auto rank = readRank(**object);
  if (!rank)
    return rank.takeError();
  input.rank = *rank;
  for (auto [key, flag] : {std::pair("optional", &input.optional),
                           std::pair("variadic", &op.variadic)}) {
    auto given = flagOf(**object, key);
    if (!given)
      return given.takeError();
    *flag = *given;
  }
  op.inputs.push_back(input);
  return Error::success();
}

Error Declaration::readAttribute(StringRef name, const json::Value &value) {
  auto object = objectOf(value, {"kind", "default"});
  if (!object)
    return object.takeError();
  auto kind = textOf(**object, "kind");
  if (!kind)
    return kind.takeError();
  if (!is_contained({"int", "float", "string", "ints", "floats", "strings"},
                    *kind))
    return createStringError(
        "'kind': expected int, float, string, ints, floats or strings");
  CustomOperator::AttributeKind attribute{name.str(), *kind, std::nullopt};
  if (const json::Value *byDefault = (*object)->get("default")) {
    if (!isOfKind(*byDefault, *kind))
      return createStringError("'default' is not of kind " + *kind);
    attribute.byDefault = *byDefault;
  }
  op.attributes.push_back(attribute);
  return Error::success();
}

Error Declaration::readType(const json::Value *value,
                            CustomOperator::Output &output) {
  if (!value)
    return createStringError("'type' is missing");
  auto same = like(*value);
  if (!same)
    return same.takeError();
  output.typeOf = *same;
  if (output.typeOf)
    return Error::success();
  auto type = elementType(*value);
  if (!type)
    return within("'type'", type.takeError());
  output.type = *type;
  return Error::success();
}

/// What a size says is known when a node is read; that its names exist, now.
Error Declaration::checkSize(StringRef text) {
  auto name = [&](StringRef name,
                  std::optional<int64_t> index) -> Expected<int64_t> {
    for (auto [i, input] : enumerate(op.inputs))
      if (input.name == name && !input.optional &&
          !(op.variadic && i + 1 == op.inputs.size())) {
        if (!index || *index >= input.rank.value_or(mostRank))
          return createStringError("of input '" + name +
                                   "' a dimension is expected, " + name +
                                   "[0]");
        return 1;
      }
    for (const auto &attribute : op.attributes)
      if (attribute.name == name) {
        if (attribute.kind != (index ? "ints" : "int"))
          return createStringError("attribute '" + name + "' has kind " +
                                   attribute.kind);
        return 1;
      }
    return createStringError(
        "there is no input that is always there, and no attribute, named '" +
        name + "'");
  };
  SizeActions<int64_t> actions{
      [](int64_t n) { return n; }, name,
      [](char, int64_t, int64_t) -> Expected<int64_t> { return 1; }};
  auto value = SizeParser<int64_t>(text, actions).parse();
  return value ? Error::success() : value.takeError();
}

Error Declaration::readShape(const json::Object &object,
                             CustomOperator::Output &output) {
  const json::Value *shape = object.get("shape");
  auto rank = readRank(object);
  if (!rank)
    return rank.takeError();
  output.rank = *rank;
  if (bool(shape) == output.rank.has_value())
    return createStringError("expected either 'shape', or 'rank' with a "
                             "'shape_function' of the operator");
  if (output.rank && op.shapeFunction.empty())
    return createStringError(
        "the operator has no 'shape_function' that tells the sizes");
  if (!shape)
    return Error::success();
  auto same = like(*shape);
  if (!same)
    return same.takeError();
  output.shapeOf = *same;
  if (output.shapeOf)
    return Error::success();
  const json::Array *list = shape->getAsArray();
  if (!list || list->size() > size_t(mostRank))
    return createStringError(
        "'shape': expected \"like NAME\" or a list of at most " +
        Twine(mostRank) + " sizes");
  output.sizes.emplace();
  for (const json::Value &size : *list) {
    if (auto number = size.getAsInteger(); number && *number >= 0)
      output.sizes->push_back(std::to_string(*number));
    else if (auto text = size.getAsString())
      output.sizes->push_back(text->str());
    else
      return createStringError("'shape': a size is a number or a string");
    if (Error error = checkSize(output.sizes->back()))
      return error;
  }
  return Error::success();
}

Error Declaration::readOutput(const json::Value &value, size_t index) {
  auto object = objectOf(value, {"type", "shape", "rank"});
  if (!object)
    return object.takeError();
  CustomOperator::Output output;
  if (Error error = readType((*object)->get("type"), output))
    return error;
  if (Error error = readShape(**object, output))
    return error;
  op.outputs.push_back(output);
  return Error::success();
}

Expected<CustomOperator> Declaration::read(const json::Value &value) {
  auto object =
      objectOf(value, {"operator", "function", "shape_function", "inputs",
                       "attributes", "outputs", "stateful"});
  if (!object)
    return object.takeError();
  for (auto [key, text] :
       {std::pair("operator", &op.name), std::pair("function", &op.function),
        std::pair("shape_function", &op.shapeFunction)}) {
    if (!(*object)->get(key) && text == &op.shapeFunction)
      continue;
    auto given = textOf(**object, key);
    if (!given)
      return given.takeError();
    *text = *given;
    if (text != &op.name)
      if (Error error = checkFunction(*text))
        return within("operator '" + op.name + "'", std::move(error));
  }
  auto each = [&](StringRef key, auto read) -> Error {
    const json::Value *list = (*object)->get(key);
    if (!list || !list->getAsArray())
      return createStringError("operator '" + op.name + "': '" + key +
                               "': expected a list [ ]");
    for (auto [i, element] : enumerate(*list->getAsArray()))
      if (Error error = read(element, i))
        return within("operator '" + op.name + "': " + key.drop_back() + " " +
                          Twine(i),
                      std::move(error));
    return Error::success();
  };
  if (Error error = each("inputs", [&](auto &element, size_t i) {
        return readInput(element, i);
      }))
    return error;
  if (const json::Value *attributes = (*object)->get("attributes")) {
    if (!attributes->getAsObject())
      return createStringError("operator '" + op.name +
                               "': 'attributes': expected an object { }");
    for (const auto &[name, kind] : *attributes->getAsObject())
      if (Error error = readAttribute(name, kind))
        return within("operator '" + op.name + "': attribute '" +
                          StringRef(name) + "'",
                      std::move(error));
    // The order of an object is none: that of the names is the same each time.
    sort(op.attributes, [](auto &a, auto &b) { return a.name < b.name; });
  }
  if (Error error = each("outputs", [&](auto &element, size_t i) {
        return readOutput(element, i);
      }))
    return error;
  if (op.outputs.empty())
    return createStringError("operator '" + op.name +
                             "': expected at least one output");
  auto stateful = flagOf(**object, "stateful");
  if (!stateful)
    return within("operator '" + op.name + "'", stateful.takeError());
  op.stateful = *stateful;
  return op;
}

Error CustomOps::add(CustomOperator op) {
  auto [domain, opType] = StringRef(op.name).rsplit("::");
  if (domain.empty() || opType.empty())
    return createStringError(
        "'" + op.name +
        "' names no operator: expected DOMAIN::OPERATOR, e.g. com.acme::Blend");
  std::string key = op.name;
  if (!operators.try_emplace(key, std::move(op)).second)
    return createStringError("operator '" + key + "' is declared twice");
  return Error::success();
}

Error CustomOps::addFile(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return createStringError("cannot read '" + path +
                             "': " + buffer.getError().message());
  auto value = parseJson((*buffer)->getBuffer());
  if (!value)
    return within(path, value.takeError());
  auto object = objectOf(*value, {"operators"});
  if (!object)
    return within(path, object.takeError());
  const json::Array *list = (*object)->getArray("operators");
  if (!list)
    return createStringError(path + ": expected a list 'operators'");
  for (auto [i, element] : enumerate(*list)) {
    auto op = Declaration().read(element);
    if (!op)
      return within(path + ": declaration " + Twine(i), op.takeError());
    if (Error error = add(std::move(*op)))
      return within(path + ": declaration " + Twine(i), std::move(error));
  }
  return Error::success();
}

Error CustomOps::addShort(StringRef text) {
  CustomOperator op;
  auto [name, function] = text.rsplit('=');
  op.name = name.str();
  op.function = function.str();
  op.inputs.resize(2); // one, and any number of others
  op.variadic = op.anyAttributes = true;
  op.outputs.emplace_back();
  op.outputs[0].typeOf = op.outputs[0].shapeOf = 0;
  if (Error error = checkFunction(function))
    return error;
  return add(std::move(op));
}

const CustomOperator *CustomOps::find(StringRef domain,
                                      StringRef opType) const {
  if (operators.empty())
    return nullptr;
  auto it =
      operators.find((importer::domainName(domain) + "::" + opType).str());
  return it == operators.end() ? nullptr : &it->getValue();
}

} // namespace coil
