package dev.diver.deploy.vm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.Outcome;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpecToml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConsoleVerdictTest {

  @TempDir Path folder;

  private KernelSpec spec(String exit) {
    return spec("protocol = 'pvh'", exit);
  }

  private KernelSpec spec(String boot, String exit) {
    Path file = folder.resolve("kernel.toml");
    try {
      Files.writeString(
          file,
          """
          name = "k"
          version = "1"
          summary = "k"
          [boot]
          image = "k"
          console = "serial"
          %s
          [exit]
          %s
          [modes.full-vm]
          """
              .formatted(boot, exit));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return KernelSpecToml.read(file);
  }

  private Optional<Outcome> find(KernelSpec spec, String... pieces) {
    Consoles consoles = new Consoles(spec, new RunFolder(folder));
    for (String piece : pieces) {
      byte[] bytes = piece.getBytes(UTF_8);
      consoles.output().take(bytes, bytes.length);
      consoles.output().look();
    }
    return ConsoleVerdict.of(spec.exit(), consoles);
  }

  private Optional<Outcome> find(String pattern, String coding, String... pieces) {
    return find(
        spec(
            "convention = 'console-pattern'\npattern = '%s'\ncoding = '%s'"
                .formatted(pattern, coding)),
        pieces);
  }

  private Optional<Outcome> linux(String code) {
    return find("exitcode=0x([0-9a-f]{8})", "wait-status-hex", "x exitcode=0x" + code);
  }

  private static Optional<Outcome> exited(int status) {
    return Optional.of(new Outcome.Exited(status));
  }

  @Test
  void readsWaitStatuses() {
    assertEquals(exited(3), linux("00000300"));
    assertEquals(exited(0), linux("00000000"));
    assertEquals(11, ((Outcome.Signalled) linux("0000008b").orElseThrow()).signal());
    assertEquals(Optional.empty(), linux("zz"));
  }

  @Test
  void believesTheLastMatch() {
    assertEquals(exited(2), find("status=([0-9]+)", "decimal", "status=1\nstatus=2\nstatus=\n"));
  }

  @Test
  void takesNoStatusThatIsNone() {
    assertEquals(Optional.empty(), find("status=(.*)", "decimal", "status=256\nstatus=-1\n"));
  }

  @Test
  void readsAcrossPieces() {
    assertEquals(exited(123), find("status=([0-9]+)", "decimal", "sta", "tus=1", "2", "3\n", "x"));
    assertEquals(exited(7), find("^s=([0-9]+)$", "decimal", "a=1\r", "\ns=", "7", "\r\n"));
    assertEquals(Optional.empty(), find("^s=([0-9]+)$", "decimal", "a", "s=7\n"));
    assertEquals(Optional.empty(), find("\\bs=([0-9]+)", "decimal", "a", "s=7\n"));
  }

  @Test
  void readsBytesThatAreNoText() {
    assertEquals(exited(7), find("¡größe=([0-9]+)", "decimal", "\u0000\u0001¡grö", "ße=7"));
  }

  @Test
  void losesNothingInMuchText() {
    String much = "all work and no play makes a dull guest\n".repeat(10_000);
    assertEquals(exited(7), find("status=([0-9]+)", "decimal", much + "status=7", much, much));
    String split = "x".repeat(64 * 1024 - 4);
    assertEquals(exited(7), find("status=([0-9]+)", "decimal", split + "status=7" + much));
  }

  @Test
  void keepsToTheOrderOfMeanings() {
    KernelSpec all =
        spec("convention = 'console-text'\nsuccess = 'ok'\nfailure = 'bad'\npanic = 'oops'");
    assertEquals(exited(0), find(all, "ok"));
    assertEquals(exited(1), find(all, "bad", "ok"));
    assertEquals(
        Optional.of(new Outcome.Panicked("ok\nbad\noops: no")), find(all, "ok\nbad\noops: no\n"));
    String panicked =
        ((Outcome.Panicked) find(all, "oops: 1\n", "and on\n".repeat(9000)).orElseThrow())
            .message();
    assertTrue(panicked.startsWith("oops: 1\n[…]\n"), panicked);
    assertTrue(panicked.length() < 2000, panicked);
  }

  private boolean up(String boot, String output) {
    KernelSpec spec = spec(boot, "convention = 'power-off'");
    RunFolder run = new RunFolder(folder);
    Consoles consoles = new Consoles(spec, run);
    byte[] bytes = output.getBytes(UTF_8);
    consoles.output().take(bytes, bytes.length);
    consoles.output().look();
    return new AppStart(spec, run, consoles).seen();
  }

  @Test
  void knowsWhatSaysThatAKernelIsUp() {
    assertTrue(up("protocol = 'pvh'", "x"));
    assertFalse(up("protocol = 'pvh'", ""));
    assertFalse(up("protocol = 'pvh'\nready = 'login:'", "x"));
    assertTrue(up("protocol = 'pvh'\nready = 'login:'", "x login: "));
    String init = "protocol = 'linux'\napp = 'initramfs'";
    assertFalse(up(init, "Linux version 6"));
    assertTrue(up(init, "Run /init as init process"));
    // by Linux's protocol, but no Linux
    assertTrue(up("protocol = 'linux'\napp = 'initrd'", "x"));
    String uefi = "protocol = 'efi'\nfirmware = 'uefi'";
    String starts = "\033[2JBdsDxe: starting Boot0001 \"UEFI Misc Device\" from Pci(0x2)\r\n";
    assertFalse(up(uefi, starts + "\033[2J\033[01;01H"));
    assertTrue(up(uefi, starts + "\033[2J\r\nh"));
  }

  /** Neither a pattern nor a text can make a search last, nor take the stack. */
  @Test
  void findsWhatOthersWouldSearchForEver() {
    String much = "a".repeat(100_000);
    assertEquals(exited(7), find("(?:a*)*(?:a*)*(?:a|a)*b=([0-9]+)", "decimal", much, "b=7\n"));
    assertEquals(exited(7), find("(?:a|b)*=([0-9]+)", "decimal", "ab".repeat(50_000) + "=7\n"));
  }
}
