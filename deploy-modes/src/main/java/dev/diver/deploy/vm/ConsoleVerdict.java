package dev.diver.deploy.vm;

import dev.diver.deploy.Outcome;
import dev.diver.deploy.vm.ConsolePatterns.Mark;
import dev.diver.kernels.spec.KernelSpec;
import java.util.Map;
import java.util.Optional;

/** What the texts on the consoles say of a dive. */
final class ConsoleVerdict {

  /** So much of the console is quoted where it is not the text itself, in characters. */
  private static final int QUOTED = 1000;

  private ConsoleVerdict() {}

  /** A panic before a status, a status before failure, failure before success. */
  static Optional<Outcome> of(KernelSpec.Exit exit, Consoles consoles) {
    return consoles
        .found(Mark.PANIC)
        .<Outcome>map(found -> new Outcome.Panicked(panic(found, consoles.lastWords())))
        .or(
            () ->
                consoles
                    .found(Mark.STATUS)
                    .flatMap(ConsoleSearch.Found::group)
                    .flatMap(group -> status(group, exit)))
        .or(() -> consoles.found(Mark.FAILURE).map(_ -> new Outcome.Exited(1)))
        .or(() -> consoles.found(Mark.SUCCESS).map(_ -> new Outcome.Exited(0)));
  }

  /** What the kernel printed last, and before that the text, where more than that followed it. */
  private static String panic(ConsoleSearch.Found found, String lastWords) {
    String line = Printable.line(found.line(), QUOTED).strip();
    return lastWords.contains(line)
        ? lastWords
        : line + "\n[…]\n" + Printable.lines(lastWords, QUOTED);
  }

  private static Optional<Outcome> status(String group, KernelSpec.Exit exit) {
    try {
      return switch (exit.coding().orElse(KernelSpec.StatusCoding.DECIMAL)) {
        case DECIMAL -> exited(Integer.parseInt(group));
        case WAIT_STATUS_HEX -> waitStatus(Integer.parseUnsignedInt(group, 16));
      };
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** As wait(2) codes it: a signal in bits 0 to 6, else the status in bits 8 to 15. */
  private static Optional<Outcome> waitStatus(int status) {
    int signal = status & 0x7f;
    return signal == 0
        ? exited((status >> 8) & 0xff)
        : Optional.of(
            new Outcome.Signalled(
                signal, Optional.empty(), Map.of(), Optional.empty(), Optional.empty()));
  }

  private static Optional<Outcome> exited(int status) {
    return status >= 0 && status <= 255
        ? Optional.of(new Outcome.Exited(status))
        : Optional.empty();
  }
}
