package dev.diver.deploy;

import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.ShellWords;
import dev.diver.deploy.machine.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a dive will do, as data.
 *
 * @param mode that carries it out
 * @param request that it meets
 * @param name of the dive
 * @param folder that holds all of it
 * @param steps to be done first, in order
 * @param companions processes that the machine needs, in the order of their start
 * @param command that runs the machine
 */
public record DivePlan(
    String mode,
    DiveRequest request,
    String name,
    Path folder,
    List<Step> steps,
    List<Companion> companions,
    CommandLine command) {

  public DivePlan {
    steps = List.copyOf(steps);
    companions = List.copyOf(companions);
  }

  /** Whether there is a machine; an app on this host's own Linux needs none. */
  public boolean hasMachine() {
    return request.bootable().isPresent()
        && request.delegation().filter(d -> d.onLinux() && d.gpos().isEmpty()).isEmpty();
  }

  /** The companion that has the app's standard streams, if not the machine has them. */
  public Optional<Companion> owner() {
    return companions.stream().filter(Companion::ownsStreams).findFirst();
  }

  /** The plan as commands of a POSIX shell that do the same; ends with a newline. */
  public String toShell() {
    List<String> lines = new ArrayList<>(steps.stream().map(Step::toShell).toList());
    if (companions.isEmpty()) {
      lines.add(command.toShell());
    } else {
      lines.add("exec 3<&0"); // a process in the background reads nothing unless it is told to
      companions.forEach(companion -> lines.add(toShell(companion)));
      lines.add(command.toShell() + " <" + (owner().isPresent() ? "/dev/null" : "&3"));
      lines.add("wait");
    }
    steps.forEach(step -> step.undo().ifPresent(lines::add));
    return String.join("\n", lines) + "\n";
  }

  private static String toShell(Companion companion) {
    String socket = ShellWords.quote(companion.socket().toString());
    return companion.command().toShell()
        + (companion.ownsStreams() ? " <&3" : " </dev/null >" + socket + ".log 2>&1")
        + " &\n"
        + "until [ -S "
        + socket
        + " ]; do kill -0 $! || exit 1; sleep 0.02; done";
  }
}
