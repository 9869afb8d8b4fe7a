// In: a model whose frame and operators are known to be sound. Out: the module.
// There is no table of operators: names, arity, attributes and graphs are asked
// of the operation that the node's name finds.

#include "lib/import/Attributes.h"
#include "lib/import/Check.h"
#include "lib/import/CustomNode.h"
#include "lib/import/Import.h"
#include "lib/import/Scope.h"
#include "lib/import/Signature.h"
#include "lib/import/Types.h"
#include "lib/import/Upgrade.h"

#include "dialects/coil/Core.h"
#include "dialects/onnx/Onnx.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace coil::importer {

/// Calls of functions multiply; a small file must not become an endless graph.
static constexpr int64_t mostNodes = int64_t(1) << 22;

/// Of a sequence whose length is fixed, each element is a value of the program:
/// what is done with many is better done by a run.
static constexpr int64_t mostElements = 64;

namespace {

/// What the nodes of one graph or one function body have in common.
struct Origin {
  const Opsets &opsets;
  /// The functions whose bodies are being copied.
  llvm::SmallSetVector<const Function *, 4> callers;
  /// In a function body: the index of the outermost call, as the only one that
  /// a file has.
  std::optional<int64_t> callIndex;
};

class Importer {
public:
  Importer(MLIRContext *context, std::shared_ptr<Model> model,
           const ImportOptions &options)
      : context(context), b(context), model(model), options(options),
        functions(model->proto), tensors(context, model), symbols(options),
        valueType(onnx::ValueType::get(context)) {}

  OwningOpRef<ModuleOp> run();

private:
  Location fileLoc() { return FileLineColLoc::get(context, model->path, 0, 0); }
  FailureOr<func::FuncOp> makeFunction(pb::GraphProto &graph);
  LogicalResult importMain(func::FuncOp function);

  LogicalResult importNodes(Scope &scope, const Origin &origin);
  LogicalResult importNode(pb::NodeProto &node, int64_t index, Scope &scope,
                           const Origin &origin);
  LogicalResult translate(pb::NodeProto &node, int64_t index, Scope &scope,
                          const Origin &origin);
  LogicalResult importCall(const Function &function, const pb::NodeProto &node,
                           int64_t index, Scope &scope, const Origin &origin,
                           Location loc);
  LogicalResult importCustomNode(const CustomOperator &op,
                                 const pb::NodeProto &node, Scope &scope,
                                 Location loc);
  LogicalResult importOperator(pb::NodeProto &node, Scope &scope,
                               const Origin &origin, Location loc);
  FailureOr<SmallVector<Value>> importInputs(const pb::NodeProto &node,
                                             onnx::OnnxOpInterface::Concept *op,
                                             Scope &scope, Location loc);
  LogicalResult importGraphs(pb::NodeProto &node,
                             onnx::OnnxOpInterface::Concept *op,
                             OperationState &state, Scope &scope,
                             const Origin &origin);
  LogicalResult importGraph(pb::GraphProto &graph, Region &region, Scope &outer,
                            const Origin &origin, Location loc);
  LogicalResult bindOutputs(const pb::NodeProto &node, Operation *op,
                            Scope &scope);

  /// The value of a name in this graph or one around it; null when it has none
  /// (yet).
  Value lookup(llvm::StringRef name, Scope &scope);
  Value importInitializer(llvm::StringRef name, Scope &scope);
  FailureOr<SmallVector<Value>> importOutputs(Scope &scope, Location loc);
  Value absent();
  /// Stands for what could not be made, when all errors are to be said.
  Value refused();

