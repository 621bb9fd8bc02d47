package dev.diver.deploy.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CountedRunTest {

  @TempDir Path folder;

  /**
   * Process 7 runs a shell that becomes another program with two threads; process 8 is a child. Of
   * reads there are 6 in all: 4 from 256 to 511 ns, 2 from 1024 to 2047 ns.
   */
  @Test
  void linesAddUp() throws IOException {
    CountedRun run =
        read(
            """
            {"pid":8,"threads":1,"lifetime_ns":1000,"overhead_ns":100,"syscalls":[\
            {"name":"read","calls":4,"service_ns":1200,"min_ns":260,"max_ns":500,\
            "histogram":[0,0,0,0,0,0,0,0,4]},\
            {"nr":999,"calls":1,"service_ns":5,"min_ns":5,"max_ns":5,"histogram":[0,0,1]}]}
            {"pid":7,"threads":1,"lifetime_ns":300,"syscalls":[]}
            {"pid":9,"outside":"/usr/bin/su","why":"it is setuid"}
            {"pid":7,"threads":2,"lifetime_ns":5000,"syscalls":[\
            {"name":"read","calls":2,"service_ns":2400,"min_ns":1100,"max_ns":1300,\
            "histogram":[0,0,0,0,0,0,0,0,0,0,2],"forwarded":2,"forwarding_ns":70}]}
            """);
    assertEquals(Duration.ofNanos(900 + 300 + 5000), run.lifetime());
    assertEquals(3, run.threads());
    assertEquals(List.of("/usr/bin/su"), run.uncounted());
    assertEquals(
        List.of("read", "syscall_999"), run.syscalls().stream().map(SyscallUse::name).toList());
    SyscallUse read = run.syscalls().getFirst();
    assertEquals(6, read.calls());
    assertEquals(Duration.ofNanos(3600), read.service());
    SyscallUse.Spread spread = read.spread().orElseThrow();
    assertEquals(Duration.ofNanos(260), spread.minimum());
    assertEquals(Duration.ofNanos(448), spread.median()); // 3 of the first 4: 256 + 256·3/4
    assertEquals(Duration.ofNanos(1300), spread.maximum());
    // 5.4 of 6: 1024 + 1024·1.4/2 = 1740.8, which is more than the most
    assertEquals(Duration.ofNanos(1300), spread.p90());

    Trace trace = run.trace(List.of("sh"), Duration.ofNanos(5300), OptionalDouble.of(1.01));
    assertEquals(OptionalInt.of(3), trace.threads());
    assertEquals(Duration.ofNanos(6200 - 3605), trace.computation());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{\"pid\":7,\"threads\":1,\"lifeti",
        "{\"pid\":9,\"outside\":\"/usr/bin/su\",\"why\":\"\"}\n",
        "{\"pid\":7,\"lifetime_ns\":\"long\"}\n"
      })
  void refusesWhatIsNotWhole(String content) throws IOException {
    DiverException refused = assertThrows(DiverException.class, () -> read(content));
    assertEquals(Failure.Kind.CORRUPT, refused.failure().kind());
    assertTrue(refused.failure().what().contains("counted"), refused.failure()::what);
  }

  private CountedRun read(String content) throws IOException {
    return CountedRun.read(Files.writeString(folder.resolve("counted"), content));
  }
}
