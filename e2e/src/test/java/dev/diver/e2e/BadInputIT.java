package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Bad input gets a clear error, and nothing is lost or left behind. */
@ExtendWith(SharedCatalog.class)
class BadInputIT {

  private static final String BUSYBOX = "/bin/busybox";

  @TempDir private Path folder;

  /** Folders of links to programs: not for a temporary folder that warns of each. */
  private final List<Path> paths = new ArrayList<>();

  @AfterEach
  void removePaths() throws IOException {
    for (Path path : paths) {
      Expect.deleted(path);
    }
  }

  @Test
  void anUnknownReferenceIsNamedWithWhatWasMeant(Catalog catalog) throws IOException {
    Expect.failure(catalog.user(folder).diver("pull", "remroa"), "remroa", "remora");
    Expect.failure(catalog.user(folder).diver("pull", "remora:99"), "remora:99");
  }

  @Test
  void aUsageErrorIsStatusTwo(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.status(2, user.diver("pul", "remora"));
    Expect.status(2, user.diver("pull"));
    Expect.status(2, user.diver("pull", "Not A Reference"));
    Expect.status(2, user.diver("dive", "--no-such-option"));
  }

  @Test
  void aCatalogThatIsDownIsNamed(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder).with("DIVER_CATALOG", "http://127.0.0.1:9");
    Expect.failure(user.diver("pull", "remora"), "http://127.0.0.1:9", "diver catalog serve");
    Expect.failure(user.diver("search", "remora"), "http://127.0.0.1:9");
  }

  @Test
  void contentThatIsNotWhatItsDigestSaysIsRefused(@TempDir Path server) throws IOException {
    try (Catalog own = Catalog.serve(server.resolve("catalog"))) {
      Expect.success(
          own.user(server.resolve("publisher")).diver("publish", KernelPackages.REMORA.toString()));
      Path largest;
      try (Stream<Path> files = Files.walk(server.resolve("catalog"))) {
        largest =
            files
                .filter(file -> file.getFileName().toString().matches("[0-9a-f]{64}"))
                .max(Comparator.comparingLong(file -> file.toFile().length()))
                .orElseThrow();
      }
      byte[] content = Files.readAllBytes(largest);
      content[content.length / 2] ^= 1;
      Files.write(largest, content);
      Shell user = own.user(folder);
      Expect.failure(user.diver("pull", "remora"), "digest");
      assertFalse(user.diver("images").text().contains("remora"), "half-pulled and listed");
    }
  }

  @Test
  void aFullDiskIsSaidAndNothingHalfWrittenIsListed(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("images"));
    Expect.failure(user.sh("ulimit -f 20; exec diver pull remora"));
    assertFalse(user.diver("images").text().contains("remora"));
    Expect.success(user.diver("pull", "remora"));
  }

  @Test
  void aReadOnlyStoreServesReadersAndRefusesWriters(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("pull", "remora"));
    String mounted =
        "unshare --map-root-user --mount sh -c 'mount --bind \"$DIVER_HOME\" \"$DIVER_HOME\" &&"
            + " mount -o remount,bind,ro \"$DIVER_HOME\" && exec diver %s'";
    Shell.Result images = Expect.success(user.sh(mounted.formatted("images")));
    assertTrue(images.text().contains("remora"), images::toString);
    Expect.failure(user.sh(mounted.formatted("rm remora")), user.home().toString());
  }

  @Test
  void twoPullsAtOnceBothSucceed(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.sh("diver pull remora & diver pull remora && wait $!"));
    Expect.status(3, dive(user, "sh", "-c", "exit 3"));
  }

  @Test
  void tomlErrorsNameFileLineAndField(Catalog catalog) throws IOException {
    Shell net = newNet(catalog);
    Path toml = net.folder().resolve("net.toml");
    String right = Files.readString(toml);
    Files.writeString(toml, right.replace("[dive]", "[dive]\ncpus = \"many\""));
    Expect.failure(net.diver("dive"), "net.toml:", "cpus");
    Files.writeString(toml, "name = \n");
    Expect.failure(net.diver("build"), "net.toml:1");
    Files.writeString(toml, right.replaceFirst("(?m)^kernel = ", "kernle = "));
    Expect.failure(net.diver("build"), "kernle", "kernel");
  }

  @Test
  void aNetMadeForAnotherKernelIsRefused(Catalog catalog) throws IOException {
    Shell net = newNet(catalog);
    Path toml = net.folder().resolve("net.toml");
    Files.writeString(
        toml,
        Files.readString(toml).replaceFirst("sha256:[0-9a-f]{64}", "sha256:" + "0".repeat(64)));
    Expect.failure(net.diver("build"), "sha256:000");
  }

  @Test
  void aMissingCompilerOrQemuIsNamedWithItsPackage(Catalog catalog) throws IOException {
    Shell net = newNet(catalog);
    Shell noCompiler = net.with("PATH", pathWithout(name -> name.matches("(gcc|cc|make).*")));
    Expect.failure(noCompiler.diver("build"), "make", "apt");
    Expect.success(net.diver("build"));
    Shell noQemu = net.with("PATH", pathWithout(name -> name.startsWith("qemu-system")));
    Expect.failure(noQemu.diver("dive"), "qemu-system-x86_64", "apt");
  }

  @Test
  void anOldQemuIsRefused(Catalog catalog) throws IOException {
    Shell net = newNet(catalog);
    Path old = Files.createDirectory(folder.resolve("old")).resolve("qemu-system-x86_64");
    Files.writeString(old, "#!/bin/sh\necho 'QEMU emulator version 4.2.1'\n");
    Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rwxr-xr-x"));
    Expect.failure(
        net.with("PATH", old.getParent() + ":" + System.getenv("PATH")).diver("dive"), "4.2.1");
  }

  @Test
  void appsThatRemoraCannotRunAreRefusedBeforeBoot(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Files.writeString(user.folder().resolve("script"), "#!/bin/sh\n");
    Expect.failure(user.diver("dive", "--kernel", "remora", "script"), "script", "ELF");
    Expect.failure(user.diver("dive", "--kernel", "remora", "/bin/ls"), "/bin/ls", "-static");
    Expect.failure(user.diver("dive", "--kernel", "remora", "absent"), "absent");
    byte[] arm = Files.readAllBytes(Path.of(BUSYBOX));
    arm[18] = (byte) 183;
    Files.write(user.folder().resolve("arm"), arm);
    Expect.failure(user.diver("dive", "--kernel", "remora", "arm"), "arm", "x86-64");
  }

  @Test
  void aCrashIsToldBySignalRegistersAndSymbol(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Programs.write(
        user,
        "crash",
        "__attribute__((noipa)) void here(int *p) { *p = 1; }\nint main(void) { here(0); }\n");
    Shell.Result crash =
        Expect.status(139, user.diver("dive", "--kernel", "remora", "--report", "crash"));
    Expect.said(crash, "SIGSEGV", "rip", "here");
    Programs.write(user, "abort", "#include <stdlib.h>\nint main(void) { abort(); }\n");
    Expect.status(134, user.diver("dive", "--kernel", "remora", "abort"));
    Expect.nothingLeft(user);
  }

  @Test
  void anAppThatNeverEndsIsEndedByItsTimeout(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Programs.write(user, "spin", "int main(void) { for (;;) __asm__(\"\"); }\n");
    Shell.Result spin = user.diver("dive", "--kernel", "remora", "--timeout", "3s", "spin");
    Expect.status(124, spin);
    Expect.nothingLeft(user);
  }

  @Test
  void endlessOutputEndsWithItsReader(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Shell.Result head = user.sh("diver dive --kernel remora /bin/busybox -- yes | head -n 3");
    assertEquals("y\ny\ny\n", head.text(), head::toString);
    Expect.nothingLeft(user);
  }

  @Test
  void anAppThatNeedsMoreMemoryThanThereIsIsTold(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Programs.write(
        user,
        "greedy",
        """
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        int main(void) {
          char *all = malloc(1UL << 30);
          if (!all) { perror("malloc"); return 9; }
          memset(all, 1, 1UL << 30);
          return all[12345] - 1;
        }
        """);
    Shell.Result small = user.diver("dive", "--kernel", "remora", "-m", "128M", "greedy");
    Expect.status(9, small);
    assertTrue(small.errors().contains("Cannot allocate memory"), small::toString);
    Expect.success(user.diver("dive", "--kernel", "remora", "-m", "1200M", "greedy"));
    Expect.failure(user.diver("dive", "--kernel", "remora", "-m", "1M", "greedy"), "1M");
    Expect.failure(user.diver("dive", "--kernel", "remora", "-m", "90T", "greedy"), "90T");
  }

  @Test
  void controlCEndsTheDiveAndLeavesNothing(Catalog catalog) throws Exception {
    for (String signal : List.of("INT", "TERM")) {
      Shell user = catalog.user(folder.resolve(signal));
      Process dive = diveForEver(user);
      new ProcessBuilder("kill", "-" + signal, Long.toString(dive.pid())).start().waitFor();
      assertTrue(dive.waitFor(20, TimeUnit.SECONDS), "still there after SIG" + signal);
      assertEquals(signal.equals("INT") ? 130 : 143, dive.exitValue());
      Expect.nothingLeft(user);
    }
  }

  @Test
  void afterKillMinusNineNoMachineRunsOnAndTheNextCommandCleansUp(Catalog catalog)
      throws Exception {
    Shell user = catalog.user(folder);
    Process dive = diveForEver(user);
    dive.destroyForcibly().waitFor();
    Expect.success(user.diver("ps"));
    Expect.nothingLeft(user);
  }

  /** A dive whose app is known to run: it has printed. */
  private static Process diveForEver(Shell user) throws IOException {
    Expect.success(user.diver("pull", "remora"));
    Programs.write(
        user,
        "forever",
        """
        #include <unistd.h>
        int main(void) { write(1, "up\\n", 3); for (;;) sleep(1); }
        """);
    ProcessBuilder builder =
        new ProcessBuilder(Shell.DIVER, "dive", "--kernel", "remora", "forever")
            .directory(user.folder().toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(user.environment());
    Process dive = builder.start();
    assertArrayEquals("up\n".getBytes(StandardCharsets.UTF_8), dive.getInputStream().readNBytes(3));
    return dive;
  }

  private static Shell.Result dive(Shell user, String... args) {
    return user.diver(
        Stream.concat(Stream.of("dive", "--kernel", "remora", BUSYBOX, "--"), Stream.of(args))
            .toArray(String[]::new));
  }

  /** As a terminal of the user who became this one, a socket cannot be opened by its name. */
  @Test
  void aNetIsBuiltWhereStandardErrorCannotBeOpened(Catalog catalog) throws IOException {
    Shell net = newNet(catalog);
    try (ServerSocket reader = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String socket = "/dev/tcp/127.0.0.1/" + reader.getLocalPort();
      Shell.Result dive = net.run("bash", "-c", "exec " + Shell.DIVER + " dive -- one 2>" + socket);
      assertTrue(Expect.success(dive).text().contains("one"), dive::toString);
      assertFalse(dive.text().contains("gcc"), dive::toString);
    }
  }

  private Shell newNet(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("new", "net", "--kernel", "remora"));
    return user.in(user.folder().resolve("net"));
  }

  /** A PATH of one folder with all that is usual but the tools that {@code without} names. */
  private String pathWithout(Predicate<String> without) throws IOException {
    Path bin = Files.createTempDirectory("bin");
    paths.add(bin);
    try (Stream<Path> tools = Files.list(Path.of("/usr/bin"))) {
      for (Path tool : tools.filter(t -> !without.test(t.getFileName().toString())).toList()) {
        Files.createSymbolicLink(bin.resolve(tool.getFileName()), tool);
      }
    }
    return bin.toString();
  }
}
