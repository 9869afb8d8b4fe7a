// In: names. Out: values, or the reason why there is none: ONNX demands that
// nodes stand in topological order, and a user should hear how a graph fails
// to.

#include "lib/import/Scope.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace coil::importer {

Scope::Scope(Scope *outer, pb::GraphProto &graph, Block *block)
    : outer(outer), graph(graph), block(block) {
  for (const pb::TensorProto &tensor : graph.initializer())
    dense[tensor.name()] = &tensor;
  for (const pb::SparseTensorProto &tensor : graph.sparse_initializer())
    sparse[tensor.values().name()] = &tensor;
}

LogicalResult Scope::define(llvm::StringRef name, Value value, Location loc) {
  if (isInitializer(name) || !values.try_emplace(name, value).second)
    return emitError(loc) << "defines value '" << name << "' a second time";
  return success();
}

std::optional<int64_t> Scope::statedRank(llvm::StringRef name) {
  auto note = [&](const pb::ValueInfoProto &info) {
    if (info.type().has_tensor_type() && info.type().tensor_type().has_shape())
      (*ranks)[info.name()] = info.type().tensor_type().shape().dim_size();
  };
  if (!ranks) {
    ranks.emplace();
    llvm::for_each(graph.value_info(), note);
    llvm::for_each(graph.output(), note);
  }
  auto known = ranks->find(name);
  return known == ranks->end() ? std::nullopt
                               : std::optional<int64_t>(known->second);
}

/// Whether the node that makes `name` needs, over whatever many others, a value
/// of `node`.
static bool dependsOn(llvm::StringRef name, const pb::NodeProto &node,
                      const pb::GraphProto &graph) {
  llvm::StringMap<const pb::NodeProto *> makers;
  for (const pb::NodeProto &other : graph.node())
    for (const std::string &output : other.output())
      makers[output] = &other;
  llvm::SmallSetVector<const pb::NodeProto *, 16> seen;
  auto visit = [&](llvm::StringRef value) {
    if (const pb::NodeProto *maker = makers.lookup(value))
      seen.insert(maker);
  };
  visit(name);
  for (size_t i = 0; i < seen.size(); ++i)
    for (const std::string &input : seen[i]->input())
      if (llvm::is_contained(node.output(), input))
        return true;
      else
        visit(input);
  return false;
}

LogicalResult Scope::reportUndefined(llvm::StringRef name,
                                     const pb::NodeProto &node,
                                     Location loc) const {
  InFlightDiagnostic error = emitError(loc)
                             << "operator '" << node.op_type()
                             << "' uses value '" << name << "', ";
  bool comesLater = llvm::any_of(graph.node(), [&](const pb::NodeProto &other) {
    return llvm::is_contained(other.output(), name.str());
  });
  if (llvm::is_contained(node.output(), name.str()) ||
      dependsOn(name, node, graph))
    error << "which depends on this node: the graph has a cycle";
  else if (comesLater)
    error
        << "which a later node defines: the graph is not in topological order";
  else
    error << "which nothing defines";
  return error;
}

} // namespace coil::importer
