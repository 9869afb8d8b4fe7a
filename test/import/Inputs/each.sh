#!/bin/sh
# each.sh MAKE RUN DIR NAME...: imports DIR/NAME.onnx, one after the other, with the command RUN
# (`coilc` or `not coilc`), made with the command MAKE from DIR/NAME.txt where there is one.
make=$1 run=$2 dir=$3
shift 3
for name; do
  if [ -f "$dir/$name.txt" ]; then
    $make "$dir/$name.txt" "$dir/$name.onnx" || exit 1
  fi
  $run "$dir/$name.onnx" --stop-after=import -o - || exit 1
done
