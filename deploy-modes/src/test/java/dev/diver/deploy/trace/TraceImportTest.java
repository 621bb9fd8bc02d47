package dev.diver.deploy.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceImportTest {

  /**
   * Thread 100 lives from 10.0 to 12.0, thread 101 from 11.0 to 11.9: 2.9 s. The read takes 0.5 s
   * and counts once, where it is resumed; both ends (exit_group) count with no time.
   */
  private static final String FILE_LOG =
      """
      100 1795258710.000000 execve("./a", ["a <0.7>"], 0x7ffc /* 39 vars */) = 0 <0.250000>
      100 1795258710.300000 read(0,  <unfinished ...>
      101 1795258711.000000 write(1, "x = 1 <2.000000>"..., 4096) = 4096 <0.000100>
      100 1795258711.100000 <... read resumed>"y", 1) = 1 <0.500000>
      100 1795258711.100100 --- SIGCHLD {si_signo=SIGCHLD, si_pid=101} ---
      101 1795258711.200000 write(1, "x", 1) = ? ERESTARTSYS (To be restarted) <0.000300>
      101 1795258711.300000 syscall_0x1f3(0x1, 0x2) = -1 ENOSYS (Function not implemented) <0.000002>
      101 1795258711.890000 exit_group(0) = ?
      101 1795258711.900000 +++ exited with 0 +++
      100 1795258711.990000 exit_group(0) = ?
      100 1795258712.000000 +++ killed by SIGKILL +++
      """;

  private static final String TERMINAL_LOG =
      """
      23:59:59.500000 getpid() = 7 <0.000001>
      strace: Process 8 attached
      [pid     7] 23:59:59.600000 wait4(-1,  <unfinished ...>
      [pid     8] 23:59:59.600000 getpid() = 8 <0.000003>
      [pid     8] 00:00:00.600000 +++ exited with 0 +++
      00:00:00.700000 <... wait4 resumed>[{WIFEXITED(s)}], 0, NULL) = 8 <1.100000>
      00:00:00.800000 +++ exited with 0 +++
      """;

  @Test
  void aLogOfThreads() throws IOException {
    Imported imported = read(FILE_LOG, Optional.empty());
    Trace trace = imported.trace();
    assertEquals(0, imported.skipped(), imported::toString);
    assertEquals(Duration.ofSeconds(2), trace.wall());
    assertEquals(Duration.ofMillis(2900), trace.lifetime());
    assertEquals(OptionalInt.of(2), trace.threads());
    assertEquals(
        Map.of(
            "execve", "1 250000000",
            "read", "1 500000000",
            "write", "2 400000",
            "syscall_0x1f3", "1 2000",
            "exit_group", "2 0"),
        uses(trace));
    SyscallUse.Spread write = use(trace, "write").spread().orElseThrow();
    assertEquals(Duration.ofNanos(100_000), write.minimum());
    assertEquals(Duration.ofNanos(300_000), write.maximum());
  }

  /**
   * Process 7 has no number while it is alone: 23:59:59.5 to 00:00:00.8 is 1.3 s, and process 8
   * lives for 1 s.
   */
  @Test
  void aLogOnATerminalThatPassesMidnight() throws IOException {
    Trace trace = read(TERMINAL_LOG, Optional.empty()).trace();
    assertEquals(Duration.ofMillis(1300), trace.wall());
    assertEquals(Duration.ofMillis(2300), trace.lifetime());
    assertEquals(OptionalInt.of(2), trace.threads());
    assertEquals(Map.of("getpid", "2 4000", "wait4", "1 1100000000"), uses(trace));
  }

  @Test
  void stampsSinceTheLineBefore() throws IOException {
    Trace trace =
        read(
                """
                     0.000000 brk(NULL) = 0x1 <0.000005>
                     0.250000 brk(NULL) = 0x1 <0.000006>
                     0.500000 exit_group(0) = ?
                """,
                Optional.empty())
            .trace();
    assertEquals(Duration.ofMillis(750), trace.wall());
    assertEquals(Map.of("brk", "2 11000", "exit_group", "1 0"), uses(trace));
  }

  @Test
  void withoutStampsTheWallTimeIsAsked() throws IOException {
    String log = "getpid() = 7 <0.000001>\n";
    DiverException refused = assertThrows(DiverException.class, () -> read(log, Optional.empty()));
    assertTrue(refused.failure().remedy().contains("--wall"), refused.failure()::remedy);
    Trace trace = read(log, Optional.of(Duration.ofSeconds(3))).trace();
    assertEquals(Duration.ofNanos(2_999_999_000L), trace.computation());
  }

  @Test
  void aLineThatNoBufferHoldsIsReadAtItsEnds() throws IOException {
    String log = "write(1, \"" + "z".repeat(3_000_000) + "\", 3000000) = 3000000 <0.001000>\n";
    Imported imported =
        read(log + log + "close(1) = 0 <0.000001>", Optional.of(Duration.ofDays(1)));
    assertEquals(Map.of("write", "2 2000000", "close", "1 1000"), uses(imported.trace()));
    assertEquals(0, imported.skipped());
  }

  /** 4.2 ms of wait4 in two tables, of which one has a column for errors. */
  @Test
  void tablesOfStrace() throws IOException {
    Imported imported =
        read(
            """
            % time     seconds  usecs/call     calls    errors syscall
            ------ ----------- ----------- --------- --------- ----------------
             92.14    0.004000        1000         4         2 wait4
              1.16    0.000796          10        78           write
            ------ ----------- ----------- --------- --------- ----------------
            100.00    0.068850         151       454        46 total
            % time     seconds  usecs/call     calls    errors syscall
            ------ ----------- ----------- --------- --------- ----------------
             92.14    0.000200        1000         1           wait4
            what is this
            """,
            Optional.of(Duration.ofMillis(10)));
    assertEquals(Map.of("wait4", "5 4200000", "write", "78 796000"), uses(imported.trace()));
    assertEquals(Optional.of("line 10: what is this"), imported.firstSkipped());
    assertEquals(Duration.ofNanos(10_000_000 - 4_996_000), imported.trace().computation());
  }

  @Test
  void tablesOfPerf() throws IOException {
    Imported imported =
        read(
            """

             Summary of events:

             sh (20455), 158 events, 18.7%

               syscall            calls  errors  total       min       avg       max       stddev
                                                 (msec)    (msec)    (msec)    (msec)        (%)
               --------------- --------  ------ -------- --------- --------- ---------     ------
               wait4                  4      2   115.778     0.012    28.944    61.789     57.97%


             sleep (20456), 222 events, 26.3%

               wait4                  1      0     0.222     0.222     0.222     0.222      0.00%
               clock_nanosleep        1      0    50.093    50.093    50.093    50.093      0.00%
            """,
            Optional.of(Duration.ofSeconds(1)));
    assertEquals(OptionalInt.of(2), imported.trace().threads());
    assertEquals(
        Map.of("wait4", "5 116000000", "clock_nanosleep", "1 50093000"), uses(imported.trace()));
    assertEquals(0, imported.skipped(), imported::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "hello\n", "% time     seconds\n", "{}", "a(b) = 1 <0.1.1>"})
  void whatHasNoCallsIsRefused(String text) {
    assertThrows(DiverException.class, () -> read(text, Optional.of(Duration.ofSeconds(1))));
  }

  /** 300 calls of a year each, or 110,000 lines a day after the one before: over 292 years. */
  @Test
  void timesThatNoNumberHoldsAreRefused() {
    String year = "read(0, 0x0, 0) = 0 <31535999.000000>\n".repeat(300);
    String day = " 86399.000000 brk(NULL) = 0 <0.000001>\n".repeat(110_000);
    for (String log : List.of(year, day)) {
      DiverException refused =
          assertThrows(DiverException.class, () -> read(log, Optional.of(Duration.ofSeconds(1))));
      assertTrue(refused.failure().what().contains("centuries"), refused.failure()::what);
    }
  }

  /** Damage costs lines, never more than an error that can be read. */
  @Test
  void damagedLogsDoNoHarm() throws IOException {
    Random random = new Random(4);
    int read = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = (round % 2 == 0 ? FILE_LOG : TERMINAL_LOG).getBytes(StandardCharsets.US_ASCII);
      for (int i = random.nextInt(30); i >= 0; i--) {
        int at = random.nextInt(bytes.length);
        bytes[at] =
            random.nextBoolean() ? (byte) random.nextInt(256) : bytes[random.nextInt(bytes.length)];
      }
      try {
        TraceImport.read(new ByteArrayInputStream(bytes), "log", Optional.empty());
        read++;
      } catch (DiverException e) {
        assertTrue(!e.failure().remedy().isEmpty());
      }
    }
    assertTrue(read > 10_000, "only " + read + " could be read at all");
  }

  private static Imported read(String text, Optional<Duration> wall) throws IOException {
    return TraceImport.read(
        new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)), "log", wall);
  }

  private static SyscallUse use(Trace trace, String name) {
    return trace.syscalls().stream()
        .filter(use -> use.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** For each call how often, and nanoseconds. */
  private static Map<String, String> uses(Trace trace) {
    return trace.syscalls().stream()
        .collect(
            Collectors.toMap(SyscallUse::name, use -> use.calls() + " " + use.service().toNanos()));
  }
}
