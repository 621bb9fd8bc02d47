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
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
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

  /** Runs it while this happens; where it cannot, the run is not waited for. */
  private Shell.Result runWhile(Runnable happens, String... options) {
    CompletableFuture<Void> beside =
        CompletableFuture.runAsync(happens, Thread::startVirtualThread)
            .whenComplete(
                (_, failed) -> {
                  if (failed != null) {
                    cluster.ask("scancel --user=$(id -un)");
                  }
                });
    Shell.Result result = run(options);
    beside.join();
    return result;
  }

  private static void setNodes(String nodes, String state) {
    cluster.ask("scontrol update nodename=" + nodes + " state=" + state + " reason=test");
  }

  /** Nodes that the controller has back already are no error. */
  private static void resumeNodes(String nodes) {
    cluster.ask("scontrol update nodename=" + nodes + " state=resume 2>&- || true");
  }

  /** What the queue has of the job with this name, as squeue(1) formats it. */
  private static String queued(String name, String format) {
    return cluster.ask("squeue --noheader --name=" + name + " --format=" + format);
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
    Expect.said(
        failed,
        "Retrying bad",
        "Stage bad ended with status 3",
        "it is broken",
        "Skipped after",
        "Skipped exactly");
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
    Expect.said(stage, "Its time was over");

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
    Process follower =
        user.start(
            "sh",
            "-c",
            "exec \"$0\" compose run --engine slurm --resume --json >followed",
            Shell.DIVER);
    Node.await("it is followed", () -> exists("followed") && text("followed").contains("reads"));
    Expect.failure(run(), "is running already");
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
  void aControllerMayRestartAndANodeLeave() throws IOException {
    pipeline(
        """
        [stages.waits]
        command = ["sh", "-c", "echo up >up; %s; echo went"]

        [stages.next]
        command = ["cat"]
        stdin = ["waits"]
        """
            .formatted(UNTIL_GO));
    setNodes("node1", "drain");
    Shell.Result result =
        runWhile(
            () -> {
              await("up");
              cluster.stopController();
              cluster.startController();
              user.run("touch", "go");
            },
            "--json");
    Expect.success(result);
    resumeNodes("node1");
    assertEquals("went\n", result.errors());
    assertEquals("node2", events(result, "started").getFirst().path("node").asString());
  }

  @Test
  void aFolderThatNodesDoNotSeeIsNamed() throws IOException {
    pipeline("[stages.one]\ncommand = [\"true\"]\n");
    setNodes("node[1-2]", "drain");
    Shell.Result result =
        runWhile(
            () -> {
              Node.await("it waits", () -> queued("one", "%T").equals("PENDING"));
              user.sh("rm -r .diver/*/slurm/log");
              resumeNodes("node[1-2]");
            });
    Expect.status(126, result);
    Expect.said(result, "does not see", "file system that all nodes share");
  }

  /**
   * What a cluster does to jobs: their memory, somebody's scancel, a time limit, a node that fails,
   * a job that goes before. One stage has a whole node, so that the others are on the other one.
   */
  @Test
  void whatSlurmDoesToJobsIsToldAndWhatItQueuesAgainGoesOn() throws IOException {
    String waits =
        """
        [stages.%1$s]
        command = ["sh", "-c", "touch up-%1$s; sleep 1000"]
        cpus = %2$d
        """;
    pipeline(
        waits.formatted("lost", 8)
            + waits.formatted("preempted", 3)
            + waits.formatted("cancelled", 1)
            + waits.formatted("timed", 1)
            + """
            [stages.moved]
            command = ["sh", "-c", "test -e up-moved && exit; touch up-moved; sleep 1000"]
            cpus = 2
            retries = 1

            [stages.large]
            command = ["sh", "-c", "head -c 200M /dev/zero | tail | sleep 1000"]
            memory = "100M"

            [stages.told]
            command = ["echo", "all as told"]
            needs = ["moved"]
            [stages.told.when]
            lost = "137,143"
            preempted = "137,143"
            cancelled = "137,143"
            timed = "137,143"
            large = "137"
            """);
    Shell.Result result = Expect.success(runWhile(this::haveAllThatHappen));
    assertEquals("all as told\n", result.text(), result::toString);
    Expect.said(
        result,
        "The node of job",
        "(NODE_FAIL)",
        "in favour of another one (PREEMPTED)",
        "Somebody else than Diver has cancelled job",
        "(TIMEOUT): its time limit was",
        "of memory, and had 100 MiB",
        "Requeued moved");
  }

  private void haveAllThatHappen() {
    List.of("lost", "preempted", "cancelled", "timed", "moved")
        .forEach(name -> await("up-" + name));
    String failing = queued("lost", "%N");
    String other = queued("moved", "%N");
    cluster.ask("scancel --name=cancelled");
    cluster.ask("scontrol update jobid=" + queued("timed", "%i") + " endtime=now");
    setNodes(failing, "down");
    Node.await(
        "the first of them are over", () -> queued("cancelled,timed,lost,large", "%j").isEmpty());
    resumeNodes(failing);
    cluster.ask(
        "cd / && sbatch --partition=urgent --nodelist="
            + other
            + " --cpus-per-task=8 --output=/dev/null --wrap=true");
    // Slurm may wait for two minutes, in which it takes a new try for the old one (cred_expire)
    Node.await(
        "what was preempted has run again",
        () -> {
          List<String> moved = queued("moved", "%T,%i").lines().toList();
          if (moved.size() == 1 && moved.getFirst().startsWith("PENDING,")) {
            String job = moved.getFirst().substring("PENDING,".length());
            cluster.ask("scontrol update jobid=" + job + " starttime=now 2>&- || true");
          }
          return moved.isEmpty();
        });
  }

  @Test
  @ExtendWith(SharedCatalog.class)
  void machinesAreStagesAsAnyOther(Catalog catalog) throws IOException {
    user = user.with("DIVER_CATALOG", catalog.address());
    String remora =
        """
        executable = "/bin/busybox"
        kernel = "remora"
        memory = "64M"
        """;
    pipeline(
        """
        [stages.generate]
        args = ["seq", "1", "20000"]
        stdout = "numbers.txt"
        %1$s
        [stages.filter]
        mode = "partitioned-vm"
        args = ["grep", "7$"]
        stdin = "generate"
        %1$s
        [stages.sum]
        command = ["awk", "{ sum += $1 } END { print NR, sum }"]
        stdin = "filter"
        """
            .formatted(remora));
    Shell.Result result =
        Expect.success(user.diver("compose", "run", "--engine", "slurm", "--json"));
    int sum = IntStream.rangeClosed(1, 20_000).filter(n -> n % 10 == 7).sum();
    assertTrue(result.errors().contains("2000 " + sum + "\n"), result::toString);
    // the machine's memory and what is beside it; a core for the Linux in it
    assertTrue(job(result, "generate").contains("CPUs/Task=1"), () -> job(result, "generate"));
    assertTrue(job(result, "generate").contains("MinMemoryNode=320M"));
    assertTrue(job(result, "filter").contains("CPUs/Task=3"), () -> job(result, "filter"));
    assertTrue(job(result, "filter").contains("MinMemoryNode=576M"));
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
