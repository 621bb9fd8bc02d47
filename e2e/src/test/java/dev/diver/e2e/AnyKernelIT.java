package dev.diver.e2e;

import static dev.diver.e2e.KernelRoundTrip.withLine;
import static dev.diver.e2e.KernelRoundTrip.withTable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.e2e.KernelRoundTrip.Dive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kernels that have never heard of Diver: our tiny ones, one per boot protocol and way to end, and
 * those that Debian packages. Each is imported, dived, published, pulled by somebody else and dived
 * again, with the right verdict both times.
 */
@Execution(ExecutionMode.CONCURRENT)
class AnyKernelIT {

  /** Long enough for a kernel to say what it says, for those that then never end. */
  private static final String TIMEOUT = "8";

  /** The same for those that have much to do before. */
  private static final String LONG_TIMEOUT = "15";

  private static final Path VMLINUZ =
      Shell.ROOT.resolve("kernel-specs/kernels/linux/build/vmlinuz");
  private static final Path XEN = Path.of("/boot/xen-4.17-amd64.gz");
  private static final Path U_BOOT = Path.of("/usr/lib/u-boot/qemu-x86_64/u-boot.rom");
  private static final Path BUILT = TinyKernel.FOLDER.resolve("build");

  @TempDir private static Path folder;
  private static Catalog catalog;
  private static KernelRoundTrip trip;

  @BeforeAll
  static void serveACatalog() throws IOException {
    Shell here = new Shell(TinyKernel.FOLDER, Map.of());
    Expect.success(here.run("make", "-s", "all", "debian"));
    catalog = Catalog.serve(folder.resolve("catalog"));
    trip =
        new KernelRoundTrip(
            catalog.user(folder.resolve("publisher")), catalog.user(folder.resolve("user")));
  }

  @AfterAll
  static void nothingIsLeft() throws IOException {
    catalog.close();
    Expect.nothingLeft(trip.publisher());
    Expect.nothingLeft(trip.user());
  }

  static List<TinyKernel> bootable() {
    return TinyKernel.all().stream().filter(Predicate.not(TinyKernel::isRefused)).toList();
  }

  static List<TinyKernel> refused() {
    return TinyKernel.all().stream()
        .filter(TinyKernel::isRefused)
        .filter(kernel -> !kernel.protocol().equals("gzip"))
        .toList();
  }

  /** The first of each kind: what an import sees is the same for the others of it. */
  static Collection<TinyKernel> ofEachKind() {
    return bootable().stream()
        .collect(
            Collectors.toMap(
                kernel -> List.of(kernel.protocol(), kernel.boots(), kernel.console(), end(kernel)),
                kernel -> kernel,
                (first, _) -> first))
        .values();
  }

  private static String end(TinyKernel kernel) {
    return kernel.machine() + (kernel.says().isEmpty() ? " silent" : "");
  }

