// In: a whole model. Out: errors for the operators that have no operation. This
// is asked before anything is built, so that one run names them all.

#include "lib/import/Check.h"
#include "lib/import/CustomOps.h"
#include "lib/import/Upgrade.h"

#include "dialects/onnx/Onnx.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace coil::importer {

/// The prefixes of mnemonics, by domain.
static std::optional<llvm::StringRef> prefixOf(llvm::StringRef domain) {
  static constexpr std::pair<llvm::StringLiteral, llvm::StringLiteral>
      prefixes[] = {{"", "onnx."},
                    {"com.microsoft", "onnx.microsoft."},
                    {"ai.onnx.ml", "onnx.ml."},
                    {"ai.onnx.preview", "onnx.preview."},
                    {"ai.onnx.preview.training", "onnx.training."}};
  for (auto [key, prefix] : prefixes)
    if (key == domain)
      return prefix;
  return std::nullopt;
}

std::optional<RegisteredOperationName> findOperator(llvm::StringRef domain,
                                                    llvm::StringRef opType,
                                                    MLIRContext *context) {
  auto prefix = prefixOf(domain);
  if (!prefix ||
      opType.contains(
          '.')) // "microsoft.Gelu" is no operator of the default domain
    return std::nullopt;
  auto name =
      RegisteredOperationName::lookup((*prefix + opType).str(), context);
  if (!name || !name->getInterface<onnx::OnnxOpInterface>())
    return std::nullopt;
  return name;
}

/// The operators that a domain did not have from its first version, with a
/// space around each. Not here: what models use before its time, because it was
/// experimental (ThresholdedRelu, MeanVarianceNormalization) or because ONNX
/// Runtime writes it into older models (LayerNormalization).
static constexpr std::pair<int64_t, llvm::StringLiteral> introduced[] = {
    {7, " Acos Asin Atan Cos Multinomial Sin Tan "},
    {8, " Expand Scan "},
    {9, " Acosh Asinh Atanh Compress ConstantOfShape Cosh Erf EyeLike IsNaN "
        "MaxUnpool NonZero OneHot Scatter Shrink "
        "Sign Sinh TfIdfVectorizer Where "},
    {10, " ConvInteger DequantizeLinear IsInf MatMulInteger Mod "
         "NonMaxSuppression QLinearConv QLinearMatMul "
         "QuantizeLinear Resize ReverseSequence RoiAlign StringNormalizer "},
    {11, " BitShift CumSum Det DynamicQuantizeLinear GatherElements GatherND "
         "Range Round ScatterElements ScatterND "
         "Unique "},
    {12, " Celu Einsum GreaterOrEqual LessOrEqual NegativeLogLikelihoodLoss "
         "SoftmaxCrossEntropyLoss "},
    {14, " HardSwish Trilu "},
    {15, " Bernoulli CastLike "},
    {16, " GridSample "},
    {17, " BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT "},
    {18, " BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im "
         "GroupNormalization Mish "},
    {19, " DeformConv "},
    {20, " AffineGrid Gelu RegexFullMatch StringConcat StringSplit "},
    {23, " Attention RMSNormalization RotaryEmbedding "},
    {24, " Swish TensorScatter "},
    {26, " BitCast CumProd "},
    {27, " CausalConvWithState LinearAttention "},
    {28, " SwiGLU "},
};

/// The opset that brought an operator of the default domain.
static int64_t introducedIn(llvm::StringRef opType) {
  for (auto [opset, operators] : introduced)
    if (operators.contains((" " + opType + " ").str()))
      return opset;
  return 1;
}

/// Why an operator will not be supported, and what to do about it.
static constexpr struct {
  llvm::StringLiteral domain, opType, reason;
} refused[] = {
    {"", "ImageDecoder",
     "it reads image files, for which a model's library would need more than "
     "libc: decode before the run, and make the pixels an input"},
    {"ai.onnx.preview.training", "Gradient",
     "it differentiates a graph, which is a task for who trains: export the "
     "model with its gradients as operators"},
};

