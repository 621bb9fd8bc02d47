package dev.diver.deploy;

import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.Step;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a dive will do, as data.
 *
 * @param mode that carries it out
 * @param request that it meets
 * @param name of the dive
 * @param folder that holds all of it
 * @param steps to be done first, in order
 * @param command that runs the machine
 */
public record DivePlan(
    String mode,
    DiveRequest request,
    String name,
    Path folder,
    List<Step> steps,
    CommandLine command) {

  public DivePlan {
    steps = List.copyOf(steps);
  }

  /** The plan as commands of a POSIX shell that do the same; ends with a newline. */
  public String toShell() {
    return Stream.concat(steps.stream().map(Step::toShell), Stream.of(command.toShell()))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
