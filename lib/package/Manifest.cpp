//===- Manifest.cpp - a compiled model described in JSON ------------------===//

#include "lib/package/Package.h"

#include "llvm/Support/JSON.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace llvm;

namespace coil {

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
    out.attribute("outputs", valuesOf(s.outputs));
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
