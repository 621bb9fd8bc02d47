package dev.diver.deploy.emulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.DiveReport.Cost;
import dev.diver.deploy.DiveReport.EmulationUse;
import dev.diver.deploy.DiveReport.SyscallCount;
import dev.diver.deploy.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterposerReportTest {

  @TempDir private Path folder;

  private InterposerReport read(String text) throws IOException {
    Path file = folder.resolve("report.jsonl");
    Files.writeString(file, text);
    return InterposerReport.read(file, 7);
  }

  @Test
  void addsUpWhatAllProcessesCalled() throws IOException {
    InterposerReport report =
        read(
            """
            {"pid":7,"mechanism":"syscall user dispatch","floor_ns":1700,"round_trip_ns":5000,\
            "trap_ns":1500,"delegate_core":1}
            {"pid":8,"threads":1,"lifetime_ns":900,"overhead_ns":100,"syscalls":[\
            {"name":"read","calls":2,"service_ns":40,"forwarded":2,"forwarding_ns":10000}],\
            "status":3}
            {"pid":9,"outside":"/usr/bin/sudo","why":"setuid"}
            {"pid":7,"threads":2,"lifetime_ns":1000,"overhead_ns":0,"syscalls":[\
            {"name":"read","calls":1,"service_ns":20,"forwarded":1,"forwarding_ns":5000},\
            {"name":"brk","calls":4,"service_ns":10}],"status":5}
            """);
    assertTrue(report.started());
    assertEquals(Optional.of(new Outcome.Exited(5)), report.outcome());
    assertEquals(Duration.ofNanos(1800), report.lifetime());
    Cost cost = new Cost(Duration.ofNanos(15000), Duration.ofNanos(60), Duration.ZERO);
    assertEquals(
        List.of(
            new SyscallCount(0, "read", 0, 3, 0, Optional.of(cost)),
            new SyscallCount(12, "brk", 4, 0, 0, Optional.empty())),
        report.calls());
    assertEquals(
        Optional.of(
            new EmulationUse(
                "syscall user dispatch",
                Duration.ofNanos(1700),
                Duration.ofNanos(5000),
                Duration.ofNanos(1500),
                1,
                Map.of("/usr/bin/sudo", "setuid"))),
        report.emulation());
  }

  @Test
  void theLastProgramOfTheFirstProcessIsTheDive() throws IOException {
    InterposerReport report =
        read(
            """
            {"pid":7,"threads":1,"lifetime_ns":1,"syscalls":[]}
            {"pid":7,"threads":1,"lifetime_ns":1,"syscalls":[],"signal":15}
            """);
    assertEquals(Optional.of("killed by signal 15"), report.outcome().map(Outcome::summary));
  }

  @Test
  void whatAProgramWroteIntoItChangesNothingElse() throws IOException {
    InterposerReport report =
        read(
            """
            no JSON
            []
            {"pid":7,"status":-1,"syscalls":[1,{"name":"read","calls":-5,"forwarded":9}]}
            {"pid":7,"mechanism":"x","floor_ns":1,"trap_ns":1,"delegate_core":99999999999}
            {"pid":"7","status":1,"lifetime_ns":9223372036854775807}
            """);
    assertEquals(Optional.empty(), report.outcome());
    assertFalse(report.started());
    assertEquals(Duration.ZERO, report.lifetime());
    assertEquals(List.of(new SyscallCount(0, "read", 0, 0, 0, Optional.empty())), report.calls());
  }

  @Test
  void aFileThatIsNotThereSaysNothing() throws IOException {
    InterposerReport report = InterposerReport.read(folder.resolve("none"), 7);
    assertFalse(report.started());
    assertEquals(List.of(), report.calls());
  }
}
