package dev.diver.deploy.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.spec.KernelSpec.Boot;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.Firmware;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import dev.diver.kernels.spec.KernelSpec.Quoting;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class KernelCommandLineTest {

  private static final Boot PVH = boot(Protocol.PVH, "{env} -- {args}", Quoting.SH);
  private static final Boot LINUX = boot(Protocol.LINUX, "quiet {env} -- {args}", Quoting.LINUX);

  private static Boot boot(Protocol protocol, String template, Quoting quoting) {
    return new Boot(
        protocol,
        "image",
        template,
        quoting,
        AppDelivery.INITRD,
        Console.SERIAL,
        Firmware.BIOS,
        List.of(),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  @Test
  void quotesAsAShell() {
    assertEquals(
        "A='b c' -- prog 'it'\\''s' ''",
        KernelCommandLine.fill(PVH, Map.of("A", "b c"), List.of("prog", "it's", "")));
  }

  @Test
  void quotesForLinux() {
    assertEquals(
        "quiet \"A=b c\" -- \"it's one\" plain \"\"",
        KernelCommandLine.fill(LINUX, Map.of("A", "b c"), List.of("it's one", "plain", "")));
  }

  @Test
  void fillsWithoutEnvironment() {
    assertEquals("-- prog", KernelCommandLine.fill(PVH, Map.of(), List.of("prog")));
  }

  @Test
  void leavesTheNameToAKernelThatSuppliesIt() {
    Boot boot = boot(Protocol.MULTIBOOT1, "-- {user-args}", Quoting.SH);
    assertEquals(
        "-- one 'two three'",
        KernelCommandLine.fill(boot, Map.of(), List.of("prog", "one", "two three")));
    assertEquals("--", KernelCommandLine.fill(boot, Map.of(), List.of("prog")));
  }

  @Test
  void refusesWhatCannotBeQuoted() {
    refused("double quote", LINUX, Map.of(), List.of("say \"hi\""));
    refused("NUL", PVH, Map.of(), List.of("a\0b"));
    refused("name", PVH, Map.of("not a name", "x"), List.of());
    refused("name", PVH, Map.of("1A", "x"), List.of());
  }

  @Test
  void refusesWhatIsTooLong() {
    String fits = "x".repeat(4095 - "-- ".length());
    assertEquals(4095, KernelCommandLine.fill(PVH, Map.of(), List.of(fits)).length());
    refused("4096 bytes", PVH, Map.of(), List.of(fits + "x"));
    refused("2047", LINUX, Map.of(), List.of("x".repeat(2040)));
    // bytes count, not characters
    refused("bytes", PVH, Map.of(), List.of("'" + "\u00e9".repeat(2100)));
  }

  @Test
  void refusesMoreWordsThanLinuxTakes() {
    refused("30", LINUX, Map.of(), Collections.nCopies(31, "x"));
  }

  private static void refused(String why, Boot boot, Map<String, String> env, List<String> args) {
    DiverException failed =
        assertThrows(DiverException.class, () -> KernelCommandLine.fill(boot, env, args));
    assertEquals(Failure.Kind.INVALID, failed.failure().kind());
    assertTrue(failed.failure().what().contains(why), failed.getMessage());
  }
}
