package dev.diver.deploy.slurm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.reference.KernelReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scripts of gangs, run by the shell that runs them on a node. */
@Timeout(120)
class GangScriptTest {

  @TempDir Path folder;

  /** Runs a gang of the test's, and is its exit status. */
  private static int run(TestPipeline test, int number) throws IOException, InterruptedException {
    return ran(start(test, number));
  }

  private static int ran(Process process) throws InterruptedException {
    process.inputReader().lines().forEach(_ -> {}); // the shell tells of signals
    return process.waitFor();
  }

  private static List<Integer> gang(TestPipeline test, int number) {
    return test.graph().gangs().stream()
        .filter(tasks -> tasks.getFirst() == number)
        .findFirst()
        .orElseThrow();
  }

  private static Process start(TestPipeline test, int number) throws IOException {
    return start(test, number, test.scripts().text(gang(test, number)));
  }

  private static Process start(TestPipeline test, int number, String text) throws IOException {
    Path script = test.folder().script(number);
    Files.writeString(script, text);
    ProcessBuilder builder =
        new ProcessBuilder("bash", script.toString()).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(test.scripts().environment(gang(test, number)));
    return builder.start();
  }

  private static List<GangEvent> events(TestPipeline test, int gang) throws IOException {
    return Files.readAllLines(test.folder().events(gang)).stream()
        .map(GangEvent::parse)
        .map(Optional::orElseThrow)
        .toList();
  }

  /** The statuses with which a task has ended, in order. */
  private static List<Integer> ends(TestPipeline test, int gang, int task) throws IOException {
    return events(test, gang).stream()
        .filter(GangEvent.Ended.class::isInstance)
        .map(GangEvent.Ended.class::cast)
        .filter(ended -> ended.task() == task)
        .map(GangEvent.Ended::status)
        .toList();
  }

