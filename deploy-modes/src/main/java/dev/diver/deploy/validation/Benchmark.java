package dev.diver.deploy.validation;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A program that is run natively and in a mode. Its working directory is a folder of its own, in
 * which its inputs lie.
 *
 * @param name as users select it
 * @param summary what it does, for people
 * @param debianPackage that brings it; empty: Diver brings it
 * @param program absolute, or the name of a file in the folder
 * @param arguments of the native run
 * @param argumentsInMode of the run in the mode: others only where a gain is feigned
 * @param input its standard input; empty: there is none
 * @param inputs that it reads, standard input included
 * @param gain γ that is feigned by less computing in the mode; else 1
 * @param children whether it starts other programs, which not every mode can do
 */
public record Benchmark(
    String name,
    String summary,
    Optional<String> debianPackage,
    Path program,
    List<String> arguments,
    List<String> argumentsInMode,
    Optional<Input> input,
    List<Input> inputs,
    double gain,
    boolean children) {

  public Benchmark {
    arguments = List.copyOf(arguments);
    argumentsInMode = List.copyOf(argumentsInMode);
    inputs = List.copyOf(inputs);
  }

  /** A program of Debian's with these arguments. */
  static Benchmark of(
      String debianPackage,
      String name,
      String summary,
      String program,
      List<String> arguments,
      Input... inputs) {
    return new Benchmark(
        name,
        summary,
        Optional.of(debianPackage),
        Path.of(program),
        arguments,
        arguments,
        Optional.empty(),
        List.of(inputs),
        1,
        false);
  }

  /** The same, reading this from its standard input. */
  Benchmark reading(Input other) {
    return new Benchmark(
        name,
        summary,
        debianPackage,
        program,
        arguments,
        argumentsInMode,
        Optional.of(other),
        List.of(other),
        gain,
        children);
  }

  /** The same, starting other programs. */
  Benchmark withChildren() {
    return new Benchmark(
        name,
        summary,
        debianPackage,
        program,
        arguments,
        argumentsInMode,
        input,
        inputs,
        gain,
        true);
  }
}
