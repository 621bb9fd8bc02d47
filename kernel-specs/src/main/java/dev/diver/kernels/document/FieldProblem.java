package dev.diver.kernels.document;

/**
 * What is wrong with one field of a document.
 *
 * @param field path of keys joined by dots, as in {@code modes.full-vm.memory}
 * @param what says what is wrong, to stand after the field's name, as in {@code is missing}
 * @param remedy one sentence that says what to do
 */
public record FieldProblem(String field, String what, String remedy) {}
