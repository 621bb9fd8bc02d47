package dev.diver.deploy.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.importing.Finding.Basis;
import dev.diver.deploy.importing.ImportRequest.Like;
import dev.diver.deploy.importing.ImportRequest.Module;
import dev.diver.deploy.importing.Sighting.End;
import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;
import dev.diver.kernels.spec.KernelSpecToml;
import dev.diver.kernels.spec.KnownKernels;
import dev.diver.kernels.store.KernelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels of a few instructions become packages, or leave nothing behind. */
class KernelImportTest {

  private static final Path KERNELS = Path.of("../e2e/kernels/build").toAbsolutePath().normalize();

  @TempDir Path folder;

  private Optional<KernelReference> name = Optional.empty();
  private Optional<Like> like = Optional.empty();
  private List<Module> modules = List.of();
  private Optional<Path> initrd = Optional.empty();
  private List<Path> disks = List.of();
  private Optional<Path> headers = Optional.empty();
  private boolean boot = true;
  private Runnable onProgress = () -> {};

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mb1.elf          | pc      | serial   | power-off
          mb2.elf          | pc      | serial   | power-off
          debugcon.elf     | pc      | debugcon | power-off
          vga.elf          | pc      | vga      | power-off
          pvh-microvm.elf  | microvm | serial   | debug-exit
          debug-501-7.elf  | pc      | serial   | debug-exit
          """)
  void aBootShowsWhatTheFileDoesNotTell(
      String file, String machine, String console, String convention) {
    ImportedKernel imported = importing(KERNELS.resolve(file));
    KernelSpec spec = imported.spec();
    assertEquals(machine, imported.best().orElseThrow().type());
    assertEquals(machine, machine(spec).split(",", 2)[0]);
    assertEquals(console, spec.boot().console().toString());
    assertEquals(convention, spec.exit().convention().toString());
    assertEquals(spec, KernelSpecToml.read(imported.folder().resolve("kernel.toml")));
    assertEquals(spec, store().spec(imported.kernel()));
    assertTrue(imported.findings().stream().anyMatch(f -> f.basis() == Basis.SEEN));
  }

  @ParameterizedTest
  @CsvSource({"debug-501-7.elf, 0x501, 7", "debug-f4-0.elf, 0xf4, 0", "debug-41.elf, 0xf4, 41"})
  void thePortOfADebugExitIsTold(String file, String port, int value) {
    ImportedKernel imported = importing(KERNELS.resolve(file));
    End.DebugExit end = assertInstanceOf(End.DebugExit.class, imported.best().orElseThrow().end());
    assertEquals(new End.DebugExit(value, Integer.decode(port)), end);
    assertEquals(Integer.decode(port), imported.spec().exit().debugExit().orElseThrow().port());
  }

  @Test
  void aResetIsToldFromAPowerOff() {
    ImportedKernel imported = importing(KERNELS.resolve("triple-fault.elf"));
    assertEquals(new End.Reset(), imported.best().orElseThrow().end());
  }

  @Test
  void aSilentKernelIsImportedWithWhatItMayLack() {
    ImportedKernel imported = importing(KERNELS.resolve("silent.elf"));
    assertFalse(imported.best().orElseThrow().spoke());
    assertInstanceOf(End.Running.class, imported.best().orElseThrow().end());
    assertTrue(
        imported.findings().stream()
            .anyMatch(f -> f.field().equals("boot.console") && f.text().contains("console=ttyS0")));
    assertTrue(
        imported.findings().stream().anyMatch(f -> f.text().contains("it printed nothing either")));
  }

  @Test
  void aCompressedKernelIsUnpacked() throws IOException {
    ImportedKernel imported = importing(KERNELS.resolve("gzip.elf.gz"));
    Path image = imported.folder().resolve(imported.spec().boot().image());
    assertEquals(0x7f, Files.readAllBytes(image)[0]);
    assertTrue(imported.best().orElseThrow().spoke());
  }

  @Test
  void whatAKernelBootsWithComesAlong() throws IOException {
    boot = false;
    Path include = Files.createDirectories(folder.resolve("headers/sys"));
    Files.writeString(include.resolve("call.h"), "#define CALL 1\n");
    Path module = Files.writeString(folder.resolve("a module"), "content");
    modules = List.of(new Module(module, "its args"), new Module(module, ""));
    initrd = Optional.of(module);
    headers = Optional.of(folder.resolve("headers"));
    name = Optional.of(KernelReference.parse("team/mine:2.0"));
    ImportedKernel imported = importing(KERNELS.resolve("mb1.elf"));
    KernelSpec.Boot spec = imported.spec().boot();
    assertEquals(List.of("boot/a-module its args", "boot/2-a-module"), spec.modules());
    assertEquals(Optional.of("boot/3-a-module"), spec.initrd());
    assertEquals(folder.resolve("here/mine"), imported.folder());
    assertEquals("team/mine:2.0", imported.kernel().reference().toString());
    assertTrue(
        Files.readString(imported.folder().resolve("kernel.toml"))
            .contains("# given: by --module\nmodules ="));
    assertTrue(Files.exists(imported.folder().resolve("include/sys/call.h")));
    assertEquals("content", Files.readString(imported.folder().resolve("boot/2-a-module")));
  }

  @Test
  void itsOwnDisksNeedNothingThatBoots() throws IOException {
    boot = false;
    byte[] partitioned = new byte[4096];
    partitioned[510] = 0x55;
    partitioned[511] = (byte) 0xaa;
    disks = List.of(Files.write(folder.resolve("data.img"), partitioned));
    assertEquals(
        List.of("boot/data.img"), importing(KERNELS.resolve("mb1.elf")).spec().boot().disks());
  }

  @ParameterizedTest
  @CsvSource({"data.vmdk, and it is raw", "data.raw, and it is qcow2", "text, it is text"})
  void aDiskThatCannotBeAttachedIsRefused(String file, String why) throws IOException {
    Path disk = folder.resolve(file);
    if (file.equals("data.raw")) {
      Files.copy(KERNELS.resolve("qcow2.img"), disk);
    } else {
      Files.writeString(disk, "words\n");
    }
    disks = List.of(disk);
    DiverException failed =
        assertThrows(DiverException.class, () -> importing(KERNELS.resolve("mb1.elf")));
    assertEquals(Failure.Kind.INVALID, failed.failure().kind());
    assertTrue(failed.failure().what().contains(why), failed.failure().what());
    assertNothingLeft();
  }

  @Test
  void whatItIsLikeDecidesItsConventions() throws IOException {
    boot = false;
    like = Optional.of(Like.known("nautilus"));
    ImportedKernel imported = importing(KERNELS.resolve("mb2.elf"));
    KernelSpec spec = imported.spec();
    String written = Files.readString(imported.folder().resolve("kernel.toml"));
    assertTrue(written.contains("run_tests.py takes QEMU's status 99 for passed"), written);
    assertTrue(written.contains("# What is taken over from nautilus: "), written);
    KernelSpec nautilus = KnownKernels.read("nautilus");
    assertEquals(nautilus.exit(), spec.exit());
    assertEquals(nautilus.license(), spec.license());
    assertEquals(nautilus.modes().get("full-vm"), spec.modes().get("full-vm"));
    assertEquals("mb2", spec.name());
  }

  @Test
  void aLinuxRunsAnAppAndTellsItsStatus() throws IOException {
    Path linux = linux();
    ImportedKernel imported = importing(linux);
    assertEquals(AppDelivery.INITRAMFS, imported.spec().boot().app());
    assertEquals(Console.SERIAL, imported.spec().boot().console());
    assertEquals(ExitConvention.CONSOLE_PATTERN, imported.spec().exit().convention());
    Sighting best = imported.best().orElseThrow();
    assertTrue(
        best.texts().getOrDefault(Sighting.Source.SERIAL, "").contains(TinyInit.WORDS),
        best.toString());
    assertFalse(Files.exists(imported.folder().resolve(".app")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xen-only.elf",
        "solo5.elf",
        "pvh-no-address.elf",
        "no-header.elf",
        "aarch64.elf",
        "truncated.elf",
        "lying.elf",
        "text.txt",
        "empty.img",
        "not-there"
      })
  void whatIsNoKernelLeavesNothing(String file) throws IOException {
    DiverException refused =
        assertThrows(DiverException.class, () -> importing(KERNELS.resolve(file)));
    assertTrue(refused.failure().what().contains(file), refused.getMessage());
    assertNothingLeft();
  }

  @Test
  void nothingIsOverwritten() throws IOException {
    boot = false;
    Path mine = Files.createDirectories(folder.resolve("here/mb1"));
    Files.writeString(mine.resolve("kernel.toml"), "mine");
    assertConflict("mb1.elf");
    assertEquals("mine", Files.readString(mine.resolve("kernel.toml")));

    name = Optional.of(KernelReference.parse("other:1"));
    importing(KERNELS.resolve("mb1.elf"));
    name = Optional.of(KernelReference.parse("there/other:1"));
    assertConflict("mb1.elf");
  }

  @Test
  void aPackageThatIsThereStays() {
    boot = false;
    name = Optional.of(KernelReference.parse("a/kernel:1"));
    ImportedKernel first = importing(KERNELS.resolve("mb1.elf"));
    delete(first.folder());
    assertConflict("pvh.elf");
    assertEquals(first.kernel().digest(), store().find(name.get()).orElseThrow().digest());
    assertFalse(Files.exists(first.folder()));
  }

  @Test
  void anInterruptedImportLeavesNothing() throws IOException {
    AtomicBoolean once = new AtomicBoolean();
    Thread worker = Thread.currentThread();
    onProgress =
        () -> {
          if (once.compareAndSet(false, true)) {
            Thread.ofVirtual().start(() -> interruptSoon(worker));
          }
        };
    DiverException interrupted =
        assertThrows(DiverException.class, () -> importing(KERNELS.resolve("endless.elf")));
    assertTrue(Thread.interrupted());
    assertEquals(Failure.Kind.INTERRUPTED, interrupted.failure().kind());
    assertNothingLeft();
  }

  private static void interruptSoon(Thread worker) {
    try {
      Thread.sleep(1500);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    worker.interrupt();
  }

  private void assertConflict(String file) {
    DiverException conflict =
        assertThrows(DiverException.class, () -> importing(KERNELS.resolve(file)));
    assertEquals(Failure.Kind.CONFLICT, conflict.failure().kind());
  }

  /** No folder, no package, no dive. */
  private void assertNothingLeft() throws IOException {
    assertEquals(List.of(), entries(folder.resolve("here")));
    assertEquals(List.of(), entries(folder.resolve("runs")));
    assertEquals(List.of(), store().list());
  }

  private ImportedKernel importing(Path image) {
    try {
      Files.createDirectories(folder.resolve("here"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return KernelImport.run(
        new ImportRequest(
            new Host(System.getenv(), folder.resolve("cache")),
            folder.resolve("runs"),
            store(),
            folder.resolve("here"),
            image,
            name,
            like,
            modules,
            initrd,
            disks,
            headers,
            boot,
            Duration.ofSeconds(60),
            (_, _) -> onProgress.run()));
  }

  private KernelStore store() {
    return KernelStore.open(folder.resolve("store"));
  }

  private static String machine(KernelSpec spec) {
    return spec.modes().values().iterator().next().machine();
  }

  /** Debian's, as it is installed, or as `diver setup test` has fetched it. */
  private static Path linux() throws IOException {
    try (Stream<Path> boot = Files.list(Path.of("/boot"))) {
      return boot.filter(file -> file.getFileName().toString().startsWith("vmlinuz-"))
          .findFirst()
          .orElse(Path.of("../kernel-specs/kernels/linux/build/vmlinuz"));
    }
  }

  private static List<Path> entries(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList();
    }
  }

  private static void delete(Path folder) {
    try {
      dev.diver.kernels.pack.Staging.delete(folder);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