  MLIRContext *context;
  OpBuilder b;
  std::shared_ptr<Model> model;
  const ImportOptions &options;
  Functions functions;
  Tensors tensors;
  Symbols symbols;
  Type valueType;
  Block *entry = nullptr;
  Value none;
  int64_t nodes = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// One stands for all absent inputs of the model.
Value Importer::absent() {
  if (!none) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(entry);
    none = onnx::NoneOp::create(b, b.getUnknownLoc(), b.getNoneType());
  }
  return none;
}

Value Importer::refused() {
  return UnrealizedConversionCastOp::create(b, b.getUnknownLoc(), valueType,
                                            ValueRange())
      .getResult(0);
}

/// Makes the constant when it is first used, where all uses see it.
Value Importer::importInitializer(llvm::StringRef name, Scope &scope) {
  Location loc = NameLoc::get(b.getStringAttr(name), fileLoc());
  std::string what = "initializer '" + name.str() + "'";
  auto dense = scope.dense.find(name);
  ElementsAttr value = dense != scope.dense.end()
                           ? tensors.import(*dense->second, what, loc)
                           : tensors.import(*scope.sparse.at(name), what, loc);
  if (!value && !options.allErrors)
    return {};
  OpBuilder::InsertionGuard guard(b);
  if (scope.lastConstant)
    b.setInsertionPointAfter(scope.lastConstant);
  else
    b.setInsertionPointToStart(scope.block);
  if (!value)
    return scope.values[name] = refused();
  auto constant = onnx::ConstantOp::create(b, loc, valueType, value);
  scope.lastConstant = constant;
  return scope.values[name] = constant.getResult();
}

Value Importer::lookup(llvm::StringRef name, Scope &scope) {
  for (Scope *s = &scope; s; s = s->outer) {
    if (Value value = s->values.lookup(name))
      return value;
    if (s->isInitializer(name))
      return importInitializer(name, *s);
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

LogicalResult Importer::importNodes(Scope &scope, const Origin &origin) {
  for (auto [index, node] : llvm::enumerate(*scope.graph.mutable_node()))
    if (failed(importNode(node, index, scope, origin)))
      return failure();
  return success();
}

LogicalResult Importer::importNode(pb::NodeProto &node, int64_t index,
                                   Scope &scope, const Origin &origin) {
  if (succeeded(translate(node, index, scope, origin)))
    return success();
  if (!options.allErrors || nodes > mostNodes)
    return failure();
  for (const std::string &output : node.output())
    if (!output.empty() && !scope.isInitializer(output) &&
        !scope.values.contains(output))
      scope.values[output] = refused();
  return success();
}

LogicalResult Importer::translate(pb::NodeProto &node, int64_t index,
                                  Scope &scope, const Origin &origin) {
  Location loc =
      nodeLocation(*model, node, origin.callIndex.value_or(index), context);
  if (++nodes > mostNodes)
    return emitError(loc) << "the model has more than " << mostNodes
                          << " nodes";
  if (options.customOps)
    if (const CustomOperator *op = options.customOps->find(
            canonicalDomain(node.domain()), node.op_type()))
      return importCustomNode(*op, node, scope, loc);
  if (const Function *function = functions.find(node))
    return importCall(*function, node, index, scope, origin, loc);
  auto upgraded =
      upgrade(node, origin.opsets.lookup(canonicalDomain(node.domain())), loc);
  if (failed(upgraded))
    return failure();
  if (!*upgraded)
    return importOperator(node, scope, origin, loc);
  for (pb::NodeProto &newer : **upgraded)
    if (failed(importOperator(model->made.emplace_back(std::move(newer)), scope,
                              origin, loc)))
      return failure();
  return success();
}

LogicalResult Importer::importCall(const Function &function,
                                   const pb::NodeProto &node, int64_t index,
                                   Scope &scope, const Origin &origin,
                                   Location loc) {
  Origin body{function.opsets, origin.callers,
              origin.callIndex.value_or(index)};
  if (!body.callers.insert(&function))
    return emitError(loc) << "function '" << node.op_type() << "' calls itself";
  if (node.input_size() > function.proto->input_size() ||
      node.output_size() > function.proto->output_size())
    return emitError(loc) << "calls function '" << node.op_type() << "' with "
                          << node.input_size() << " inputs and "
                          << node.output_size() << " outputs, it has "
                          << function.proto->input_size() << " and "
                          << function.proto->output_size();
  std::string prefix = cast<NameLoc>(loc).getName().str() + "/";
  for (pb::NodeProto &copy : Functions::instantiate(function, node, prefix))
    if (failed(importNode(model->made.emplace_back(std::move(copy)), index,
                          scope, body)))
      return failure();
  return success();
}

FailureOr<SmallVector<Value>>
Importer::importInputs(const pb::NodeProto &node,
                       onnx::OnnxOpInterface::Concept *op, Scope &scope,
                       Location loc) {
  int64_t expected = op->getNumOnnxInputs(), given = node.input_size();
  if (expected >= 0 && given > expected)
    return emitError(loc) << "operator '" << node.op_type() << "' has " << given
                          << " inputs, at most " << expected << " are expected";
  SmallVector<Value> operands;
  for (int64_t i = 0; i < std::max(given, expected); ++i) {
    bool isAbsent = i >= given || node.input(i).empty();
    if (isAbsent && (op->getRequiredOnnxInputs() >> i & 1))
      return emitError(loc)
             << "operator '" << node.op_type() << "' lacks its input " << i;
    Value value = isAbsent ? absent() : lookup(node.input(i), scope);
    if (!value)
      return scope.isInitializer(node.input(i))
                 ? LogicalResult(failure())
                 : scope.reportUndefined(node.input(i), node, loc);
    operands.push_back(value);
  }
  return operands;
}

LogicalResult Importer::importOperator(pb::NodeProto &node, Scope &scope,
                                       const Origin &origin, Location loc) {
  auto name =
      findOperator(canonicalDomain(node.domain()), node.op_type(), context);
  if (!name)
    return failure(); // as checkOperators has said
  auto *op = name->getInterface<onnx::OnnxOpInterface>();
  auto operands = importInputs(node, op, scope, loc);
  if (failed(operands))
    return failure();
  auto attributes = importAttributes(node, *name, tensors, loc);
  if (failed(attributes))
    return failure();
  int64_t results = op->getNumOnnxOutputs();
  if (results >= 0 && node.output_size() > results)
    return emitError(loc) << "operator '" << node.op_type() << "' has "
                          << node.output_size() << " outputs, at most "
                          << results << " are expected";
  OperationState state(loc, *name);
  state.addOperands(*operands);
  state.addAttributes(*attributes);
  state.addTypes(
      SmallVector<Type>(results < 0 ? node.output_size() : results, valueType));
  if (failed(importGraphs(node, op, state, scope, origin)))
    return failure();
  Operation *made = b.create(state);
  // What ODS demands of attributes. Dominance waits for the whole module: this
  // may stand in a graph whose operation is not there yet.
  if (failed(name->verifyInvariants(made)))
    return made->erase(), failure();
  return bindOutputs(node, made, scope);
}

LogicalResult Importer::importCustomNode(const CustomOperator &op,
                                         const pb::NodeProto &node,
                                         Scope &scope, Location loc) {
  auto attributes = importCustom(op, node, tensors, loc);
  if (failed(attributes))
    return failure();
  SmallVector<Value> operands;
  for (const std::string &name : node.input()) {
    Value value = name.empty() ? absent() : lookup(name, scope);
    if (!value)
      return scope.isInitializer(name) ? LogicalResult(failure())
                                       : scope.reportUndefined(name, node, loc);
    operands.push_back(value);
  }
  SmallVector<Type> types(op.outputs.size(), valueType);
  return bindOutputs(
      node, onnx::CustomCallOp::create(b, loc, types, operands, *attributes),
      scope);
}

LogicalResult Importer::bindOutputs(const pb::NodeProto &node, Operation *op,
                                    Scope &scope) {
  // What comes out of a sequence may have a rank that nothing else tells.
  if (node.output_size() == 1 &&
      cast<onnx::OnnxOpInterface>(op).getSequenceInputs() & 1)
    if (auto rank = scope.statedRank(node.output(0)))
      op->setAttr("onnx.rank", b.getI64IntegerAttr(*rank));
  for (auto [name, value] :
       llvm::zip(node.output(),
                 op->getResults())) // results beyond the node's are unused
    if (!name.empty() && failed(scope.define(name, value, op->getLoc())))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

/// The ranks that are stated of values, -1 where none is.
template <typename Infos>
static SmallVector<int64_t> ranksOf(const Infos &infos) {
  SmallVector<int64_t> ranks;
  for (const pb::ValueInfoProto &info : infos)
    ranks.push_back(info.type().tensor_type().has_shape()
                        ? info.type().tensor_type().shape().dim_size()
                        : -1);
  return ranks;
}

LogicalResult Importer::importGraphs(pb::NodeProto &node,
                                     onnx::OnnxOpInterface::Concept *op,
                                     OperationState &state, Scope &scope,
                                     const Origin &origin) {
  llvm::SmallVector<llvm::StringRef> names;
  op->getGraphNames().split(names, ' ', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef &name : names) {
    bool optional = name.consume_back("?");
    auto it = llvm::find_if(
        *node.mutable_attribute(),
        [&](const pb::AttributeProto &a) { return a.name() == name; });
    if (it == node.mutable_attribute()->end() && optional) {
      state.addRegion();
      continue;
    }
    if (it == node.mutable_attribute()->end() || !it->has_g())
      return emitError(state.location) << "operator '" << node.op_type()
                                       << "' lacks its graph '" << name << "'";
    if (failed(importGraph(*it->mutable_g(), *state.addRegion(), scope, origin,
                           state.location)))
      return failure();
    // As of what comes out of a sequence otherwise.
    if (op->getSequenceInputs() & 1)
      state.addAttribute("onnx.ranks", b.getDenseI64ArrayAttr(ranksOf(it->g().input())));
  }
  for (const pb::AttributeProto &attribute : node.attribute())
    if (attributeType(attribute) == pb::AttributeProto::GRAPH &&
        !llvm::is_contained(names, attribute.name()))
      return emitError(state.location) << "has a graph '" << attribute.name()
                                       << "', which the operator has not";
  return success();
}

LogicalResult Importer::importGraph(pb::GraphProto &graph, Region &region,
                                    Scope &outer, const Origin &origin,
                                    Location loc) {
  OpBuilder::InsertionGuard guard(b);
  Block *block = b.createBlock(&region);
  Scope scope(&outer, graph, block);
  for (const pb::ValueInfoProto &input : graph.input())
    if (failed(scope.define(input.name(), block->addArgument(valueType, loc),
                            loc)))
      return failure();
  if (failed(importNodes(scope, origin)))
    return failure();
  auto outputs = importOutputs(scope, loc);
  if (failed(outputs))
    return failure();
  onnx::YieldOp::create(b, loc, *outputs);
  return success();
}

FailureOr<SmallVector<Value>> Importer::importOutputs(Scope &scope,
                                                      Location loc) {
  SmallVector<Value> values;
  for (const pb::ValueInfoProto &output : scope.graph.output()) {
    Value value = lookup(output.name(), scope);
    if (!value) {
      if (!scope.isInitializer(output.name()))
        emitError(loc) << "graph output '" << output.name()
                       << "' is not defined";
      return failure();
    }
    // A graph may hand an input on, whose type is known already.
    if (value.getType() != valueType)
      value = onnx::IdentityOp::create(b, loc, valueType, value);
    values.push_back(value);
  }
  return values;
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

FailureOr<func::FuncOp> Importer::makeFunction(pb::GraphProto &graph) {
  Scope names(nullptr, graph, nullptr);
  SmallVector<Type> inputTypes, outputTypes;
  SmallVector<DictionaryAttr> inputAttrs, outputAttrs;
  llvm::StringSet<> fixed; // inputs of a given length
  for (const pb::ValueInfoProto &input : graph.input()) {
    if (names.isInitializer(input.name()))
      continue; // before IR version 4 every initializer was an input too
    auto [type, attrs] = importInput(input, symbols, b, fileLoc());
    if (!type && !options.allErrors)
      return failure();
    if (!type)
      type = valueType, attrs = b.getDictionaryAttr({});
    if (auto length = options.lengths.find(input.name());
        length != options.lengths.end() && isa<core::SequenceType>(type)) {
      if (length->second > mostElements)
        return emitError(fileLoc())
               << "input '" << input.name() << "': a length of "
               << length->second << " is more than " << mostElements
               << ": leave it to the run";
      NamedAttrList more(attrs);
      more.set("onnx.length", b.getI64IntegerAttr(length->second));
      attrs = more.getDictionary(context);
      fixed.insert(input.name());
    }
    inputTypes.push_back(type);
    inputAttrs.push_back(attrs);
  }
  if (graph.output().empty())
    return emitError(fileLoc()) << "the graph has no outputs";
  for (const pb::ValueInfoProto &output : graph.output()) {
    auto [type, attrs] = importOutput(output, symbols, b);
    outputTypes.push_back(type);
    outputAttrs.push_back(attrs);
  }
  for (const auto &length : options.lengths)
    if (!fixed.contains(length.getKey()))
      return emitError(fileLoc())
             << "no input of the model is a sequence named '" << length.getKey()
             << "', whose length was to be fixed";
  for (llvm::StringRef name : symbols.unusedFixes())
    return emitError(fileLoc()) << "no dimension of the model is named '"
                                << name << "', which was to be fixed";
  auto function = func::FuncOp::create(
      b, fileLoc(), "main", b.getFunctionType(inputTypes, outputTypes));
  function.setAllArgAttrs(inputAttrs);
  function.setAllResultAttrs(outputAttrs);
  return function;
}

LogicalResult Importer::importMain(func::FuncOp function) {
  pb::GraphProto &graph = *model->proto.mutable_graph();
  entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  Scope scope(nullptr, graph, entry);
  auto argument = entry->args_begin();
  for (const pb::ValueInfoProto &input : graph.input())
    if (!scope.isInitializer(input.name()) &&
        failed(scope.define(input.name(), *argument++, fileLoc())))
      return failure();
  Opsets opsets = opsetsOf(model->proto.opset_import());
  if (failed(importNodes(scope, Origin{opsets, {}, std::nullopt})))
    return failure();
  auto outputs = importOutputs(scope, fileLoc());
  if (failed(outputs))
    return failure();
  func::ReturnOp::create(b, fileLoc(), *outputs);
  return success();
}

OwningOpRef<ModuleOp> Importer::run() {
  if (failed(checkOperators(*model, functions, options.customOps, context,
                            options.allErrors)) &&
      !options.allErrors)
    return {};
  OwningOpRef<ModuleOp> module = ModuleOp::create(fileLoc());
  std::string name = options.name.empty()
                         ? llvm::sys::path::stem(model->path).str()
                         : options.name;
  (*module)->setAttr("coil.name", b.getStringAttr(identifier(name)));
  b.setInsertionPointToStart(module->getBody());
  auto function = makeFunction(*model->proto.mutable_graph());
  if (failed(function) || failed(importMain(*function)) ||
      failed(verify(*module)))
    return {};
  if (options.mapped)
    *options.mapped = tensors.externalFiles();
  return module;
}

} // namespace coil::importer

OwningOpRef<ModuleOp> coil::importOnnx(llvm::StringRef path,
                                       MLIRContext *context,
                                       const ImportOptions &options) {
  context->loadDialect<onnx::OnnxDialect, core::CoreDialect, func::FuncDialect>();
  std::shared_ptr<importer::Model> model = importer::readModel(path, context);
  if (!model)
    return {};
  return importer::Importer(context, std::move(model), options).run();
}
