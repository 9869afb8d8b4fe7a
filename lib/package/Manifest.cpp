//===- Manifest.cpp - a compiled model described in JSON ------------------===//

#include "lib/package/Package.h"

#include "llvm/Support/JSON.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace llvm;

namespace coil {

/// Outputs say whose buffer they lie in.
static json::Object shareOf(const ShareSignature &share, const Signature &s) {
  json::Object entry{{"input", s.inputs[share.input].name}};
  if (share.grows()) {
    entry["axis"] = share.axis;
    entry["capacity"] = share.capacity;
  }
  return entry;
}

static json::Array valuesOf(ArrayRef<ValueSignature> values) {
  json::Array list;
  for (const ValueSignature &value : values) {
    json::Array dims;
    for (auto [size, name] : llvm::zip(value.shape, value.dimNames)) {
      if (!mlir::ShapedType::isDynamic(size))
        dims.push_back(size);
      else
        dims.push_back(name.empty() ? json::Value("?") : json::Value(name));
    }
    json::Object entry{{"name", value.name}, {"type", onnxTypeName(value.element)}, {"dims", std::move(dims)}};
    if (!value.ranked) // each element has a shape of its own
      entry["dims"] = nullptr;
    if (!value.isTensor())
      entry["kind"] = value.kind();
    list.push_back(std::move(entry));
  }
  return list;
}

void writeManifest(const Signature &s, StringRef weightsFile, raw_ostream &os) {
  json::OStream out(os, 2);
  out.object([&] {
    out.attribute("name", s.name);
    out.attribute("target", s.target);
    out.attribute("compiler", s.compiler);
    out.attribute("inputs", valuesOf(s.inputs));
    json::Array outputs = valuesOf(s.outputs);
    for (const ShareSignature &share : s.shares)
      outputs[share.output].getAsObject()->insert({"shares", shareOf(share, s)});
    out.attribute("outputs", std::move(outputs));
    // Absent where it depends on the dynamic dimensions.
    if (s.arenaBytes)
      out.attribute("arena_bytes", *s.arenaBytes);
    else
      out.attribute("arena_bytes", nullptr);
    out.attribute("weight_bytes", s.weightBytes);
    if (!weightsFile.empty())
      out.attribute("weights", weightsFile);
    out.attribute("kernel_count", s.kernelCount);
    out.attribute("call_count", int64_t(s.sites.size()));
  });
  os << "\n";
}

} // namespace coil
