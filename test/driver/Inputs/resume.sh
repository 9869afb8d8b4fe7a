#!/bin/sh
# resume.sh MODEL.onnx NAME: NAME.so, NAME.h and NAME.json come out the same when MODEL is compiled
# once more, and when the compilation goes on from each stage's text.
set -e
model=$1 name=$2
compile() {
  mkdir -p "$2"
  coilc "$1" -o "$2/$name.so" --name=m
  for file in "$name.so" "$name.h" "$name.json"; do
    cmp "$file" "$2/$file"
  done
}
compile "$model" again
for stage in import legalize structure bufferize vectorize lower; do
  coilc "$model" -o "$stage.mlir" --name=m --stop-after="$stage" --emit=mlir
  compile "$stage.mlir" "$stage"
done
