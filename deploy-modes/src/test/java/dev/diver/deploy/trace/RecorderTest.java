package dev.diver.deploy.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real programs by every recorder; one that cannot record here must say why. */
class RecorderTest {

  /** 300 reads and writes of dd's own, as a child of a shell that fails. */
  private static final List<String> FAILING =
      List.of(
          "sh", "-c", "dd if=/dev/zero of=/dev/null bs=1 count=300 status=none; kill -9 $$", "x");

  @TempDir Path folder;

  static List<Recorder> recorders() {
    return Recorder.all();
  }

  @ParameterizedTest
  @MethodSource("recorders")
  void aChildsCallsAndTheStatusOfAShellThatIsKilled(Recorder recorder) throws Exception {
    Host host = new Host(System.getenv(), folder.resolve("cache"));
    Optional<Failure> obstacle = recorder.obstacle(host);
    if (obstacle.isPresent()) {
      assertEquals(Failure.Kind.MISSING, obstacle.get().kind(), obstacle::toString);
      assertFalse(obstacle.get().remedy().isEmpty());
      return;
    }
    Path scratch = Files.createDirectory(folder.resolve("scratch"));
    Recording recording = recorder.record(FAILING, host, scratch);
    assertEquals(128 + 9, recording.status(), recorder::name);
    Trace trace = recording.trace();
    assertTrue(calls(trace, "read") >= 300, trace::toString);
    assertTrue(calls(trace, "write") >= 300, trace::toString);
    assertTrue(calls(trace, "write") < 310, trace::toString);
    assertTrue(trace.lifetime().compareTo(trace.service()) > 0, trace::toString);
  }

  private static long calls(Trace trace, String name) {
    return trace.syscalls().stream()
        .filter(use -> use.name().equals(name))
        .mapToLong(SyscallUse::calls)
        .sum();
  }
}
