package dev.diver.deploy.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.Outcome;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.spec.KernelSpec.EndMeaning;
import dev.diver.kernels.spec.KernelSpec.Exit;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;
import dev.diver.kernels.spec.KernelSpec.StatusCoding;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ConsoleVerdictTest {

  private static Optional<Outcome> find(String pattern, StatusCoding coding, String console) {
    return ConsoleVerdict.of(
            new Exit(
                ExitConvention.CONSOLE_PATTERN,
                Optional.of(pattern),
                Optional.of(coding),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                EndMeaning.PANIC))
        .find(console);
  }

  private static Optional<Outcome> linux(String code) {
    return find("exitcode=0x([0-9a-f]{8})", StatusCoding.WAIT_STATUS_HEX, "x exitcode=0x" + code);
  }

  @Test
  void readsWaitStatuses() {
    assertEquals(Optional.of(new Outcome.Exited(3)), linux("00000300"));
    assertEquals(Optional.of(new Outcome.Exited(0)), linux("00000000"));
    assertEquals(11, ((Outcome.Signalled) linux("0000008b").orElseThrow()).signal());
    assertEquals(Optional.empty(), linux("zz"));
  }

  @Test
  void believesTheLastMatch() {
    assertEquals(
        Optional.of(new Outcome.Exited(2)),
        find("status=([0-9]+)", StatusCoding.DECIMAL, "status=1\nstatus=2\nstatus=\n"));
  }

  @Test
  void takesNoStatusThatIsNone() {
    assertEquals(
        Optional.empty(), find("status=(.*)", StatusCoding.DECIMAL, "status=256\nstatus=-1\n"));
  }

  @Test
  void refusesPatternsThatCannotWork() {
    refused("status=", "x", "no group");
    refused("(", "x", "no regular expression");
    refused("a*a*a*a*a*a*a*a*(b)", "a".repeat(400), "too long");
    refused("(a|b)*(c)", "ab".repeat(2000), "too deep");
  }

  private static void refused(String pattern, String console, String why) {
    DiverException failed =
        assertThrows(DiverException.class, () -> find(pattern, StatusCoding.DECIMAL, console));
    assertTrue(failed.failure().what().contains(why), failed.getMessage());
  }
}
