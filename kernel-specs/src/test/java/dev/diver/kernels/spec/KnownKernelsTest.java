package dev.diver.kernels.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;
import dev.diver.kernels.spec.KernelSpec.ModeNeeds;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import dev.diver.kernels.syscall.SyscallTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each spec that is part of the program, whole. */
class KnownKernelsTest {

  private static final Path KERNELS = Path.of("kernels");
  private static final Set<String> HYPERVISORS =
      Set.of("qemu-pc", "qemu-q35", "qemu-microvm", "firecracker", "cloud-hypervisor");

  @Test
  void everyFolderIsKnown() throws IOException {
    try (Stream<Path> folders = Files.list(KERNELS)) {
      assertEquals(
          folders.map(folder -> folder.getFileName().toString()).sorted().toList(),
          KnownKernels.names());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.diver.kernels.spec.KnownKernels#names")
  void isCompleteAndCanBePackaged(String name) {
    KernelSpec spec = KnownKernels.read(name);
    assertEquals(name, spec.name());
    assertFalse(spec.license().isBlank(), "licence");
    assertFalse(spec.languages().isEmpty(), "languages");
    assertFalse(spec.tags().isEmpty(), "tags");
    assertTrue(spec.description().length() > 200, "description");
    assertTrue(name.equals("remora") || spec.homepage().isPresent(), "homepage");
    ModeNeeds needs = Objects.requireNonNull(spec.modes().get("full-vm"));
    assertTrue(HYPERVISORS.containsAll(needs.hypervisors()), needs.hypervisors().toString());
    assertEquals(spec, KernelSpecJson.read(KernelSpecJson.write(spec)));
  }

  /** Of what nobody could try here, the spec says so; and what to look at where it stays silent. */
  @ParameterizedTest
  @MethodSource("dev.diver.kernels.spec.KnownKernels#names")
  void saysWhereItsFactsAreFrom(String name) {
    if (Set.of("remora", "linux").contains(name)) {
      return; // both are built and dived here
    }
    String text = KnownKernels.text(name);
    assertTrue(text.contains("could be run here") || text.contains("could be\n# run here"), name);
    assertTrue(text.contains("# From the "), name);
    assertTrue(text.contains("not checked"), name);
    KernelSpec spec = KnownKernels.read(name);
    assertFalse(spec.boot().hints().isEmpty(), "hints");
    assertTrue(spec.boot().upWithin().isPresent(), "up-within");
    assertEquals(List.of(), spec.sdk().files(), "nothing to package but an image");
    assertTrue(spec.scripts().build().isEmpty(), "no script that is not there");
  }

  @ParameterizedTest
  @CsvSource({
    "hermit,   MULTIBOOT1, INITRD,    DEBUG_EXIT",
    "kitten,   LINUX,      INITRD,    CONSOLE_TEXT",
    "linux,    LINUX,      INITRAMFS, CONSOLE_PATTERN",
    "mckernel, LINUX,      DISK,      CONSOLE_PATTERN",
    "mos,      LINUX,      DISK,      CONSOLE_PATTERN",
    "nanos,    PVH,        DISK,      DEBUG_EXIT",
    "nautilus, MULTIBOOT2, NONE,      DEBUG_EXIT",
    "osv,      PVH,        DISK,      CONSOLE_PATTERN",
    "remora,   PVH,        INITRD,    REPORT",
    "solo5,    MULTIBOOT1, NONE,      CONSOLE_PATTERN",
    "unikraft, MULTIBOOT1, NONE,      DEBUG_EXIT",
  })
  void bootsTakesItsAppAndEndsAsItsProjectSays(
      String name, Protocol protocol, AppDelivery app, ExitConvention exit) {
    KernelSpec spec = KnownKernels.read(name);
    assertEquals(protocol, spec.boot().protocol());
    assertEquals(app, spec.boot().app());
    assertEquals(exit, spec.exit().convention());
  }

  @Test
  void publishedSystemCallsAreThoseThatWerePublished() {
    KernelSpec.Syscalls mckernel = KnownKernels.read("mckernel").syscalls();
    assertEquals(116, mckernel.handled().size());
    assertEquals(35, mckernel.delegated().size());
    KernelSpec.Syscalls kitten = KnownKernels.read("kitten").syscalls();
    assertEquals(74, kitten.handled().size());
    assertTrue(SyscallTable.names().containsAll(kitten.handled()));
    assertTrue(SyscallTable.names().containsAll(kitten.delegated()));
  }

  /** Lines as the kernels print them, from their sources. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          solo5 | Solo5: solo5_exit(7) called | 7
          osv   | program /hello returned 3   | 3
          linux | Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000700 | 00000700
          """)
  void findsTheStatusOnTheConsole(String name, String line, String status) {
    Matcher found =
        Pattern.compile(KnownKernels.read(name).exit().pattern().orElseThrow()).matcher(line);
    assertTrue(found.find());
    assertEquals(status, found.group(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          solo5    | Solo5: ABORT: app.c:12: Assertion `x' failed                | true
          solo5    | Solo5: solo5_abort() called                                 | true
          solo5    | Solo5: solo5_exit(0) called                                 | false
          osv      | page fault outside application, addr: 0xffff8000fea00000    | true
          linux    | Kernel panic - not syncing: VFS: Unable to mount root fs    | true
          linux    | Kernel panic - not syncing: Attempted to kill init! exitco  | false
          linux    | Kernel panic - not syncing:                                 | false
          mckernel | Kernel panic - not syncing: Fatal exception                 | true
          kitten   | Failed to load init_task (status=-22).                      | true
          """)
  void tellsACrashFromAnEnd(String name, String line, boolean panic) {
    Pattern pattern = Pattern.compile(KnownKernels.read(name).exit().panic().orElseThrow());
    assertEquals(panic, pattern.matcher(line).find());
  }

  @Test
  void anUnknownNameIsAnsweredWithThoseThatThereAre() {
    Failure none = assertThrows(DiverException.class, () -> KnownKernels.read("windows")).failure();
    assertEquals(Failure.Kind.NOT_FOUND, none.kind());
    assertTrue(none.what().contains("\"windows\""), none.what());
    assertTrue(none.remedy().contains("hermit, kitten, linux"), none.remedy());
    Failure near =
        assertThrows(DiverException.class, () -> KnownKernels.text("nautlius")).failure();
    assertEquals("Did you mean nautilus?", near.remedy());
    assertThrows(DiverException.class, () -> KnownKernels.text("../remora"));
  }
}