  private static String text(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private static void leavesNoPipes(TestPipeline test) {
    String[] left = test.folder().path().resolve("pipes").toFile().list();
    assertEquals(0, left == null ? -1 : left.length);
  }

  @Test
  void aStreamIsReadWhileItIsWrittenAndMayBeLeftEarly() throws Exception {
    TestPipeline test =
        TestPipeline.of(
            folder,
            """
            [stages.endless]
            command = ["yes", "it's \\"$HOME\\""]
            [stages.first]
            command = ["head", "-n", "1"]
            stdin = "endless"
            """,
            Map.of());
    assertEquals(0, run(test, 0));
    assertEquals("it's \"$HOME\"\n", text(test.folder().out(1)));
    assertEquals("0\n", text(test.folder().status(0)));
    assertEquals("0\n", text(test.folder().status(1)));
    assertEquals(new GangEvent.Over(0), events(test, 0).getLast());
    leavesNoPipes(test);
  }

  @Test
  void aStreamMayHaveSeveralReadersAndAnInputSeveralFiles() throws Exception {
    Files.writeString(folder.resolve("a"), "a\n");
    Files.writeString(folder.resolve("b"), "b\n");
    TestPipeline test =
        TestPipeline.of(
            folder,
            """
            [stages.counts]
            command = ["cat", "${{ input.both }}"]
            inputs = { both = ["./a", "./b"] }
            [stages.first]
            command = ["cat"]
            stdin = "counts"
            [stages.second]
            command = ["wc", "-l"]
            stdin = "counts"
            """,
            Map.of());
    assertEquals(0, run(test, 0));
    assertEquals("a\nb\n", text(test.folder().out(1)));
    assertEquals("2\n", text(test.folder().out(2)));
    leavesNoPipes(test);
  }

  @Test
  void whatFailsStopsItsGangAndIsTriedAgain() throws Exception {
    TestPipeline test =
        TestPipeline.of(
            folder,
            """
            [stages.sleeps]
            command = ["sleep", "1000"]
            [stages.fails]
            command = ["sh", "-c", "echo try >&2; echo x >>tries; test $(wc -l <tries) -eq 2 && exit 5; exit 4"]
            stdin = "sleeps"
            retries = 1
            [stages.told]
            command = ["true"]
            when = { fails = "1-4" }
            """,
            Map.of());
    assertEquals(5, run(test, 0));
    assertEquals("try\ntry\n", text(test.folder().err(1)));
    assertEquals("5\n", text(test.folder().status(1)));
    assertTrue(events(test, 0).contains(new GangEvent.Retried(1, 0)));
    assertEquals(List.of(4, 5), ends(test, 0, 1));
    assertTrue(Files.exists(test.folder().path().resolve("stopping")), "nobody reckons with 5");
    assertEquals(1, run(test, 2)); // 5 is not in 1-4
    assertEquals(List.of(new GangEvent.Skipped()), events(test, 2));
    leavesNoPipes(test);
  }

  /** Whichever of the two ends first. */
  @ParameterizedTest
  @CsvSource({
    "'echo x', 'cat; sleep 1; echo full >&2; exit 3'",
    "'echo x; sleep 60', 'echo full >&2; exit 3'"
  })
  void whatCannotBePassedOnIsTheFailureOfWhoWritesIt(String writer, String tee) throws Exception {
    Path programs = Files.createDirectories(folder.resolve("programs"));
    Path script = Files.writeString(programs.resolve("tee"), "#!/bin/sh\n" + tee + "\n");
    assertTrue(script.toFile().setExecutable(true));
    TestPipeline test =
        TestPipeline.of(
            folder,
            """
            [stages.before]
            command = ["true"]
            [stages.writer]
            command = ["sh", "-c", "%s"]
            stdin = "before"
            [stages.now]
            command = ["cat"]
            stdin = "writer"
            [stages.later]
            command = ["cat"]
            stdin = ["writer"]
            """
                .formatted(writer),
            Map.of("PATH", programs + ":" + System.getenv("PATH")));
    assertEquals(3, run(test, 0));
    assertEquals("0\n", text(test.folder().status(0)));
    assertEquals("3\n", text(test.folder().status(1)));
    assertEquals("full\n", text(test.folder().err(1)));
    assertEquals(3, ends(test, 0, 1).getLast());
    assertEquals(1, run(test, 3), "what it reads is not whole");
    leavesNoPipes(test);
  }

  @Test
  void conditionsAreHeldToWhatIsWrittenOfOthers() throws Exception {
    TestPipeline test =
        TestPipeline.of(
            folder,
            """
            [stages.part]
            command = ["true"]
            scatter = 2
            stdout = "${{ index }}.txt"
            [stages.reads]
            command = ["true"]
            stdin = ["part"]
            [stages.three]
            command = ["true"]
            when = { part = "3-4" }
            [stages.always]
            command = ["true"]
            when = { part = "always" }
            """,
            Map.of());
    Files.createFile(folder.resolve("0.txt"));
    Files.createFile(folder.resolve("1.txt"));
    SlurmFolder slurm = test.folder();
    slurm.markSucceeded(0);
    assertEquals(1, run(test, 2), "one of two has not run");
    assertEquals(1, run(test, 3));
    assertEquals(0, run(test, 4));
    slurm.write(slurm.status(1), "3\n");
    assertEquals(1, run(test, 2));
    assertEquals(0, run(test, 3));
    slurm.markSucceeded(1);
    assertEquals(0, run(test, 2));
    assertEquals(1, run(test, 3));
    Files.createFile(slurm.path().resolve("stopping"));
    assertEquals(1, run(test, 2), "the pipeline is being stopped");
    assertEquals(0, run(test, 4));
  }

  @Test
  void aSecretReachesItsStageAndNoScript() throws Exception {
    TestPipeline test =
        TestPipeline.of(
            folder,
            """
            [stages.has]
            command = ["sh", "-c", "echo $TOKEN$OWN"]
            secrets = ["TOKEN"]
            env = { OWN = "it's ${{ index }}" }
            scatter = 1
            [stages.hasnot]
            command = ["sh", "-c", "echo ${TOKEN-none}; cat"]
            stdin = "has"
            scatter = "has"
            """,
            Map.of("TOKEN", "hush", "SLURM_JOB_ID", "7", "SLURM_CONF", "/etc/own"));
    assertEquals(0, run(test, 0));
    assertEquals("none\nhushit's 0\n", text(test.folder().out(1)));
    assertFalse(text(test.folder().script(0)).contains("hush"));
    Map<String, String> environment = test.scripts().environment(List.of(1));
    assertFalse(environment.containsKey("TOKEN"));
    assertFalse(environment.containsKey("SLURM_JOB_ID"));
    assertEquals("/etc/own", environment.get("SLURM_CONF"));
  }

  @Test
  void theSignalThatEndsAJobEndsItsTasksAndIsNoReasonForAnotherTry() throws Exception {
    TestPipeline test =
        TestPipeline.of(
            folder,
            """
            [stages.waits]
            command = ["sh", "-c", "trap 'echo tidy >tidied; exit 0' TERM; echo up >up; sleep 1000 & wait"]
            retries = 3
            [stages.reads]
            command = ["sleep", "1000"]
            stdin = "waits"
            """,
            Map.of());
    Process process = start(test, 0);
    while (!Files.exists(folder.resolve("up"))) {
      Thread.sleep(50);
    }
    process.destroy();
    assertEquals(143, process.waitFor());
    assertEquals("tidy\n", text(folder.resolve("tidied")));
    assertEquals("143\n", text(test.folder().status(0)), "what it was to do is not done");
    assertEquals("143\n", text(test.folder().status(1)));
    assertFalse(Files.exists(test.folder().path().resolve("stopping")));
    leavesNoPipes(test);
  }

  /** tee(1) ends at once, and those that it stands between take a second to tidy up. */
  @Test
  void theEndOfACancelledStageIsToldOnceWhateverItsCarrierDoes() throws Exception {
    TestPipeline test =
        TestPipeline.of(
            folder,
            """
            [stages.writer]
            command = ["sh", "-c", "trap 'sleep 1; exit 0' TERM; echo up >up; sleep 1000 & wait"]
            [stages.now]
            command = ["sh", "-c", "trap 'sleep 1; exit 0' TERM; echo up >now; sleep 1000 & wait"]
            stdin = "writer"
            [stages.later]
            command = ["cat"]
            stdin = ["writer"]
            """,
            Map.of());
    Process process = start(test, 0);
    while (!Files.exists(folder.resolve("up")) || !Files.exists(folder.resolve("now"))) {
      Thread.sleep(50);
    }
    process.destroy();
    assertEquals(143, process.waitFor());
    assertEquals(List.of(143), ends(test, 0, 0));
    assertEquals(List.of(143), ends(test, 0, 1));
    assertEquals("143\n", text(test.folder().status(0)));
    leavesNoPipes(test);
  }

  @Test
  void whatANodeLacksIsTold() throws Exception {
    TestPipeline test = TestPipeline.of(folder, "[stages.a]\ncommand = [\"true\"]\n", Map.of());
    assertEquals("folder", lacks(test, "folder=" + folder, "folder=" + folder.resolve("none")));
    assertEquals("diver", lacks(test, "sees=()", "sees=(" + folder.resolve("none") + ")"));
  }

  /** The trouble of a gang on a node that has another line in its script. */
  private static String lacks(TestPipeline test, String line, String other) throws Exception {
    Files.deleteIfExists(test.folder().events(0));
    String text = test.scripts().text(List.of(0));
    assertTrue(text.contains(line), text);
    assertEquals(126, ran(start(test, 0, text.replace(line, other))));
    return events(test, 0).stream()
        .filter(GangEvent.Trouble.class::isInstance)
        .map(GangEvent.Trouble.class::cast)
        .findFirst()
        .orElseThrow()
        .what();
  }

  @Test
  void aDiveNeedsDiverAndItsKernelsOnTheNode() throws IOException {
    TestPipeline test =
        TestPipeline.of(
            folder,
            """
            [stages.machine]
            executable = "/bin/true"
            kernel = "remora"
            memory = "64M"
            mode = "partitioned-vm"
            """,
            Map.of("DIVER_HOME", folder.resolve("home").toString()));
    String text = test.scripts().text(List.of(0));
    assertTrue(text.contains("sees=(diver " + folder.resolve("home/store") + ")"), text);
    SlurmJob job = test.jobs(10).getFirst();
    assertEquals(2, job.cpus());
    assertEquals((64L + 256 + 256) << 20, job.memory()); // its own, its Linux's, and what is beside
    assertEquals(
        List.of("remora", "linux"),
        test.pipeline().kernels().stream().map(KernelReference::name).toList());
  }

  @Test
  void whatIsNoEventIsNone() {
    for (String line :
        List.of("", "began", "began x node 3", "ended 1 2", "over", "over 9999999999", "what")) {
      assertEquals(Optional.empty(), GangEvent.parse(line), line);
    }
    assertEquals(Optional.of(new GangEvent.Began(2, "n1", 5)), GangEvent.parse("began 2 n1 5"));
  }
}
