package dev.diver.deploy.vm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.DiveReport.Cost;
import dev.diver.deploy.DiveReport.DelegateUse;
import dev.diver.deploy.DiveReport.SyscallCount;
import dev.diver.deploy.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What hostile kernels may write. */
final class GuestReportTest {

  private static final String EXIT = "{\"event\":\"exit\",\"status\":3,\"run_us\":5}\n";
  private static final Optional<Outcome> EXITED = Optional.of(new Outcome.Exited(3));

  private static GuestReport parse(String text) {
    return GuestReport.parse(text.getBytes(UTF_8));
  }

  @Test
  void readsAWholeReport() {
    GuestReport report =
        parse(
            """
            {"event":"boot","abi":1,"kernel":"remora 0.1.0","boot_us":4321}
            {"event":"syscalls","calls":[{"nr":1,"name":"write","local":12,"unsupported":0}]}
            {"event":"memory","heap_bytes":1,"total_bytes":2,"peak_bytes":3}
            """
                + EXIT);
    assertTrue(report.booted());
    assertEquals(Optional.of(Duration.ofNanos(4_321_000)), report.boot());
    assertEquals(12, report.calls().getFirst().local());
    assertEquals(3, report.memory().orElseThrow().peak());
    assertEquals(EXITED, report.verdict());
    assertEquals(Optional.of(Duration.ofNanos(5_000)), report.run());
  }

  @Test
  void readsWhatTheAgentAdds() {
    GuestReport report =
        parse(
            """
            {"event":"agent","version":1,"pid":7,"confined":["landlock","seccomp"],"doorbell":"uart"}
            {"event":"boot","abi":1,"kernel":"remora 0.1.0","boot_us":4321}
            {"event":"agent","version":1,"pid":7,"confined":["forged"],"doorbell":"uart"}
            {"event":"syscalls","calls":[{"nr":0,"name":"read","local":1,"forwarded":2,\
            "unsupported":0,"forwarding_ns":30,"service_ns":40,"waiting_ns":50}]}
            {"event":"delegate","requests":2,"faults":1,"refused":[{"name":"ptrace","count":3}],\
            "mirrored_bytes":4096,"sleeps":5,"threads":6}
            {"event":"agent-error","kind":"lost","message":"first"}
            {"event":"agent-error","kind":"garbage","message":"second"}
            """);
    SyscallCount read = report.calls().getFirst();
    assertEquals(2, read.forwarded());
    assertEquals(3, read.all());
    assertEquals(Duration.ofNanos(120), read.cost().orElseThrow().total());
    assertEquals(
        Optional.of(
            new DelegateUse(
                2, 1, 4096, 5, 6, List.of("landlock", "seccomp"), Map.of("ptrace", 3L))),
        report.delegate());
    assertEquals(Optional.of("first"), report.agentError());
    assertEquals(Optional.empty(), report.verdict());
  }

  @Test
  void sumsOfWhatACallTookStayInRange() {
    String most = Long.toString(Long.MAX_VALUE);
    GuestReport report =
        parse(
            "{\"event\":\"syscalls\",\"calls\":[{\"nr\":0,\"forwarded\":1,\"forwarding_ns\":"
                + most
                + ",\"service_ns\":-1,\"waiting_ns\":"
                + (Long.MAX_VALUE / 4096)
                + "}]}\n");
    Cost cost = report.calls().getFirst().cost().orElseThrow();
    assertEquals(Duration.ZERO, cost.forwarding());
    assertEquals(Duration.ZERO, cost.service());
    assertTrue(cost.total().toNanos() > 0);
  }

  @Test
  void passesOverGarbage() {
    byte[] noise = new byte[1 << 16];
    new Random(7).nextBytes(noise);
    String latin1 = new String(noise, java.nio.charset.StandardCharsets.ISO_8859_1);
    for (String bad :
        List.of(
            latin1,
            "{",
            "[]",
            "null",
            "{\"event\":[]}",
            "{\"event\":\"exit\"}",
            "{\"event\":\"exit\",\"status\":256}",
            "{\"event\":\"exit\",\"status\":-1}",
            "{\"event\":\"exit\",\"status\":1e1}",
            "{\"event\":\"exit\",\"status\":\"0\"}",
            "{\"event\":\"exit\",\"status\":99999999999999999999999}",
            "{\"event\":\"exit\",\"status\":0} {\"event\":\"exit\",\"status\":0}",
            "{\"event\":\"signal\",\"signal\":0}",
            "{\"event\":\"signal\",\"signal\":65}",
            "{\"a\":".repeat(100_000),
            "[".repeat(100_000),
            "{\"event\":\"syscalls\",\"calls\":[1,null,{},{\"nr\":-1},[[]]]}")) {
      GuestReport report = parse(bad + "\n" + EXIT);
      assertEquals(EXITED, report.verdict(), bad.substring(0, Math.min(60, bad.length())));
      assertEquals(List.of(), report.calls());
    }
  }

  @Test
  void believesTheFirstVerdict() {
    assertEquals(EXITED, parse(EXIT + "{\"event\":\"panic\",\"message\":\"x\"}\n").verdict());
  }

  @Test
  void takesNoNegativeTimesAndCounts() {
    GuestReport report =
        parse(
            """
            {"event":"boot","boot_us":-5}
            {"event":"syscalls","calls":[{"nr":1,"name":"write","local":-9,"unsupported":1}]}
            {"event":"memory","heap_bytes":-1,"total_bytes":2,"peak_bytes":3}
            {"event":"exit","status":0,"run_us":9223372036854775807}
            """);
    assertEquals(Optional.empty(), report.boot());
    assertEquals(Optional.empty(), report.run());
    assertEquals(Optional.empty(), report.memory());
    assertEquals(0, report.calls().getFirst().local());
  }

  @Test
  void letsNothingThroughThatMovesACursor() {
    Outcome panic =
        parse("{\"event\":\"panic\",\"message\":\"\\u001b[2Jgone\\n\\u009b\"}").verdict().get();
    String message = ((Outcome.Panicked) panic).message();
    assertFalse(message.chars().anyMatch(Character::isISOControl), message);
    assertTrue(message.contains("gone"));
  }

  @Test
  void boundsWhatItKeeps() {
    StringBuilder calls = new StringBuilder("{\"event\":\"syscalls\",\"calls\":[");
    for (int i = 0; i < 20_000; i++) {
      calls.append("{\"nr\":").append(i).append(",\"name\":\"x\",\"local\":1},");
    }
    calls.append("{}]}\n{\"event\":\"refused\",\"message\":\"").append("y".repeat(100_000));
    GuestReport report = parse(calls.append("\"}\n").toString());
    assertEquals(1024, report.calls().size());
    assertEquals(1000, ((Outcome.Refused) report.verdict().orElseThrow()).message().length());
  }

  @Test
  void readsNoMoreThanItsLimit(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("report.jsonl");
    Files.writeString(file, EXIT);
    try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
      huge.setLength(100L << 20);
      huge.seek(huge.length());
      huge.write("\n{\"event\":\"boot\"}\n".getBytes(UTF_8));
    }
    GuestReport report = GuestReport.read(file);
    assertEquals(EXITED, report.verdict());
    assertFalse(report.booted(), "read past its limit");
  }
}
