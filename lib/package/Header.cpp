//===- Header.cpp - the typed C interface of one model --------------------===//

#include "lib/package/Package.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace llvm;

namespace coil {

/// A model's own name for something, which must not end the comment it stands in.
static std::string commentText(StringRef name) {
  std::string text;
  for (char c : name) {
    if ((c == '/' || c == '*') && (StringRef(text).ends_with("*") || StringRef(text).ends_with("/")))
      text += ' ';
    text += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  }
  return text;
}

/// "[batch, 3, 224, 224]"
static std::string shapeText(const ValueSignature &value) {
  if (!value.ranked)
    return "of any shape";
  SmallVector<std::string> dims;
  for (auto [size, name] : llvm::zip(value.shape, value.dimNames))
    dims.push_back(!mlir::ShapedType::isDynamic(size) ? std::to_string(size) : name.empty() ? "?" : commentText(name));
  return "[" + join(dims, ", ") + "]";
}

/// "sequence of FLOAT [?, 3]"
static std::string typeText(const ValueSignature &value) {
  std::string text = (onnxTypeName(value.element) + " " + shapeText(value)).str();
  return value.isTensor() ? text : value.kind() + (value.isSequence ? " of " : " ") + text;
}

/// ONNX names may hold anything; C members may not, and must differ. The function
/// MODEL_MEMBER that makes an input must not be one that every model has.
static std::vector<std::string> memberNames(ArrayRef<ValueSignature> values) {
  static constexpr StringLiteral api[] = {"create", "destroy", "error", "inputs", "model", "outputs", "run"};
  // Of C and C++; the last are macros.
  static constexpr StringLiteral keywords[] = {"alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor",
      "bool", "break", "case", "catch", "char", "char16_t", "char32_t", "char8_t", "class", "co_await", "co_return",
      "co_yield", "compl", "concept", "const", "const_cast", "consteval", "constexpr", "constinit", "continue",
      "decltype", "default", "delete", "do", "double", "dynamic_cast", "else", "enum", "explicit", "export", "extern",
      "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new",
      "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "register",
      "reinterpret_cast", "requires", "restrict", "return", "short", "signed", "sizeof", "static", "static_assert",
      "static_cast", "struct", "switch", "template", "this", "thread_local", "throw", "true", "try", "typedef",
      "typeid", "typename", "typeof", "union", "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while",
      "xor", "xor_eq", "NULL", "linux", "unix"};
  std::vector<std::string> names;
  for (const ValueSignature &value : values) {
    std::string name;
    for (char c : value.name)
      name += isAlnum(c) ? c : '_';
    if (name.empty() || isDigit(name[0]) || is_contained(keywords, name))
      name = "_" + name;
    if (is_contained(api, name))
      name += "_";
    std::string unique = name;
    for (int n = 2; is_contained(names, unique); ++n)
      unique = name + "_" + std::to_string(n);
    names.push_back(unique);
  }
  return names;
}

/// Of each input or output how it shares its buffer, or null.
using Shares = std::vector<const ShareSignature *>;

static void writeStruct(StringRef name, StringRef what, ArrayRef<ValueSignature> values, const Shares &shares,
                        ArrayRef<ValueSignature> others, raw_ostream &os) {
  os << "/* The model's " << what << ", in the order of its signature. */\ntypedef struct " << name << " {\n";
  for (auto [value, member, share] : llvm::zip(values, memberNames(values), shares)) {
    os << "  coil_tensor " << member << "; /* " << commentText(value.name) << ": " << typeText(value);
    if (share) {
      bool in = what == "inputs";
      os << (in ? ", its buffer shared by output " : ", in the buffer of input ")
         << commentText(others[in ? share->output : share->input].name);
      if (share->grows())
        os << ", which has room for " << share->capacity << " in dimension " << share->axis;
    }
    os << " */\n";
  }
  if (values.empty())
    os << "  char none;\n";
  os << "} " << name << ";\n\n";
}

/// A sequence is made of tensors.
static void writeSequenceMaker(StringRef model, StringRef what, const ValueSignature &value, StringRef member, raw_ostream &os) {
  os << "/* " << what << " '" << commentText(value.name) << "': " << typeText(value)
     << ". */\nstatic inline coil_tensor " << model << "_" << member
     << "(const coil_tensor *elements, int64_t count) {\n  coil_tensor t = {(void *)elements, sizeof(coil_tensor) * (size_t)count, "
        "COIL_SEQUENCE, 1, {count}};\n  return t;\n}\n\n";
}

/// One function a value: makes a coil_tensor of the right type from data and
/// the dimensions that are not fixed.
static void writeMakers(StringRef model, StringRef what, ArrayRef<ValueSignature> values, const Shares &shares, raw_ostream &os) {
  for (auto [value, member, share] : llvm::zip(values, memberNames(values), shares)) {
    if (value.isSequence) {
      writeSequenceMaker(model, what, value, member, os);
      continue;
    }
    if (!value.ranked) // an optional tensor: the caller knows its shape
      continue;
    SmallVector<std::string> parameters, dims, room;
    for (auto [axis, size] : llvm::enumerate(value.shape)) {
      if (mlir::ShapedType::isDynamic(size)) {
        std::string dim = "dim" + std::to_string(axis);
        parameters.push_back("int64_t " + dim);
        dims.push_back(dim);
      } else {
        dims.push_back(std::to_string(size));
      }
      room.push_back(share && share->axis == int64_t(axis) ? std::to_string(share->capacity) : dims.back());
    }
    os << "/* " << what << " '" << commentText(value.name) << "': " << typeText(value)
       << (share && share->grows() ? ", the first rows of a buffer with room for " + std::to_string(share->capacity) + " in dimension " +
                                         std::to_string(share->axis)
                                   : std::string())
       << ", row-major. */\nstatic inline coil_tensor " << model << "_" << member << "("
       << (what == "input" && !share ? "const " : "") << cTypeName(value.element) << " *data";
    for (const std::string &parameter : parameters)
      os << ", " << parameter;
    // Every member has its value: C++ compilers warn of those left out.
    os << ") {\n  coil_tensor t = {(void *)data, sizeof(" << cTypeName(value.element) << ")";
    for (const std::string &dim : room)
      os << " * (size_t)" << dim;
    os << ", " << onnxType(value.element) << ", " << dims.size() << ", {" << (dims.empty() ? "0" : join(dims, ", "))
       << "}};\n";
    os << "  return t;\n}\n\n";
  }
}

void writeHeader(const Signature &s, StringRef runtimeHeader, raw_ostream &os) {
  std::string guard = "COIL_MODEL_" + StringRef(s.name).upper() + "_H";
  const std::string &n = s.name;
  os << "/* " << n << ": compiled by " << s.compiler << " for " << s.target << ".\n"
     << " *\n * Link the library of this name; no other header is needed. Typical use:\n *\n"
     << " *   coil_context *context;\n *   if (" << n << "_create(NULL, &context) != COIL_OK) ... " << n
     << "_error(NULL)\n *   " << n << "_inputs in = {...};\n *   " << n << "_outputs out = {0}; // data in the context's memory\n *   if ("
     << n << "_run(context, &in, &out) != COIL_OK) ... " << n << "_error(context)\n *   " << n
     << "_destroy(context);\n */\n#ifndef " << guard << "\n#define " << guard << "\n\n";
  os << runtimeHeader << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
     << "extern const coil_model " << n << "_model;\n\n";
  Shares inputs, outputs;
  for (size_t i = 0; i < s.inputs.size(); ++i)
    inputs.push_back(s.shareOfInput(i));
  for (size_t i = 0; i < s.outputs.size(); ++i)
    outputs.push_back(s.shareOfOutput(i));
  writeStruct(n + "_inputs", "inputs", s.inputs, inputs, s.outputs, os);
  writeStruct(n + "_outputs", "outputs", s.outputs, outputs, s.inputs, os);
  writeMakers(n, "input", s.inputs, inputs, os);
  os << "/* Creates a context; options may be NULL. */\nstatic inline coil_status " << n
     << "_create(const coil_options *options, coil_context **context) {\n  return " << n << "_model.api->create(&" << n
     << "_model, options, context);\n}\n\n"
     << "/* Runs the model once. An output whose data is NULL is pointed into the\n * context's memory, valid until its next run. */\n"
     << "static inline coil_status " << n << "_run(coil_context *context, const " << n << "_inputs *inputs, " << n
     << "_outputs *outputs) {\n  return " << n << "_model.api->run(context, (const coil_tensor *)inputs, (coil_tensor *)outputs);\n}\n\n"
     << "static inline void " << n << "_destroy(coil_context *context) { " << n << "_model.api->destroy(context); }\n\n"
     << "/* The last failure's message; of create with a NULL context. */\nstatic inline const char *" << n
     << "_error(const coil_context *context) { return " << n << "_model.api->error(context); }\n\n"
     << "#ifdef __cplusplus\n}\n#endif\n#endif /* " << guard << " */\n";
}

} // namespace coil
