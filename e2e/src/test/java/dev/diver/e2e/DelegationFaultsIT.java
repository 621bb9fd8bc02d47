package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes wrong beside a delegating kernel is said, ends in time, and leaves nothing. */
@ExtendWith({SharedCatalog.class, SharedNode.class})
class DelegationFaultsIT {

  private static final Path BUSYBOX = Path.of("/bin/busybox");

  @TempDir private static Path folder;

  private static Shell user;

  @BeforeAll
  static void pull(Catalog catalog, Node node) throws IOException {
    user = node.reachedBy(catalog.user(folder));
    Expect.success(user.diver("pull", "remora"));
    Expect.success(user.diver("pull", "linux"));
    Files.writeString(user.folder().resolve("file"), "shared\n");
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    Expect.nothingLeft(user);
  }

  @ParameterizedTest
  @EnumSource
  void aCrashIsASignal(DelegatingMode mode) {
    Path program = Programs.write(user, "crash", "int main(void) { return *(volatile int *)8; }");
    Expect.status(139, mode.dive(user, List.of(), program, List.of()));
  }

  @ParameterizedTest
  @EnumSource
  void aHangEndsAtItsTimeout(DelegatingMode mode) {
    Path program = Programs.write(user, "hang", "int main(void) { for (;;); }");
    Expect.status(124, mode.dive(user, List.of("--timeout", "10s"), program, List.of()));
  }

  @ParameterizedTest
  @EnumSource
  void onlyWhatIsSharedIsReachable(DelegatingMode mode) throws IOException {
    Path outside = Files.writeString(folder.resolve("outside"), "not shared\n");
    for (String path :
        List.of(
            "/etc/shadow",
            "/etc/passwd",
            outside.toString(),
            "../outside",
            "/proc/1/environ",
            "/proc/self/mem",
            "/proc/self/root/etc/passwd",
            "/dev/mem",
            "/dev/kvm")) {
      Shell.Result cat = mode.dive(user, List.of(), BUSYBOX, List.of("cat", path));
      assertEquals(1, cat.status(), () -> path + " is reachable: " + cat);
      assertEquals("", cat.text());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aReadOnlyShareIsNotWritten(DelegatingMode mode) throws IOException {
    Path shared = Files.createDirectories(folder.resolve("read-only"));
    Files.writeString(shared.resolve("kept"), "as it was\n");
    List<String> share = List.of("-v", shared + ":/given:ro");
    Shell.Result read = mode.dive(user, share, BUSYBOX, List.of("cat", "/given/kept"));
    assertEquals("as it was\n", Expect.success(read).text());
    for (List<String> command :
        List.of(
            List.of("rm", "-f", "/given/kept"),
            List.of("touch", "/given/new"),
            List.of("sh", "-c", "echo more >> /given/kept"))) {
      assertFalse(mode.dive(user, share, BUSYBOX, command).status() == 0, command::toString);
    }
    assertEquals("as it was\n", Files.readString(shared.resolve("kept")));
    assertFalse(Files.exists(shared.resolve("new")));
  }

  @ParameterizedTest
  @EnumSource
  void anInterruptEndsAll(DelegatingMode mode) throws IOException, InterruptedException {
    Process dive = startSleeping(mode);
    dive.toHandle().destroy();
    assertTrue(dive.waitFor(20, TimeUnit.SECONDS), "it does not end");
  }

  /** As if out of memory: what Diver started goes with it, at the latest with the next command. */
  @ParameterizedTest
  @EnumSource
  void killedDiverLeavesNothing(DelegatingMode mode) throws IOException, InterruptedException {
    Process dive = startSleeping(mode);
    ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains(user.home().toString()))
        .filter(process -> process.info().command().orElse("").endsWith("java"))
        .forEach(ProcessHandle::destroyForcibly);
    dive.destroyForcibly();
    assertTrue(dive.waitFor(20, TimeUnit.SECONDS), "it does not end");
    Expect.success(user.diver("ps"));
  }

  @Test
  void theAgentsDeathEndsTheNet() throws IOException, InterruptedException {
    Process dive = startSleeping(DelegatingMode.FULL_VM);
    List<ProcessHandle> agents =
        dive.toHandle()
            .descendants()
            .filter(process -> process.info().command().orElse("").contains("diver-agent"))
            .toList();
    assertFalse(agents.isEmpty(), "no agent runs");
    agents.forEach(ProcessHandle::destroyForcibly);
    assertTrue(dive.waitFor(10, TimeUnit.SECONDS), "the net goes on without its agent");
    assertEquals(125, dive.exitValue());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--cpus 0-1 --gpos-cpus 1-2; not 1-2",
        "--cpus 0-1; Core 0",
        "--cpus 65; 65 cores",
        "--memory 4096G; 4096",
        "--gpos-memory 1M; 1M",
        "--cpus 2-1; 2-1",
        "-v /no/such/folder; /no/such/folder",
        "-v relative/path; relative/path",
        "-v /tmp:/a -v /var:/a; shared at /a",
        "--gpos remora; no [gpos]",
        "--forward no_such_call; no_such_call"
      })
  void whatCannotBeIsRefusedBeforeItStarts(String options, String said) {
    Shell.Result refused =
        DelegatingMode.PARTITIONED_VM.dive(
            user, List.of(options.strip().split(" ")), BUSYBOX, List.of("true"));
    assertTrue(refused.status() == 2 || refused.status() == 125, refused::toString);
    assertTrue(refused.errors().contains(said), refused::toString);
  }

  @Test
  void aKernelThatIsNoCokernelIsRefused() {
    Expect.failure(
        user.diver("dive", "--mode", "partitioned-vm", "--kernel", "linux", BUSYBOX.toString()),
        "linux",
        "partitioned-vm");
  }

  @ParameterizedTest
  @EnumSource
  void forkIsRefusedAndNamed(DelegatingMode mode) {
    Shell.Result forked =
        mode.dive(user, List.of("--report"), BUSYBOX, List.of("sh", "-c", "ls | cat"));
    assertFalse(forked.status() == 0, forked::toString);
    assertTrue(Stream.of("fork", "clone").anyMatch(forked.errors()::contains), forked::toString);
  }

  /** A dive whose app sleeps in a forwarded call; returns once it does. */
  private static Process startSleeping(DelegatingMode mode) throws IOException {
    Path program =
        Programs.write(
            user,
            "waits",
            """
            #include <stdio.h>
            #include <unistd.h>
            int main(void) {
              fclose(fopen("started", "w"));
              int ends[2];
              char byte;
              return pipe(ends) || read(ends[0], &byte, 1);
            }
            """);
    Path started = user.folder().resolve("started");
    Files.deleteIfExists(started);
    List<String> words = mode.words(user, List.of(), program, List.of());
    Process dive =
        user.start(Stream.concat(Stream.of(Shell.DIVER), words.stream()).toArray(String[]::new));
    for (int tenths = 0; !Files.exists(started); tenths++) {
      assertTrue(tenths < 600 && dive.isAlive(), "the app does not start");
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    return dive;
  }
}
