
int main(void) {
  float data[2] = {1, 2};
  names_inputs inputs;
  names_outputs outputs;
  coil_context *context;
  inputs.run_ = names_run_(data);
  inputs._new = names__new(data);
  outputs._class.data = data;
  return names_create(NULL, &context) != COIL_OK || names_run(context, &inputs, &outputs) != COIL_OK;
}
