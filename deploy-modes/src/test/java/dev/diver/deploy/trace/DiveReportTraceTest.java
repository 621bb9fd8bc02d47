package dev.diver.deploy.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiveReportTraceTest {

  private static final String REPORT =
      """
      {"name":"bzip2-1","mode":"partitioned-vm","kernel":"remora:0.1.0",
       "outcome":{"kind":"exited","status":0},"wall_us":9000,"run_us":1000,"syscalls":[
       {"nr":9,"name":"mmap","local":14,"forwarded":0,"unsupported":0},
       {"nr":334,"name":"rseq","local":0,"forwarded":0,"unsupported":1},
       {"nr":0,"name":"read","local":1,"forwarded":49,"unsupported":0,
        "forwarding_ns":30000,"service_ns":200000,"waiting_ns":20000}],
       "forwarding":{"local":15}}
      """;

  /** 1000 µs less 30 for forwarding and 20 for waiting; of these 200 are the reads'. */
  @Test
  void forwardingIsNoPartOfTheTrace() {
    assertTrue(DiveReportTrace.isOne(bytes(REPORT)));
    Trace trace = DiveReportTrace.read(bytes(REPORT), "report.json");
    assertEquals(Duration.ofNanos(950_000), trace.lifetime());
    assertEquals(Duration.ofNanos(750_000), trace.computation());
    assertEquals(List.of("read", "mmap"), trace.syscalls().stream().map(SyscallUse::name).toList());
    assertEquals(64, trace.calls());
    assertEquals("a dive in partitioned-vm on remora:0.1.0", trace.recorder());
  }

  @Test
  void nothingElseIsAReport() {
    assertFalse(DiveReportTrace.isOne(bytes("{\"version\":1,\"syscalls\":[]}")));
    assertFalse(DiveReportTrace.isOne(bytes("[]")));
    assertFalse(DiveReportTrace.isOne(bytes("{\"outcome\":")));
    for (String damaged :
        List.of(
            REPORT.replace("\"run_us\":1000,", ""),
            REPORT.replace("\"syscalls\"", "\"calls\""),
            REPORT.replace("200000", "-1"),
            REPORT.replace("49", "\"many\""))) {
      DiverException refused =
          assertThrows(
              DiverException.class, () -> DiveReportTrace.read(bytes(damaged), "r.json"), damaged);
      assertEquals(Failure.Kind.INVALID, refused.failure().kind());
      assertTrue(refused.failure().what().contains("r.json"));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
