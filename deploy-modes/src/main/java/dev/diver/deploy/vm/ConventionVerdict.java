package dev.diver.deploy.vm;

import dev.diver.deploy.Outcome;
import dev.diver.deploy.vm.ConsolePatterns.Mark;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.DebugExit;
import dev.diver.kernels.spec.KernelSpec.EndMeaning;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Judges a dive of a kernel that does not report, by what its spec says: first by text on its
 * consoles, then by the value of its debug exit, then by how the machine ended.
 *
 * @param spec of the kernel
 * @param consoles of the machine
 * @param end of the machine
 * @param up whether the kernel was seen to come up
 */
record ConventionVerdict(KernelSpec spec, Consoles consoles, MachineEnd end, boolean up) {

  private static final int FAILED = 1;

  /** What the kernel told of its app; empty where it told nothing. */
  Optional<Outcome> told() {
    return ConsoleVerdict.of(spec.exit(), consoles)
        .or(
            () ->
                switch (end) {
                  case MachineEnd.DebugExit(int value) ->
                      Optional.of(new Outcome.Exited(status(value)));
                  case MachineEnd.PoweredOff _ ->
                      ended("The kernel powered the machine off", poweredOff(spec.exit()));
                  case MachineEnd.Reset _ ->
                      ended(
                          "The kernel reset the machine, or had a fault that it could not handle",
                          spec.exit().reset());
                  case MachineEnd.GuestPanic _ -> Optional.of(panicked("The kernel panicked"));
                  case MachineEnd.Asked _, MachineEnd.Failed _, MachineEnd.Silent _ ->
                      Optional.empty();
                });
  }

  /** The machine ended by itself, and nothing says what that means. */
  Outcome untold() {
    String how =
        switch (end) {
          case MachineEnd.PoweredOff _ -> "The kernel powered the machine off";
          case MachineEnd.Reset _ -> "The kernel reset the machine";
          default -> "The machine ended";
        };
    return up
        ? new Outcome.Untold(how + ", and " + unmatched(), consoles.lastWords())
        : neverCameUp(how);
  }

  private int status(int value) {
    List<Integer> success = spec.exit().debugExit().map(DebugExit::success).orElse(List.of());
    if (success.isEmpty()) {
      return value;
    }
    return success.contains(value) ? 0 : Math.max(value, FAILED);
  }

  static EndMeaning poweredOff(KernelSpec.Exit exit) {
    return exit.powerOff()
        .orElse(
            exit.convention() == ExitConvention.POWER_OFF ? EndMeaning.SUCCESS : EndMeaning.UNTOLD);
  }

  /** A kernel that says when it is up, or that fails before its first word, never came up. */
  private Optional<Outcome> ended(String how, EndMeaning meaning) {
    boolean wordless = spec.boot().ready().isEmpty() && meaning != EndMeaning.PANIC;
    if (meaning != EndMeaning.UNTOLD && !up && !wordless) {
      return Optional.of(neverCameUp(how));
    }
    return switch (meaning) {
      case SUCCESS -> Optional.of(new Outcome.Exited(0));
      case FAILURE -> Optional.of(new Outcome.Exited(FAILED));
      case PANIC -> Optional.of(panicked(how));
      case UNTOLD -> Optional.empty();
    };
  }

  private Outcome neverCameUp(String how) {
    String before =
        spec.boot().ready().isPresent() && consoles.total() > 0
            ? " before it printed what " + Mark.READY.key() + " names."
            : " before it came up.";
    return new Outcome.NeverCameUp(how + before, consoles.lastWords(), "", spec.boot().hints());
  }

  private Outcome panicked(String how) {
    String words = consoles.lastWords();
    return new Outcome.Panicked(
        how + (words.isEmpty() ? " without a word." : "; the last it said was:\n" + words));
  }

  /** What would have told. */
  private String unmatched() {
    List<String> ways = new ArrayList<>();
    consoles
        .wanted()
        .patterns()
        .forEach(
            (mark, pattern) -> {
              if (mark.verdict()) {
                ways.add("no text matched " + mark.key() + " = '" + pattern.pattern() + "'");
              }
            });
    spec.exit().debugExit().ifPresent(_ -> ways.add("nothing was written to its debug exit"));
    return ways.isEmpty()
        ? "its kernel.toml does not say what that means."
        : String.join(", ", ways) + ".";
  }
}
