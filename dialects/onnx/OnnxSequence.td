// Sequences and optional values. Where the model tells a sequence's length it is
// the list of its tensors, and none of these operators is left in a run.
#ifndef COIL_DIALECTS_ONNX_ONNXSEQUENCE_TD
#define COIL_DIALECTS_ONNX_ONNXSEQUENCE_TD

include "dialects/onnx/OnnxControl.td"

// What a sequence of known length is made of while legalization runs. No ONNX
// operator. The result is a !coil.sequence.
def Onnx_ListOp : Op<Onnx_Dialect, "List", [Pure]> {
  let summary = "the elements of a sequence";
  let arguments = (ins Variadic<AnyType>:$elements);
  let results = (outs AnyType:$sequence);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Onnx_SequenceConstructOp : Onnx_Variadic<"SequenceConstruct", 11> { let strings = -1; }
def Onnx_SequenceEmptyOp : Onnx_Other<"SequenceEmpty", 11, (ins OptType:$dtype)>;
def Onnx_SplitToSequenceOp : Onnx_Other<"SplitToSequence", 24,
    (ins AnyType:$input, Maybe:$split, Int<0>:$axis, Int<1>:$keepdims)> { let strings = 1; }

let sequences = 1 in {
def Onnx_SequenceInsertOp : Onnx_Other<"SequenceInsert", 11, (ins AnyType:$sequence, AnyType:$tensor, Maybe:$position)> { let strings = 2; }
def Onnx_SequenceEraseOp : Onnx_Other<"SequenceErase", 11, (ins AnyType:$sequence, Maybe:$position)>;
def Onnx_SequenceAtOp : Onnx_Other<"SequenceAt", 11, (ins AnyType:$sequence, AnyType:$position)>;
def Onnx_SequenceLengthOp : Onnx_Other<"SequenceLength", 11, (ins AnyType:$sequence)>;
def Onnx_ConcatFromSequenceOp : Onnx_Other<"ConcatFromSequence", 11,
    (ins AnyType:$sequence, I64Attr:$axis, Int<0>:$new_axis)>;

def Onnx_OptionalOp : Onnx_Other<"Optional", 15, (ins Maybe:$x)> { let strings = 1; }
def Onnx_OptionalGetElementOp : Onnx_Other<"OptionalGetElement", 18, (ins Maybe:$x)> { let strings = 1; }
def Onnx_OptionalHasElementOp : Onnx_Other<"OptionalHasElement", 18, (ins Maybe:$x)> { let strings = 1; }
}

// body: (an element of each sequence, the other inputs...) -> (an element of each result)
def Onnx_SequenceMapOp : Onnx_BodyControl<"SequenceMap", 17> {
  let strings = -1;
  let arguments = (ins AnyType:$sequence, Variadic<AnyType>:$others);
  let sequences = -1;
}

#endif // COIL_DIALECTS_ONNX_ONNXSEQUENCE_TD
