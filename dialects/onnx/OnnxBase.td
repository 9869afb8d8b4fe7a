// What every ONNX operator is made of: the dialect, the type of a value that
// is not typed yet, the kinds of attributes, and the families of signatures.
#ifndef COIL_DIALECTS_ONNX_ONNXBASE_TD
#define COIL_DIALECTS_ONNX_ONNXBASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Onnx_Dialect : Dialect {
  let name = "onnx";
  let cppNamespace = "::coil::onnx";
  let summary = "An ONNX model as it was written";
  let description = [{
    The mnemonic is the ONNX operator type. Every operator exists in one form,
    the newest; `lib/import` upgrades older nodes to it. Inputs are positional
    operands, an absent one is the result of `onnx.None`; all outputs are
    results. com.microsoft operators live under `onnx.microsoft.`, those of
    ai.onnx.ml under `onnx.ml.`, those of the preview domains under
    `onnx.preview.` and `onnx.training.`. `onnx.custom.Call` is any operator
    that the user has declared.
  }];
  let useDefaultTypePrinterParser = 1;
}

def Onnx_ValueType : TypeDef<Onnx_Dialect, "Value"> {
  let mnemonic = "value";
  let summary = "a tensor whose element type and shape are not yet known";
  let description = [{
    ONNX nodes do not carry types. Legalization finds them while it translates,
    producers first, so this type never survives the `legalize` stage.
  }];
}

//===----------------------------------------------------------------------===//
// Operands and attributes
//===----------------------------------------------------------------------===//

// An input that may be absent: then it is the result of `onnx.None`.
class Onnx_Maybe : TypeAlias<AnyType, "a value, or none where the input is absent">;
def Maybe : Onnx_Maybe;

// A graph that may be absent: then the region is empty.
class Onnx_MaybeGraph : Region<AnyRegion.predicate, AnyRegion.summary>;
def MaybeGraph : Onnx_MaybeGraph;

// Attributes that have a default in the specification.
class Int<int default> : DefaultValuedAttr<I64Attr, !cast<string>(default)>;
class Float<string default> : DefaultValuedAttr<F32Attr, default>;
class Str<string default> : DefaultValuedStrAttr<StrAttr, default>;
// Attributes whose absence has a meaning of its own.
def OptInt : OptionalAttr<I64Attr>;
def OptFloat : OptionalAttr<F32Attr>;
def OptStr : OptionalAttr<StrAttr>;
def OptInts : OptionalAttr<DenseI64ArrayAttr>;
def OptFloats : OptionalAttr<DenseF32ArrayAttr>;
def OptStrs : OptionalAttr<StrArrayAttr>;
def OptTensor : OptionalAttr<ElementsAttr>;
// An element type; absent where ONNX has 0 ("undefined") or no attribute.
def OptType : OptionalAttr<TypeAttr>;

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

// An ONNX operator in its newest form. `since` is the opset that introduced
// that form. Operators that draw random numbers or hold graphs are not pure.
class Onnx_OpBase<string mnemonic, int since, list<Trait> traits = []>
    : Op<Onnx_Dialect, mnemonic,
         traits # [DeclareOpInterfaceMethods<Onnx_OpInterface>]> {
  let summary = "ONNX " # mnemonic # ", the form of opset " # since;
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";

  int opset = since; // for who reads the records
  // The positions in `arguments` of operands, as opposed to attributes.
  list<int> inputs = !filter(i, !range(!size(arguments)),
      !isa<TypeConstraint>(!getdagarg<Constraint>(arguments, i)));
  bit variadic = !not(!empty(!filter(i, inputs,
      !isa<Variadic>(!getdagarg<Constraint>(arguments, i)))));
  int required = !foldl(0, inputs, mask, i,
      !if(!or(!isa<Onnx_Maybe>(!getdagarg<Constraint>(arguments, i)), variadic),
          mask, !or(mask, !shl(1, i))));
  // Bit i is set when input i may be a sequence or an optional value.
  int sequences = 0;
  // Bit i is set when input i may hold strings.
  int strings = 0;
  bit variadicResults = !not(!empty(!filter(i, !range(!size(results)),
      !isa<Variadic>(!getdagarg<Constraint>(results, i)))));
  string graphs = !foldl("", !range(!size(regions)), names, i,
      names # !getdagname(regions, i)
            # !if(!isa<Onnx_MaybeGraph>(!getdagarg<Region>(regions, i)), "? ", " "));

  let extraClassDefinition = [{
    int64_t $cppClass::getSinceVersion() { return }] # since # [{; }
    int64_t $cppClass::getNumOnnxInputs() { return }]
      # !if(variadic, -1, !size(inputs)) # [{; }
    uint64_t $cppClass::getRequiredOnnxInputs() { return }] # required # [{; }
    uint64_t $cppClass::getSequenceInputs() { return }] # sequences # [{; }
    uint64_t $cppClass::getStringInputs() { return }] # strings # [{; }
    int64_t $cppClass::getNumOnnxOutputs() { return }]
      # !if(variadicResults, -1, !size(results)) # [{; }
    ::llvm::StringRef $cppClass::getGraphNames() { return "}] # graphs # [{"; }
  }];
}

class Onnx_Op<string opType, int since> : Onnx_OpBase<opType, since, [Pure]>;

class Onnx_Unary<string opType, int since, dag attrs = (ins)> : Onnx_Op<opType, since> {
  let arguments = !con((ins AnyType:$x), attrs);
  let results = (outs AnyType:$y);
}

class Onnx_Binary<string opType, int since, dag attrs = (ins)> : Onnx_Op<opType, since> {
  let arguments = !con((ins AnyType:$a, AnyType:$b), attrs);
  let results = (outs AnyType:$y);
}

class Onnx_Variadic<string opType, int since, dag attrs = (ins)> : Onnx_Op<opType, since> {
  let arguments = !con((ins Variadic<AnyType>:$inputs), attrs);
  let results = (outs AnyType:$y);
}

// Any other shape of signature.
class Onnx_Other<string opType, int since, dag args, dag res = (outs AnyType:$y)>
    : Onnx_Op<opType, since> {
  let arguments = args;
  let results = res;
}

#endif // COIL_DIALECTS_ONNX_ONNXBASE_TD
