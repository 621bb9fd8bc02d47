package dev.diver.deploy.hypervisor;

import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.Step;
import java.util.List;

/**
 * How a hypervisor is made to run a machine.
 *
 * @param steps to be done first, in order
 * @param command that runs it
 */
public record Invocation(List<Step> steps, CommandLine command) {
  public Invocation {
    steps = List.copyOf(steps);
  }
}
