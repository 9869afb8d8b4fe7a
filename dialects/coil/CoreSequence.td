// Sequences of tensors and optional values whose length, or presence, only a
// run tells. Values like tensors: an op makes a new one and changes none.
#ifndef COIL_DIALECTS_COIL_CORESEQUENCE_TD
#define COIL_DIALECTS_COIL_CORESEQUENCE_TD

include "dialects/coil/CoreBase.td"
include "mlir/IR/AttrTypeBase.td"

class Core_Type<string name, string typeMnemonic, string parameter> : TypeDef<Core_Dialect, name> {
  let mnemonic = typeMnemonic;
  let parameters = (ins "::mlir::Type":$element);
  let assemblyFormat = "`<` $" # parameter # " `>`";
  let genVerifyDecl = 1;
  let skipDefaultBuilders = 1;
  let builders = [TypeBuilderWithInferredContext<(ins "::mlir::Type":$element), [{
    return $_get(element.getContext(), element);
  }]>];
}

def Core_Sequence : Core_Type<"Sequence", "sequence", "element"> {
  let summary = "tensors of one element type, any number of them";
  let description = [{
    The parameter says what is known of each tensor: `tensor<?x3xf32>` of its
    rank and sizes, `tensor<*xf32>` of its element type alone. `f32` is of a
    sequence without elements, of which more would be known if it had any, and
    `none` where not even that is known.
  }];
}

def Core_Optional : Core_Type<"Optional", "optional", "element"> {
  let summary = "a tensor or sequence, or nothing";
  let description = [{
    The parameter is the type of what may be there: as in a sequence, or a
    sequence.
  }];
}

def Core_Container : AnyTypeOf<[Core_Sequence, Core_Optional]>;
def Core_Content : AnyTypeOf<[AnyRankedTensor, Core_Sequence]>;

def Core_SequenceEmptyOp : Core_Op<"sequence_empty", [Pure]> {
  let summary = "The sequence without elements";
  let results = (outs Core_Sequence:$sequence);
  let assemblyFormat = "attr-dict `:` type($sequence)";
}

def Core_SequenceLengthOp : Core_Op<"sequence_length", [Pure]> {
  let summary = "The number of elements";
  let arguments = (ins Core_Sequence:$sequence);
  let results = (outs Index:$length);
  let assemblyFormat = "$sequence attr-dict `:` type($sequence)";
}

def Core_SequenceAtOp : Core_Op<"sequence_at", [NoMemoryEffect]> {
  let summary = "An element";
  let description = [{
    The position is in [0, length), or the run fails; so does one where the
    element has another rank than the result, which the type of the sequence need
    not tell. Not to be moved to where a run would not have asked.

    ```mlir
    %x = coil.sequence_at %s[%i] : !coil.sequence<tensor<?xf32>> to tensor<?xf32>
    ```
  }];
  let arguments = (ins Core_Sequence:$sequence, Index:$position);
  let results = (outs AnyRankedTensor:$element);
  let assemblyFormat = "$sequence `[` $position `]` attr-dict `:` type($sequence) `to` type($element)";
  let hasVerifier = 1;
}

def Core_SequenceInsertOp : Core_Op<"sequence_insert", [NoMemoryEffect, AllTypesMatch<["sequence", "result"]>]> {
  let summary = "The sequence with one more element, at a position in [0, length]";
  let arguments = (ins AnyRankedTensor:$element, Core_Sequence:$sequence, Index:$position);
  let results = (outs Core_Sequence:$result);
  let assemblyFormat = "$element `,` $sequence `[` $position `]` attr-dict `:` type($element) `,` type($sequence)";
  let hasVerifier = 1;
}

def Core_SequenceEraseOp : Core_Op<"sequence_erase", [NoMemoryEffect, AllTypesMatch<["sequence", "result"]>]> {
  let summary = "The sequence without the element at a position in [0, length)";
  let arguments = (ins Core_Sequence:$sequence, Index:$position);
  let results = (outs Core_Sequence:$result);
  let assemblyFormat = "$sequence `[` $position `]` attr-dict `:` type($sequence)";
}

def Core_SequenceCastOp : Core_Op<"sequence_cast", [Pure]> {
  let summary = "The same sequence or optional value, of which less is known";
  let arguments = (ins Core_Container:$from);
  let results = (outs Core_Container:$to);
  let assemblyFormat = "$from attr-dict `:` type($from) `to` type($to)";
  let hasFolder = 1;
}

def Core_OptionalNoneOp : Core_Op<"optional_none", [Pure]> {
  let summary = "Nothing";
  let results = (outs Core_Optional:$optional);
  let assemblyFormat = "attr-dict `:` type($optional)";
}

def Core_OptionalSomeOp : Core_Op<"optional_some", [Pure]> {
  let summary = "A tensor or sequence as an optional value";
  let arguments = (ins Core_Content:$content);
  let results = (outs Core_Optional:$optional);
  let assemblyFormat = "$content attr-dict `:` type($content) `to` type($optional)";
  let hasVerifier = 1;
}

def Core_OptionalHasOp : Core_Op<"optional_has", [Pure]> {
  let summary = "Whether there is something";
  let arguments = (ins Core_Optional:$optional);
  let results = (outs I1:$has);
  let assemblyFormat = "$optional attr-dict `:` type($optional)";
}

def Core_OptionalGetOp : Core_Op<"optional_get", [NoMemoryEffect]> {
  let summary = "What is there; the run fails where nothing is";
  let arguments = (ins Core_Optional:$optional);
  let results = (outs Core_Content:$content);
  let assemblyFormat = "$optional attr-dict `:` type($optional) `to` type($content)";
  let hasVerifier = 1;
}

#endif // COIL_DIALECTS_COIL_CORESEQUENCE_TD
