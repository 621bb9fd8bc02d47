package dev.diver.deploy.node;

import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.CommandLine.Option;
import dev.diver.deploy.machine.Step;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The machine that Diver runs on: its files are where they are. */
public record ThisMachine() implements Node {

  @Override
  public String name() {
    return "this machine";
  }

  @Override
  public Optional<String> address() {
    return Optional.empty();
  }

  @Override
  public CommandLine command(List<String> words) {
    return new CommandLine(
        Path.of(words.getFirst()),
        words.stream().skip(1).map(word -> new Option(word, Optional.empty())).toList());
  }

  @Override
  public CommandLine command(List<String> words, Path log) {
    return command(words);
  }

  @Override
  public Path place(Path file) {
    return file.toAbsolutePath();
  }

  @Override
  public List<Step> bring(List<Path> files) {
    return List.of();
  }

  @Override
  public Answer ask(List<String> words, Optional<Path> input, Duration deadline)
      throws InterruptedException {
    try {
      Answer answer = Answer.of(_ -> words, input, deadline);
      if (answer.status().isEmpty()) {
        throw new Failure(
                Failure.Kind.FAILED,
                words.getFirst() + " took longer than " + deadline.toSeconds() + " seconds.",
                "Try again when this machine is less busy.")
            .exception();
      }
      return answer;
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.FAILED,
              words.getFirst() + " cannot be run: " + e.getMessage() + ".",
              "See what this machine lacks with: diver doctor")
          .exception(e);
    }
  }

  @Override
  public Optional<Failure> unreached(int status, Path log) {
    return Optional.empty();
  }
}
