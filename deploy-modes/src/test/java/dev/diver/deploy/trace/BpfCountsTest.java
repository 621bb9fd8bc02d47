package dev.diver.deploy.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpfCountsTest {

  private static final ProgramRun RUN = new ProgramRun(3, Duration.ofSeconds(1));

  /** The program lives from 1000 to 9000, a child for 500, another from 8000 on, last seen 9600. */
  private static final String COUNTS =
      """
      {"type": "attached_probes", "data": {"probes": 7}}
      {"type": "map", "data": {"@alive": {"71": 8000}}}
      {"type": "map", "data": {"@began": 1000}}
      {"type": "map", "data": {"@ended": 9000}}
      {"type": "map", "data": {"@least": {"0": 100, "999": 7}}}
      {"type": "map", "data": {"@lived": 8500}}
      {"type": "map", "data": {"@most": {"0": 900, "999": 7}}}
      {"type": "map", "data": {"@seen": 9600}}
      {"type": "map", "data": {"@started": 2}}
      {"type": "hist", "data": {"@times": {"0": [{"min": 64, "max": 127, "count": 1}, \
      {"min": 512, "max": 1023, "count": 1}], "999": [{"min": 4, "max": 7, "count": 1}]}}}
      {"type": "stats", "data": {"@took": {"0": {"count": 2, "average": 500, "total": 1000}, \
      "999": {"count": 1, "average": 7, "total": 7}}}}
      """;

  @TempDir Path folder;

  @Test
  void aRun() throws IOException {
    Recording recording = read(COUNTS);
    Trace trace = recording.trace();
    assertEquals(3, recording.status());
    assertEquals(Duration.ofNanos(8000), trace.wall());
    assertEquals(Duration.ofNanos(8500 + 1600), trace.lifetime());
    assertEquals(OptionalInt.of(3), trace.threads());
    assertEquals(1, recording.notes().size(), recording::toString);
    assertEquals(
        List.of("read 2 1000", "syscall_999 1 7"),
        trace.syscalls().stream()
            .map(use -> use.name() + " " + use.calls() + " " + use.service().toNanos())
            .toList());
    SyscallUse.Spread read = trace.syscalls().getFirst().spread().orElseThrow();
    assertEquals(Duration.ofNanos(100), read.minimum());
    assertEquals(Duration.ofNanos(128), read.median());
    assertEquals(Duration.ofNanos(900), read.maximum());
  }

  @Test
  void whatIsNotWholeIsRefused() {
    for (String text : List.of("", "{\"type\": ", "{\"data\": {\"@began\": 1}}")) {
      DiverException refused = assertThrows(DiverException.class, () -> read(text), text);
      assertEquals(Failure.Kind.CORRUPT, refused.failure().kind());
    }
  }

  private Recording read(String text) throws IOException {
    Path file = folder.resolve("counts");
    Files.writeString(file, text);
    return BpfCounts.read(file).recording(List.of("./a"), RUN);
  }
}