  @ParameterizedTest
  @MethodSource("bootable")
  void aTinyKernelKeepsItsVerdictFromImportToPull(TinyKernel kernel) throws IOException {
    List<String> options = new ArrayList<>();
    if (!ofEachKind().contains(kernel)) {
      options.add("--no-boot");
    }
    trip.imported(kernel, options.toArray(String[]::new));
    String[] words = kernel.isEndless() ? new String[] {"--timeout", TIMEOUT} : new String[0];
    for (Dive dive :
        List.of(
            trip.divedByPublisher(kernel.name(), words), trip.divedByUser(kernel.name(), words))) {
      dive.expect(kernel.verdict());
      dive.printed(kernel.says());
    }
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatDoesNotBootIsRefusedAndLeavesNothing(TinyKernel kernel) {
    Expect.failure(trip.publisher().diverHere("kernel", "import", kernel.path().toString()));
    assertTrue(
        Files.notExists(
            trip.publisher().folder().resolve(kernel.file().replaceFirst("\\..*", ""))));
  }

  @Test
  void aCompressedKernelIsUnpacked() throws IOException {
    trip.imported(BUILT.resolve("gzip.elf.gz"), "packed", "--no-boot");
    Dive dive = trip.divedByUser("packed");
    dive.expect("status 0");
    dive.printed("hello\n");
  }

  @Test
  void debiansLinuxRunsAnApp() throws IOException {
    trip.imported(VMLINUZ, "debian-linux");
    runsAnApp("debian-linux");
  }

  @Test
  void theElfFileInsideDebiansLinuxRunsAnApp() throws IOException {
    trip.imported(BUILT.resolve("vmlinux.elf"), "debian-vmlinux", "--like", "linux");
    runsAnApp("debian-vmlinux");
  }

  /** What a Linux of one's own with a ramdisk of one's own is for. */
  @Test
  void aServerInAGuestIsReachedThroughAPublishedPort() throws Exception {
    trip.imported(
        VMLINUZ, "server", "--no-boot", "--initrd", BUILT.resolve("server.cpio").toString());
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    CompletableFuture<Dive> dive =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return trip.divedByUser("server", "-p", port + ":7000", "--timeout", "90");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    String answer = "";
    while (answer.isEmpty() && !dive.isDone()) {
      answer = answer(port);
    }
    assertEquals("the guest got: hello", answer.strip());
    dive.join().expect("status 3");
    dive.join().printed("answered hello");
  }

  /** Empty where nobody listens yet. */
  private static String answer(int port) throws InterruptedException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      Thread.sleep(100);
      return "";
    }
  }

  private static void runsAnApp(String name) throws IOException {
    String app = BUILT.resolve("app").toString();
    for (Dive dive : List.of(trip.divedByPublisher(name, app), trip.divedByUser(name, app))) {
      dive.expect("status 7");
      dive.printed("hello");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/boot/memtest86+x64.bin, memtest, Memtest86+",
    "/boot/ipxe.lkrn, ipxe, iPXE",
  })
  void whatNeverEndsIsSeenAndEnded(Path file, String name, String says) throws IOException {
    trip.imported(file, name, "--timeout", TIMEOUT);
    for (Dive dive :
        List.of(
            trip.divedByPublisher(name, "--timeout", TIMEOUT),
            trip.divedByUser(name, "--timeout", TIMEOUT))) {
      dive.expect("timed-out");
      dive.printed(says);
    }
  }

  @Test
  void grubPowersTheMachineOff() throws IOException {
    trip.imported(BUILT.resolve("grub.lkrn"), "grub");
    for (Dive dive : List.of(trip.divedByPublisher("grub"), trip.divedByUser("grub"))) {
      dive.expect("status 0");
      dive.printed("hello");
    }
  }

  @Test
  void xenWithoutADomainPanics() throws IOException {
    Path spec = trip.imported(XEN, "xen", "--no-boot");
    trip.corrected(
        spec,
        toml ->
            withTable(
                withLine(
                    withLine(toml, "boot", "command-line", "\"console=com1 {args}\""),
                    "boot",
                    "console",
                    "\"serial\""),
                "exit",
                "convention = \"power-off\", panic = 'Panic on CPU'"));
    for (Dive dive : List.of(trip.divedByPublisher("xen"), trip.divedByUser("xen"))) {
      dive.expect("panicked");
      dive.printed("Xen version 4.17");
    }
  }

  @Test
  void theShellOfUefiFirmwareRunsAScriptOfTheDisk() throws IOException {
    Path spec = trip.imported(BUILT.resolve("shell.img"), "uefi-shell", "--no-boot");
    trip.corrected(
        spec,
        toml ->
            withLine(
                withLine(toml, "boot", "firmware", "\"uefi\""),
                "modes.full-vm",
                "memory",
                "\"256M\""));
    for (Dive dive : List.of(trip.divedByPublisher("uefi-shell"), trip.divedByUser("uefi-shell"))) {
      dive.expect("status 0");
      dive.printed("hello from the shell\r\n");
    }
  }

  @Test
  void firmwareIsNoKernelButBootsOne() throws IOException {
    Shell publisher = trip.publisher();
    Expect.failure(publisher.diverHere("kernel", "import", U_BOOT.toString()), "firmware");
    trip.imported(BUILT.resolve("disk.img"), "under-u-boot", "--no-boot");
    Dive dive =
        trip.divedByUser(
            "under-u-boot", "--firmware", U_BOOT.toString(), "--timeout", LONG_TIMEOUT);
    dive.expect("timed-out");
    dive.printed("U-Boot 20");
  }
}
