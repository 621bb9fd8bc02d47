package dev.diver.deploy.hypervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.hypervisor.Machine.Software.Multiboot;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What GRUB is told, and when its ISO is made anew. */
final class GrubIsoTest {

  @TempDir Path home;

  private static String firstLine(String commandLine) {
    Multiboot kernel = new Multiboot(2, Path.of("/kernel"), commandLine, List.of());
    return GrubIso.configuration(kernel).lines().findFirst().orElseThrow();
  }

  @Test
  void writesWordsSoThatTheyComeOutAsTheyAre() {
    assertEquals("if multiboot2 /boot/kernel; then", firstLine(""));
    assertEquals("if multiboot2 /boot/kernel a=1 b; then", firstLine("a=1 b"));
    assertEquals("if multiboot2 /boot/kernel a '' b; then", firstLine("a  b"));
    assertEquals("if multiboot2 /boot/kernel 'a b' '$x;{'; then", firstLine("\"a b\" $x;{"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a'b", "a\\b", "a\"b", "\"\"", "\"ab\"", "\"a b\"c", "\"a b", "a\nb"})
  void refusesWordsThatGrubWouldChange(String commandLine) {
    DiverException failed = assertThrows(DiverException.class, () -> firstLine(commandLine));
    assertEquals(Failure.Kind.UNSUPPORTED, failed.failure().kind());
    assertTrue(failed.failure().what().contains(commandLine), failed.getMessage());
  }

  /** QEMU wants room for all fields before the end of what it searches (hw/i386/multiboot.c). */
  @ParameterizedTest
  @CsvSource({"1, 0, false", "1, 8140, false", "1, 8144, true", "2, 0, true"})
  void isNeededWhereQemuDoesNotFindTheHeader(int version, int offset, boolean needed)
      throws IOException {
    int start = 0x100000;
    ByteBuffer file = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    file.position(offset).putInt(0x1badb002).putInt(1 << 16).putInt(-0x1badb002 - (1 << 16));
    file.putInt(start + offset).putInt(start).putInt(0).putInt(0).putInt(start);
    Path kernel = Files.write(home.resolve("kernel"), file.array());
    assertEquals(needed, GrubIso.isNeeded(new Multiboot(version, kernel, "", List.of())));
  }

  @Test
  void isTheSameForTheSameContentAlone() throws IOException {
    Path kernel = Files.writeString(home.resolve("kernel"), "one");
    Path module = Files.writeString(home.resolve("module"), "two");
    Path iso = iso(kernel, module, "x");
    Path moved = Files.copy(kernel, home.resolve("kernel-again"));
    assertEquals(iso, iso(moved, module, "x"));
    Files.writeString(moved, "onetwo");
    Path other = iso(moved, module, "x");
    assertTrue(!iso.equals(other) && !iso.equals(iso(kernel, module, "y")));
    Files.writeString(module, "");
    assertTrue(!other.equals(iso(moved, module, "x")), "where a file ends is part of the content");
  }

  private Path iso(Path kernel, Path module, String words) {
    Multiboot multiboot =
        new Multiboot(1, kernel, words, List.of(new Machine.Module(module, "words")));
    Host host = new Host(System.getenv(), home.resolve("cache"));
    return GrubIso.of(multiboot, false, "it", host, new RunFolder(home.resolve("run"))).file();
  }

  @Test
  void namesThePackageOfAMissingTool() {
    Host bare = new Host(Map.of("PATH", home.toString()), home.resolve("cache"));
    Multiboot multiboot = new Multiboot(2, Path.of("/kernel"), "", List.of());
    DiverException failed =
        assertThrows(
            DiverException.class,
            () -> GrubIso.of(multiboot, false, "it", bare, new RunFolder(home)));
    assertEquals(Failure.Kind.MISSING, failed.failure().kind());
    assertTrue(failed.failure().remedy().endsWith("grub-common"), failed.getMessage());
  }
}
