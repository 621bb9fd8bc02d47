package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What other tools and dives have recorded is a trace like Diver's own. */
@ExtendWith(SharedCatalog.class)
class TraceIT {

  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private static Path folder;

  private static Shell user;
  private static long reads;
  private static long writes;

  @BeforeAll
  static void traceOnce(Catalog catalog) throws IOException {
    user = catalog.user(folder);
    Path work = user.folder();
    Files.writeString(work.resolve("text"), "a line of text to be packed\n".repeat(40_000));
    Expect.success(user.diver("trace", "-o", "own.json", "--", "bzip2", "-k", "-f", "text"));
    JsonNode own = JSON.readTree(Files.readAllBytes(work.resolve("own.json")));
    reads = SpeedupIT.calls(own, "read");
    writes = SpeedupIT.calls(own, "write");
    assertTrue(reads > 200 && writes > 0, own::toString);
  }

  /** bzip2 reads and writes as often, whoever counts. */
  @ParameterizedTest
  @CsvSource({
    "strace -c -f -w -o FILE, --wall 2s",
    "strace -f -T -ttt -o FILE, ''",
    "strace -f -T -o FILE, --wall 2s",
    "unshare -m sh -c 'mount -t tracefs t /sys/kernel/tracing; exec perf trace -s -o FILE \"$@\"'"
        + " sh, --wall 2s",
  })
  void importsWhatOthersHaveRecorded(String recorder, String options) throws IOException {
    String file = "recorded-" + Integer.toHexString(recorder.hashCode());
    Expect.success(
        user.sh(recorder.replace("FILE", file) + " bzip2 -k -f text && [ -s " + file + " ]"));
    Shell.Result imported =
        Expect.success(user.sh("diver trace import -o - " + options + " " + file));
    JsonNode trace = JSON.readTree(imported.output());
    assertEquals(1, trace.get("version").asInt());
    assertEquals(reads, SpeedupIT.calls(trace, "read"), imported::toString);
    assertEquals(writes, SpeedupIT.calls(trace, "write"), imported::toString);
    Files.write(user.folder().resolve(file + ".json"), imported.output());
    Shell.Result projected =
        Expect.success(
            user.diver("speedup", "project", file + ".json", "--round-trip", "10us", "--json"));
    assertTrue(JSON.readTree(projected.output()).at("/systems/0/forwarded_calls").asLong() > 0);
  }

  @Test
  void importsFromStandardInput() {
    Shell.Result imported =
        Expect.success(
            user.sh(
                "strace -f -T -ttt -o '|cat >&3' bzip2 -k -f text 3>&1 >&2 |"
                    + " diver trace import -o - -"));
    assertEquals(reads, SpeedupIT.calls(JSON.readTree(imported.output()), "read"));
  }

  @Test
  void refusesWhatIsNoRecording() throws IOException {
    Files.write(user.folder().resolve("noise"), new byte[] {0, 1, 2, (byte) 0xff, 10, 10});
    Expect.failure(user.diver("trace", "import", "noise"), "noise");
    Expect.failure(user.diver("trace", "import", "text"), "text");
    Expect.failure(user.diver("trace", "import", "no-such-file"), "no-such-file");
  }

  /** The app's own status, its output untouched, and what did not exist says so. */
  @Test
  void theTracedProgramIsItself() {
    Shell.Result ended =
        Expect.status(
            7, user.diver("trace", "-o", "seven.json", "--", "sh", "-c", "echo out; exit 7"));
    assertEquals("out\n", ended.text());
    Expect.failure(user.diver("trace", "--", "no-such-program"), "no-such-program");
    Expect.status(2, user.diver("trace"));
  }

  @Test
  void aDivesReportIsATrace() {
    Expect.success(user.diver("pull", "remora"));
    Expect.success(
        user.diver(
            "dive",
            "--delegate",
            "--kernel",
            "remora",
            "-v",
            "/usr:ro",
            "-v",
            user.folder().toString(),
            "--report-file",
            "report.json",
            "/usr/bin/bzip2",
            "--",
            "-k",
            "-f",
            "text"));
    Shell.Result projected =
        Expect.success(
            user.diver("speedup", "project", "report.json", "--round-trip", "10us", "--json"));
    JsonNode system = JSON.readTree(projected.output()).at("/systems/0");
    assertTrue(system.get("forwarded_calls").asLong() >= reads, projected::toString);
    assertTrue(
        List.of("read", "write").stream()
            .allMatch(name -> system.get("forwarded").toString().contains("\"" + name + "\"")),
        projected::toString);
  }
}
