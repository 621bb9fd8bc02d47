package dev.diver.deploy.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceJsonTest {

  private static final Trace TRACE =
      new Trace(
          List.of("bzip2", "-k", "a file"),
          "strace 6.1",
          Duration.ofMillis(1500),
          OptionalInt.of(2),
          Duration.ofMillis(1700),
          OptionalDouble.of(1.25),
          List.of(
              new SyscallUse(
                  "read",
                  736,
                  Duration.ofNanos(15_900_001),
                  Optional.of(
                      new SyscallUse.Spread(
                          Duration.ofNanos(300),
                          Duration.ofNanos(900),
                          Duration.ofNanos(1000),
                          Duration.ofNanos(2000),
                          Duration.ofNanos(90_000)))),
              new SyscallUse("brk", 3, Duration.ZERO, Optional.empty())));

  private static final String LEAST =
      "{'version':1,'command':[],'recorder':'r','wall_ns':10,'lifetime_ns':10,'syscalls':"
          + "[{'name':'read','calls':1,'service_ns':4}]}";

  @Test
  void whatIsWrittenIsRead() {
    assertEquals(TRACE, TraceJson.read(TraceJson.write(TRACE), "file"));
  }

  @Test
  void theOptionalPartsMayBeMissing() {
    Trace trace = read(LEAST);
    assertEquals(Duration.ofNanos(6), trace.computation());
    assertEquals(OptionalInt.empty(), trace.threads());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "'version':1,'version':2,version",
        "'wall_ns':10,'wall_ns':-1,wall_ns",
        "'wall_ns':10,'wall_ns':1.5,wall_ns",
        "'wall_ns':10,'wall_ns':'10',wall_ns",
        "'wall_ns':10,'wall_ns':99999999999999999999,wall_ns",
        "'lifetime_ns':10,'x':1,lifetime_ns",
        "'recorder':'r','recorder':'',recorder",
        "'recorder':'r','recorder':null,recorder",
        "'calls':1,'calls':0,syscalls[0].calls",
        "'name':'read','name':'a\\nb',syscalls[0].name",
        "'service_ns':4,'service_ns':-4,syscalls[0].service_ns",
        "'version':1,'version':1 'slowdown',the JSON object",
      })
  void damageIsNamed(String whole, String damaged, String field) {
    DiverException refused =
        assertThrows(DiverException.class, () -> read(LEAST.replace(whole, damaged)));
    assertTrue(refused.failure().what().contains(field), refused.failure()::what);
  }

  @Test
  void noCallStandsThereTwice() {
    String twice = LEAST.replace("]}", ",{'name':'read','calls':1,'service_ns':4}]}");
    DiverException refused = assertThrows(DiverException.class, () -> read(twice));
    assertTrue(refused.failure().what().contains("syscalls[1].name"), refused.failure()::what);
  }

  @Test
  void sumsFitIntoALong() {
    for (String field : List.of("calls", "service_ns")) {
      String call =
          "{'name':'NAME','calls':1,'service_ns':1}"
              .replace("'" + field + "':1", "'" + field + "':" + Long.MAX_VALUE);
      String both =
          LEAST.replaceFirst(
              "\\[\\{.*}]",
              "[" + call.replace("NAME", "a") + "," + call.replace("NAME", "b") + "]");
      DiverException refused = assertThrows(DiverException.class, () -> read(both));
      assertTrue(
          refused.failure().what().contains("syscalls[1]." + field), refused.failure()::what);
    }
  }

  private static Trace read(String json) {
    return TraceJson.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), "file");
  }
}
