// Control flow, and what stands for an absent input. Graphs are regions of one
// block; they use outer values freely, as ONNX's do.
#ifndef COIL_DIALECTS_ONNX_ONNXCONTROL_TD
#define COIL_DIALECTS_ONNX_ONNXCONTROL_TD

include "dialects/onnx/OnnxBase.td"

def Onnx_NoneOp : Op<Onnx_Dialect, "None", [Pure]> {
  let summary = "an optional input that is absent";
  let results = (outs NoneType:$absent);
  let assemblyFormat = "attr-dict `:` type($absent)";
}

def Onnx_YieldOp : Op<Onnx_Dialect, "Yield", [Pure, Terminator]> {
  let summary = "the outputs of a graph";
  let arguments = (ins Variadic<AnyType>:$outputs);
  let assemblyFormat = "($outputs^ `:` type($outputs))? attr-dict";
}

class Onnx_Control<string opType, int since>
    : Onnx_OpBase<opType, since, [RecursiveMemoryEffects, SingleBlock]> {
  let results = (outs Variadic<AnyType>:$outputs);
  let hasVerifier = 1;
}

def Onnx_IfOp : Onnx_Control<"If", 25> {
  let arguments = (ins AnyType:$cond);
  let regions = (region SizedRegion<1>:$then_branch, SizedRegion<1>:$else_branch);
  let assemblyFormat = [{
    operands attr-dict `:` functional-type(operands, results) $then_branch `else` $else_branch
  }];
}

class Onnx_BodyControl<string opType, int since> : Onnx_Control<opType, since> {
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results) $body";
}

// body: (iteration, condition, carried...)
//       -> (condition, carried..., scan outputs...)
def Onnx_LoopOp : Onnx_BodyControl<"Loop", 25> {
  let strings = -4;
  let arguments = (ins AnyType:$maxTripCount, AnyType:$cond, Variadic<AnyType>:$initial);
  let sequences = -4; // what is carried
}

// body: (carried..., slices of the scan inputs...) -> (carried..., slices of the scan outputs...)
def Onnx_ScanOp : Onnx_BodyControl<"Scan", 25> {
  let strings = -1;
  let arguments = (ins Variadic<AnyType>:$initialAndScanInputs, I64Attr:$num_scan_inputs,
                       OptInts:$scan_input_axes, OptInts:$scan_input_directions,
                       OptInts:$scan_output_axes, OptInts:$scan_output_directions);
}

#endif // COIL_DIALECTS_ONNX_ONNXCONTROL_TD
