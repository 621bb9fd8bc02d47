package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Pipelines in a real Slurm. */
class SlurmIT {

  private static final JsonMapper JSON = new JsonMapper();

  /** Stays until there is a file that is called go. */
  private static final String UNTIL_GO = "until [ -e go ]; do sleep 0.1; done";

  @TempDir private static Path home;

  private static Cluster cluster;

  @TempDir private Path folder;
  private Shell user;

  @BeforeAll
  static void start() throws IOException {
    cluster = Cluster.start(home.resolve("slurm"));
  }

  @AfterAll
  static void end() throws IOException {
    cluster.close();
    assertEquals(List.of(), Expect.processesNaming(home.toString()));
  }

  @BeforeEach
  void user() {
    user =
        cluster.reachedBy(
            new Shell(folder, Map.of("DIVER_HOME", folder.resolve("home").toString())));
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertEquals("", cluster.ask("squeue --noheader"), "jobs are left");
    assertEquals(List.of(), Expect.processesNaming(folder.toString()));
    assertFalse(hasRun(), "the folder of the run is left");
  }

  private boolean hasRun() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.anyMatch(path -> path.endsWith("slurm"));
    }
  }

  private void pipeline(String toml) throws IOException {
    Files.writeString(folder.resolve("pipeline.toml"), toml);
  }

  private Shell.Result run(String... options) {
    return user.diverHere(
        Stream.concat(Stream.of("compose", "run", "--engine", "slurm"), Arrays.stream(options))
            .toArray(String[]::new));
  }

  /** Runs it in a process of its own, which is not waited for. */
  private Process started(String... options) {
    return user.start(
        Stream.concat(
                Stream.of(Shell.DIVER, "compose", "run", "--engine", "slurm"),
                Arrays.stream(options))
            .toArray(String[]::new));
  }

  private boolean exists(String file) {
    return Files.exists(folder.resolve(file));
  }

  private void await(String file) {
    Node.await(file + " is there", () -> exists(file));
  }

  private String text(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<JsonNode> events(Shell.Result result, String event) {
    return result
        .text()
        .lines()
        .map(JSON::readTree)
        .filter(one -> one.path("event").asString().equals(event))
        .toList();
  }

  private static List<String> tasks(Shell.Result result, String event) {
    return events(result, event).stream().map(one -> one.path("task").asString()).toList();
  }

  /** What Slurm knows of the job of a task. */
  private static String job(Shell.Result result, String task) {
    return cluster.ask(
        "scontrol show job --oneliner "
            + events(result, "submitted").stream()
                .filter(one -> one.path("task").asString().equals(task))
                .findFirst()
                .orElseThrow()
                .path("job")
                .asString());
  }

  @Test
  void theGraphBecomesJobsThatScatterGatherAndStream() throws IOException {
    pipeline(
        """
        [stages.numbers]
        command = ["seq", "80"]
        stdout = "numbers.txt"
        cpus = 2
        memory = "300M"
        timeout = "2m"
        retries = 1

        [stages.square]
        command = ["awk", "NR % 8 == ${{ index }} { print $1 * $1 }"]
        stdin = "numbers"
        scatter = 8

        [stages.sum]
        command = ["awk", "{ s += $1 } END { print s }"]
        stdin = ["square"]

        [stages.endless]
        command = ["yes", "it's"]
        secrets = ["TOKEN"]
        needs = ["sum"]

        [stages.head]
        command = ["sh", "-c", "head -n 2 >&2; echo ${TOKEN:-none} >&2"]
        stdin = "endless"

        [stages.secret]
        command = ["sh", "-c", "test $TOKEN = 'a$b' && echo \\"it is $TOKEN\\" >&2"]
        secrets = ["TOKEN"]
        """);
    user = user.with("TOKEN", "a$b");
    Shell.Result result = Expect.success(run("--json"));
    assertEquals("173880\n", result.errors());
    assertEquals(13, tasks(result, "started").size(), result::toString);
    assertEquals(13, tasks(result, "ended").size(), result::toString);
    List<String> lines =
        events(result, "said").stream()
            .map(one -> one.path("task").asString() + ": " + one.path("line").asString())
            .sorted()
            .toList();
    assertEquals(List.of("head: it's", "head: it's", "head: none", "secret: it is ***"), lines);

    String numbers = job(result, "numbers");
    for (String part :
        List.of(
            "JobName=numbers",
            "CPUs/Task=2",
            "MinMemoryNode=300M",
            "TimeLimit=00:05:00",
            "Requeue=1")) {
      assertTrue(numbers.contains(part), () -> part + " is not in " + numbers);
    }
    assertTrue(job(result, "square[3]").contains("ArrayTaskId=3"));
    assertEquals(job(result, "endless"), job(result, "head"));
    assertFalse(cluster.ask("scontrol show job").contains("a$b"));
  }

  @Test
  void aFailureStopsTheRestAndIsMendedAndResumed() throws IOException {
    pipeline(
        """
        [stages.first]
        command = ["sh", "-c", "echo run >>runs; echo first"]
        stdout = "first.txt"

        [stages.bad]
        command = ["sh", "-c", "echo it is broken >&2; test -e mended || exit 3"]
        stdin = "first"
        stdout = "bad.txt"
        retries = 1

        [stages.after]
        command = ["cat"]
        stdin = "bad"

        [stages.slow]
        command = ["sh", "-c", "test -e mended || sleep 1000"]

        [stages.exactly]
        command = ["touch", "never"]
        when = { bad = "2" }

        [stages.tidy]
        command = ["sh", "-c", "echo tidied"]
        when = { bad = "always", after = "always" }
        """);
    Shell.Result failed = Expect.status(3, run());
    assertEquals("tidied\n", failed.text());
    for (String part :
        List.of(
            "Retrying bad",
            "Stage bad ended with status 3",
            "it is broken",
            "Skipped after",
            "Skipped exactly")) {
      assertTrue(failed.errors().contains(part), () -> part + " not said: " + failed);
    }
    Files.createFile(folder.resolve("mended"));
    Shell.Result resumed = Expect.success(run("--resume", "--json"));
    assertEquals(List.of("first"), tasks(resumed, "reused"));
    assertEquals(List.of("exactly"), tasks(resumed, "skipped"));
    assertEquals("run\n", text("runs"));
    assertFalse(exists("never"));
  }

  @Test
  void ctrlCCancelsAndWaitsUntilStagesHaveTidiedUp() throws Exception {
    pipeline(
        """
        [stages.long]
        command = ["sh", "-c", "trap 'echo done >tidied; exit 0' TERM; echo up >up; sleep 1000 & wait"]

        [stages.reader]
        command = ["cat"]
        stdin = "long"

        [stages.later]
        command = ["true"]
        needs = ["reader"]
        """);
    Process diver = started();
    await("up");
    new ProcessBuilder("kill", "-INT", "" + diver.pid()).start().waitFor();
    assertEquals(130, diver.waitFor());
    assertEquals("done\n", text("tidied"));
  }

  @Test
  void aStageAndThePipelineHaveTheirTime() throws IOException {
    pipeline(
        """
        [stages.slow]
        command = ["sleep", "1000"]
        timeout = "200ms"

        [stages.told]
        command = ["echo", "it took too long"]
        when = { slow = "124" }
        """);
    Shell.Result stage = Expect.success(run());
    assertEquals("it took too long\n", stage.text());
    assertTrue(stage.errors().contains("Its time was over"), stage::toString);

    pipeline(
        """
        timeout = "5s"
        [stages.slow]
        command = ["sleep", "1000"]

        [stages.later]
        command = ["true"]
        needs = ["slow"]
        """);
    Shell.Result whole = Expect.status(124, run("--json"));
    assertTrue(tasks(whole, "skipped").contains("later"), whole::toString);
  }

  @Test
  void jobsGoOnWithoutDiverAndTheNextRunFollowsThem() throws Exception {
    pipeline(
        """
        [stages.waits]
        command = ["sh", "-c", "echo up >up; %s; echo went"]
        stdout = "waits.txt"

        [stages.reads]
        command = ["cat"]
        stdin = "waits"
        """
            .formatted(UNTIL_GO));
    Process diver = started();
    await("up");
    diver.destroyForcibly().waitFor();
    Expect.failure(run(), "is still in Slurm", "--resume", "scancel");
    Process follower = started("--resume");
    Node.await("it is followed", () -> run().errors().contains("is running already"));
    Files.createFile(folder.resolve("go"));
    assertEquals(0, follower.waitFor());
    assertEquals("went\n", text("waits.txt"));
    // what ended while nobody looked
    Files.delete(folder.resolve("go"));
    Files.delete(folder.resolve("up"));
    Process second = started();
    await("up");
    second.destroyForcibly().waitFor();
    Files.createFile(folder.resolve("go"));
    Node.await("all jobs have ended", () -> cluster.ask("squeue --noheader").isEmpty());
    Shell.Result resumed = Expect.success(run("--resume", "--json"));
    assertEquals(List.of("waits", "reads"), tasks(resumed, "reused"));
  }

  @Test
  void whoCancelsAJobIsNotDiver() throws Exception {
    pipeline(
        """
        [stages.waits]
        command = ["sh", "-c", "echo up >up; sleep 1000"]

        [stages.next]
        command = ["true"]
        needs = ["waits"]
        """);
    Thread scancel =
        Thread.ofVirtual()
            .start(
                () -> {
                  await("up");
                  cluster.ask("scancel --name=waits");
                });
    Shell.Result result = Expect.status(143, run());
    scancel.join();
    assertTrue(result.errors().contains("cancelled by somebody else"), result::toString);
    assertTrue(result.errors().contains("Skipped next"), result::toString);
  }

  @Test
  void aControllerMayRestartAndANodeLeave() throws Exception {
    pipeline(
        """
        [stages.waits]
        command = ["sh", "-c", "echo up >up; %s; echo went"]

        [stages.next]
        command = ["cat"]
        stdin = ["waits"]
        """
            .formatted(UNTIL_GO));
    cluster.ask("scontrol update nodename=node1 state=drain reason=test");
    Thread trouble =
        Thread.ofVirtual()
            .start(
                () -> {
                  await("up");
                  cluster.stopController();
                  cluster.startController();
                  user.run("touch", "go");
                });
    Shell.Result result = Expect.success(run("--json"));
    trouble.join();
    // a controller that was restarted may have it back already
    cluster.ask("scontrol update nodename=node1 state=resume 2>&- || true");
    assertEquals("went\n", result.errors());
    assertEquals("node2", events(result, "started").getFirst().path("node").asString());
  }

  @Test
  void aFolderThatNodesDoNotSeeIsNamed() throws Exception {
    pipeline("[stages.one]\ncommand = [\"true\"]\n");
    cluster.ask("scontrol update nodename=node[1-2] state=drain reason=test");
    Thread trouble =
        Thread.ofVirtual()
            .start(
                () -> {
                  Node.await(
                      "it waits",
                      () -> cluster.ask("squeue --noheader --states=PENDING").contains("one"));
                  user.sh("rm -r .diver/*/slurm/log");
                  cluster.ask("scontrol update nodename=node[1-2] state=resume");
                });
    Shell.Result result = Expect.status(126, run());
    trouble.join();
    assertTrue(result.errors().contains("does not see"), result::toString);
    assertTrue(result.errors().contains("file system that all nodes share"), result::toString);
  }

  @Test
  void whatCannotRunIsToldBeforeAnythingIsSubmitted() throws IOException {
    pipeline("[stages.wide]\ncommand = [\"true\"]\ncpus = 9\n");
    Expect.failure(run(), "Stage wide takes 9 cores", "8 CPUs and 4096 MiB");
    pipeline("[stages.large]\ncommand = [\"true\"]\nmemory = \"5G\"\n");
    Expect.failure(run(), "Stage large", "5120 MiB");
    pipeline("[stages.one]\ncommand = [\"/bin/true\"]\n");
    Expect.failure(
        user.with("SBATCH_ACCOUNT", "none")
            .with("SBATCH_PARTITION", "nowhere")
            .diverHere("compose", "run", "--engine", "slurm"),
        "there is no node in the partition");
    Files.createDirectory(folder.resolve("empty"));
    Expect.failure(
        user.with("PATH", folder.resolve("empty").toString())
            .diverHere("compose", "run", "--engine", "slurm"),
        "There is no sbatch on PATH");
    Expect.status(2, user.diverHere("compose", "run", "--engine", "slurm", "--cpus", "2"));
    Expect.status(2, user.diverHere("compose", "run", "--engine", "slumr"));
  }
}
