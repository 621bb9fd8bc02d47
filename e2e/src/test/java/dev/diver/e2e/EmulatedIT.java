package dev.diver.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.machine.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Dives in the mode emulated: unmodified programs on this Linux, their calls forwarded. */
@ExtendWith(SharedCatalog.class)
class EmulatedIT {

  @TempDir private Path folder;

  @Test
  void aProgramDoesWhatItDoesWithout(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    String script = "sort -r; echo gone wrong >&2; exit 7";
    Shell.Result result =
        Expect.status(
            7,
            user.diverWithInput(
                "a\nc\nb\n".getBytes(UTF_8),
                "dive",
                "--mode",
                "emulated",
                "--round-trip",
                "20us",
                "--",
                "sh",
                "-c",
                script));
    assertEquals("c\nb\na\n", result.text());
    assertEquals("gone wrong\n", result.errors());
  }

  @Test
  void itHasTheFilesTheEnvironmentAndTheFolderOfItsUser(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder).with("FROM_OUTSIDE", "kept");
    Files.writeString(user.folder().resolve("here.txt"), "found\n");
    Shell.Result result =
        Expect.success(
            user.diver(
                "dive",
                "--mode",
                "emulated",
                "-e",
                "GIVEN=too",
                "/bin/sh",
                "--",
                "-c",
                "cat here.txt; echo $FROM_OUTSIDE $GIVEN"));
    assertEquals("found\nkept too\n", result.text());
  }

  @Test
  void theReportSaysWhatWasForwardedAndAtWhatCost(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(
        user.diver(
            "dive",
            "--mode",
            "emulated",
            "--round-trip",
            "50us",
            "--forward",
            "read,write",
            "--report-file",
            "report.json",
            "--",
            "dd",
            "if=/dev/zero",
            "of=/dev/null",
            "bs=1",
            "count=500"));
    Map<String, Object> report = report(user);
    Map<?, ?> emulation = Json.child(report, "emulation");
    assertEquals(Optional.of(50_000L), Json.number(emulation, "round_trip_ns"), report::toString);
    assertTrue(Json.number(emulation, "floor_ns").orElseThrow() > 0, report::toString);
    for (Object call : Json.array(report, "syscalls")) {
      Map<?, ?> use = (Map<?, ?>) call;
      String name = Json.text(use, "name").orElseThrow();
      long forwarded = Json.number(use, "forwarded").orElseThrow();
      if (List.of("read", "write").contains(name)) {
        assertTrue(forwarded >= 500, use::toString);
        assertEquals(0L, Json.number(use, "local").orElseThrow(), use::toString);
        assertTrue(
            Json.number(use, "forwarding_ns").orElseThrow() >= 49_000L * forwarded, use::toString);
      } else {
        assertEquals(0, forwarded, use::toString);
      }
    }
  }

  @Test
  void thePlanIsACommandThatDoesTheSame(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Shell.Result result =
        Expect.success(user.sh("diver dive --mode emulated --dry-run -- echo 'two  words' | sh"));
    assertEquals("two  words\n", result.text());
  }

  @Test
  void endsBySignalsAndByTime(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.status(143, user.diver("dive", "--mode", "emulated", "--", "sh", "-c", "kill $$"));
    Expect.status(137, user.diver("dive", "--mode", "emulated", "--", "sh", "-c", "kill -9 $$"));
    Expect.status(130, user.diver("dive", "--mode", "emulated", "--", "sh", "-c", "exit 130"));
    Expect.status(
        124, user.diver("dive", "--mode", "emulated", "--timeout", "1", "--", "sleep", "1000"));
    assertEquals(List.of(), Expect.processesNaming(user.home().toString()));
  }

  @Test
  void runsInTheBackground(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    String script = "while :; do echo one; sleep 0.5; done";
    Expect.success(
        user.diver("dive", "-d", "--name", "job", "--mode", "emulated", "--", "sh", "-c", script));
    assertTrue(Expect.success(user.diver("ps")).text().contains("job"));
    Shell.Result logs = Expect.success(user.sh("diver logs -f job | head -n 1"));
    assertEquals("one\n", logs.text(), logs::toString);
    Expect.success(user.diver("stop", "job"));
    assertFalse(Expect.success(user.diver("ps")).text().contains("job"));
    assertEquals(List.of(), Expect.processesNaming(user.home().toString()));
  }

  @Test
  void whatCannotBeIsRefused(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.failure(
        user.diver("dive", "--mode", "emulated", "--round-trip", "10ns", "--", "true"),
        "under the floor of this machine");
    Expect.status(2, user.diver("dive", "--mode", "emulated", "--forward", "raed", "--", "true"));
    Expect.status(2, user.diver("dive", "--mode", "emulated", "-m", "1G", "--", "true"));
    Expect.status(2, user.diver("dive", "--mode", "emulated"));
    Expect.status(2, user.diver("dive", "--mode", "emulated", "--", "no-such-program"));
    Expect.status(2, user.diver("dive", "--round-trip", "10us", "--", "true"));
    Expect.failure(
        user.diver("dive", "--mode", "emulated", "/etc/passwd"), "/etc/passwd cannot be executed");
  }

  @Test
  void theDoctorSaysWhetherItWorks(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    assertTrue(
        Expect.success(user.diver("doctor"))
            .text()
            .matches("(?s).*emulated: ready\n.*forwarded call takes [0-9.]+ us longer.*"));
  }

  @Test
  void theCallsThatAKernelHandlesCanStayLocal(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(
        user.diver(
            "dive",
            "--mode",
            "emulated",
            "--kernel",
            "remora",
            "--report-file",
            "report.json",
            "--",
            "ls",
            "/"));
    Map<String, Object> report = report(user);
    for (Object call : Json.array(report, "syscalls")) {
      Map<?, ?> use = (Map<?, ?>) call;
      boolean handled = List.of("brk", "exit_group").contains(Json.text(use, "name").orElse(""));
      boolean delegated =
          List.of("openat", "getdents64").contains(Json.text(use, "name").orElse(""));
      long forwarded = Json.number(use, "forwarded").orElseThrow();
      assertTrue(!handled || forwarded == 0, use::toString);
      assertTrue(!delegated || forwarded > 0, use::toString);
    }
  }

  private static Map<String, Object> report(Shell user) throws IOException {
    byte[] bytes = Files.readAllBytes(user.folder().resolve("report.json"));
    return Json.object(bytes, 0, bytes.length).orElseThrow();
  }
}