static llvm::StringRef refusal(llvm::StringRef domain, llvm::StringRef opType) {
  for (const auto &row : refused)
    if (row.domain == domain && row.opType == opType)
      return row.reason;
  return "";
}

Location nodeLocation(const Model &model, const pb::NodeProto &node,
                      int64_t index, MLIRContext *context) {
  std::string name = node.name();
  if (name.empty() || name.back() == '/')
    name += node.op_type() + "_" + std::to_string(index);
  return NameLoc::get(StringAttr::get(context, name),
                      FileLineColLoc::get(context, model.path, index, 0));
}

namespace {

class OperatorCheck {
public:
  OperatorCheck(const Model &model, const Functions &functions,
                const CustomOps *customOps, MLIRContext *context)
      : model(model), functions(functions), customOps(customOps),
        context(context) {}

  template <typename Nodes>
  void visit(const Nodes &nodes, const Opsets &opsets) {
    for (auto [index, node] : llvm::enumerate(nodes))
      visit(node, index, opsets);
  }

  LogicalResult report(bool everyNode) {
    for (const auto &[key, use] : unknown) {
      if (everyNode) {
        for (Location node : use.nodes)
          report(key, use, node);
        continue;
      }
      InFlightDiagnostic error = report(key, use, use.nodes.front());
      if (use.nodes.size() > 1)
        error << "; " << use.nodes.size() << " nodes use it";
    }
    return success(unknown.empty());
  }

private:
  using Key = std::pair<std::string, std::string>; // domain, operator
  struct Use {
    int64_t opset;
    int64_t since;
    llvm::SmallVector<Location> nodes;
  };

  static InFlightDiagnostic report(const Key &key, const Use &use,
                                   Location node) {
    InFlightDiagnostic error =
        emitError(node) << "operator '" << key.second << "' of domain '"
                        << domainName(key.first) << "', opset " << use.opset
                        << (use.opset ? ""
                                      : " (which the model does not import)")
                        << ", ";
    if (use.since > use.opset && use.opset)
      error << "exists since opset " << use.since;
    else
      error << "is not supported";
    if (llvm::StringRef reason = refusal(key.first, key.second);
        !reason.empty())
      error << ": " << reason;
    if (!prefixOf(key.first))
      error << "; --custom-op binds it to a C function";
    return error;
  }

  void visit(const pb::NodeProto &node, int64_t index, const Opsets &opsets) {
    llvm::StringRef domain = canonicalDomain(node.domain());
    for (const pb::AttributeProto &attribute : node.attribute()) {
      if (attribute.has_g())
        visit(attribute.g().node(), opsets);
    }
    if (customOps && customOps->find(domain, node.op_type()))
      return;
    if (const Function *function = functions.find(node)) {
      if (visited.insert(function).second)
        visit(function->proto->node(), function->opsets);
      return;
    }
    // The default domain has versions that mean different things: it must be
    // told.
    auto opset = opsets.find(domain);
    bool told = !domain.empty() || opset != opsets.end();
    int64_t since = domain.empty() ? introducedIn(node.op_type()) : 0;
    bool inTime = told && (!domain.empty() || since <= opset->second);
    if (inTime && (isUpgraded(domain, node.op_type()) ||
                   findOperator(domain, node.op_type(), context)))
      return;
    auto [it, isNew] = unknown.insert(
        {{domain.str(), node.op_type()},
         {opset == opsets.end() ? 0 : opset->second, since, {}}});
    it->second.nodes.push_back(nodeLocation(model, node, index, context));
  }

  const Model &model;
  const Functions &functions;
  const CustomOps *customOps;
  MLIRContext *context;
  llvm::SmallPtrSet<const Function *, 8> visited;
  llvm::MapVector<Key, Use, std::map<Key, unsigned>> unknown;
};

} // namespace

LogicalResult checkOperators(const Model &model, const Functions &functions,
                             const CustomOps *customOps, MLIRContext *context,
                             bool everyNode) {
  OperatorCheck check(model, functions, customOps, context);
  check.visit(model.proto.graph().node(), opsetsOf(model.proto.opset_import()));
  return check.report(everyNode);
}

} // namespace coil::importer
