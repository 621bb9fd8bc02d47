package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs of several threads, compiled for Linux, on one and two of remora's cores. */
@ExtendWith({SharedCatalog.class, SharedNode.class})
class ThreadsIT {

  @TempDir private static Path folder;

  private static Shell user;

  @BeforeAll
  static void pull(Catalog catalog, Node node) throws IOException {
    user = node.reachedBy(catalog.user(folder));
    Expect.success(user.diver("pull", "remora"));
    Expect.success(user.diver("pull", "linux"));
  }

  @ParameterizedTest
  @EnumSource
  void pthreadsOnTwoCores(DelegatingMode mode) {
    sameAsOnLinux(mode, 2, Programs.compile(user, "pthreads", "-pthread"), List.of());
  }

  @ParameterizedTest
  @EnumSource
  void aHundredThreadsOnOneCore(DelegatingMode mode) {
    sameAsOnLinux(mode, 1, Programs.compile(user, "hundred", "-pthread"), List.of());
  }

  @ParameterizedTest
  @CsvSource({
    "FULL_VM,1",
    "FULL_VM,2",
    "PARTITIONED_VM,1",
    "PARTITIONED_VM,2",
    "PARTITIONED_HARDWARE,1",
    "PARTITIONED_HARDWARE,2"
  })
  void openMpComputesTheSame(DelegatingMode mode, int threads) {
    Path program = Programs.compile(user, "omp_sum", "-fopenmp");
    sameAsOnLinux(mode, threads, program, List.of(Integer.toString(threads)));
  }

  /** A thread that waits in a forwarded call holds up no other, not even on its own core. */
  @ParameterizedTest
  @EnumSource
  void aBlockedThreadStopsNobody(DelegatingMode mode) {
    sameAsOnLinux(mode, 1, Programs.compile(user, "blocked", "-pthread"), List.of());
  }

  private static void sameAsOnLinux(
      DelegatingMode mode, int cores, Path program, List<String> args) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(args);
    Shell.Result linux = Expect.success(user.run(command.toArray(String[]::new)));
    Shell.Result remora =
        mode.dive(user, List.of("--cpus", Integer.toString(cores)), program, args);
    Expect.success(remora);
    assertEquals(linux.text(), remora.text(), remora::toString);
  }
}
