package dev.diver.deploy.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.machine.Host;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pipelines of real processes; their cores are reserved in a folder of the test's own. */
@Timeout(120)
class PipelineRunTest {

  @TempDir Path folder;

  private final Queue<RunEvent> events = new ConcurrentLinkedQueue<>();
  private final Map<String, String> environment = new HashMap<>(System.getenv());

  private int run(String toml) throws IOException, InterruptedException {
    Files.createDirectories(folder.resolve("locks"));
    Files.writeString(folder.resolve("pipeline.toml"), toml);
    Host host = new Host(environment, folder.resolve("cache"));
    Capacity capacity = Capacity.ofThisMachine();
    Pipeline pipeline = PipelineToml.read(folder, host, Optional.of(capacity));
    PipelinePlan plan = PipelinePlan.of(TaskGraph.of(pipeline), capacity);
    RunSettings settings =
        new RunSettings(
            host, folder.resolve("runs"), folder.resolve("locks"), List.of("diver"), true);
    int status = PipelineRun.run(pipeline, plan, settings, events::add);
    try (Stream<Path> left = Files.list(folder.resolve("runs"))) {
      assertEquals(List.of(), left.toList(), "what a run keeps goes with it");
    }
    return status;
  }

  private String file(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }

  private <T extends RunEvent> List<T> told(Class<T> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  private RunEvent.Ended ended(String task) {
    return told(RunEvent.Ended.class).stream()
        .filter(event -> event.task().equals(task))
        .reduce((_, last) -> last)
        .orElseThrow();
  }

  private static boolean isRunning(String command) throws IOException {
    return ProcessHandle.allProcesses()
        .anyMatch(process -> process.info().commandLine().orElse("").contains(command));
  }

  @Test
  void scattersGathersAndStreams() throws Exception {
    int status =
        run(
            """
            [stages.part]
            command = ["seq", "${{ item }}00", "${{ item }}99"]
            scatter = ["3", "1", "2"]

            [stages.all]
            command = ["cat", "-"]
            stdin = ["part", "./end.txt"]
            cpus = 0

            [stages.sorted]
            command = ["sort", "-n"]
            stdin = "all"
            stdout = "out/sorted.txt"
            """
                .replace("./end.txt", written("end.txt", "7\n")));
    assertEquals(0, status, events.toString());
    List<String> lines = file("out/sorted.txt").lines().toList();
    assertEquals(301, lines.size());
    assertEquals("7", lines.getFirst());
    assertEquals("399", lines.getLast());
  }

  private String written(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
    return "./" + name;
  }

  /** Bytes of every value, more than pipes hold, to three readers of three kinds. */
  @Test
  void fansOutWithoutLosingAByte() throws Exception {
    byte[] bytes = new byte[3_000_000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 + i / 256);
    }
    Files.write(folder.resolve("in"), bytes);
    int status =
        run(
            """
            [stages.source]
            command = ["cat", "in"]
            cpus = 0
            [stages.one]
            command = ["cat"]
            stdin = "source"
            stdout = "one"
            cpus = 0
            [stages.two]
            command = ["cp", "${{ input.bytes }}", "two"]
            inputs = { bytes = "source" }
            cpus = 0
            [stages.three]
            command = ["cat"]
            stdin = ["source"]
            stdout = "three"
            """);
    assertEquals(0, status, events.toString());
    for (String copy : List.of("one", "two", "three")) {
      assertTrue(Arrays.equals(bytes, Files.readAllBytes(folder.resolve(copy))), copy);
    }
  }

  @Test
  void namedStreamsReachStandardInputAndPaths() throws Exception {
    int status =
        run(
            """
            [stages.writer]
            command = ["sh", "-c", "seq 1 50000 >${{ output.numbers }}; echo $? >${{ output.result }}"]
            streams = ["numbers"]
            outputs = { result = "result.txt" }
            cpus = 0
            [stages.counts]
            command = ["wc", "-l"]
            stdin = "writer.numbers"
            stdout = "counted.txt"
            cpus = 0
            [stages.last]
            command = ["sh", "-c", "tail -n 1 ${{ input.x }} | cat - ${{ input.y }} >last.txt"]
            inputs = { x = "writer.numbers", y = "./y.txt" }
            """
                .replace("./y.txt", written("y.txt", "y\n")));
    assertEquals(0, status, events.toString());
    assertEquals("50000", file("counted.txt").strip());
    assertEquals("50000\ny\n", file("last.txt"));
    assertEquals("0\n", file("result.txt"));
  }

  /** As in a shell: who has enough ends the writer, which has succeeded. */
  @Test
  void aReaderMayHaveEnough() throws Exception {
    int status =
        run(
            """
            [stages.endless]
            command = ["yes"]
            cpus = 0
            [stages.first]
            command = ["head", "-n", "2"]
            stdin = "endless"
            stdout = "first.txt"
            """);
    assertEquals(0, status, events.toString());
    assertEquals("y\ny\n", file("first.txt"));
  }

  /** Neither end waits for ever for one that never opens the pipe. */
  @Test
  void aPipeThatNobodyOpensEnds() throws Exception {
    int status =
        run(
            """
            [stages.mute]
            command = ["true"]
            streams = ["words"]
            cpus = 0
            [stages.reader]
            command = ["sh", "-c", "wc -c <${{ input.words }} >read.txt"]
            inputs = { words = "mute.words" }
            cpus = 0
            [stages.talker]
            command = ["sh", "-c", "yes >${{ output.words }}; true"]
            streams = ["words"]
            cpus = 0
            [stages.deaf]
            command = ["true"]
            inputs = { words = "talker.words" }
            cpus = 0
            """);
    assertEquals(0, status, events.toString());
    assertEquals("0", file("read.txt").strip());
  }

  @Test
  void aFailureStopsTheOthersAndSkipsWhatFollows() throws Exception {
    int status =
        run(
            """
            [stages.bad]
            command = ["sh", "-c", "echo first >&2; echo last >&2; sleep 0.3; exit 3"]
            cpus = 0
            [stages.long]
            command = ["sh", "-c", "setsid sleep 98761 & sleep 98762 | cat"]
            cpus = 0
            [stages.after]
            command = ["touch", "after"]
            needs = ["bad"]
            [stages.cleanup]
            command = ["touch", "cleaned"]
            when = { bad = "always" }
            """);
    assertEquals(3, status);
    assertEquals(List.of("first", "last"), ended("bad").lines());
    assertFalse(ended("bad").stopped());
    assertTrue(ended("long").stopped());
    assertEquals(List.of(new RunEvent.Skipped("after")), told(RunEvent.Skipped.class));
    assertTrue(Files.exists(folder.resolve("cleaned")));
    assertFalse(isRunning("sleep 9876"), "nothing outlives its pipeline");
  }

  @Test
  void aConditionTakesAFailureOver() throws Exception {
    int status =
        run(
            """
            [stages.probe]
            command = ["sh", "-c", "exit 2"]
            [stages.one]
            command = ["touch", "one"]
            when = { probe = "1,3-5" }
            [stages.two]
            command = ["touch", "two"]
            when = { probe = "2" }
            [stages.fine]
            command = ["touch", "fine"]
            needs = ["two"]
            """);
    assertEquals(0, status, events.toString());
    assertFalse(Files.exists(folder.resolve("one")));
    assertTrue(Files.exists(folder.resolve("fine")));
  }

  /** A gang is tried again as a whole: what its first try wrote is gone. */
  @Test
  void triesAgain() throws Exception {
    int status =
        run(
            """
            [stages.writer]
            command = ["seq", "1", "5"]
            cpus = 0
            [stages.reader]
            command = ["sh", "-c", "cat >>all; test -e again || { touch again; exit 1; }"]
            stdin = "writer"
            retries = 1
            """);
    assertEquals(0, status, events.toString());
    assertEquals(List.of(new RunEvent.Retried("reader", 0)), told(RunEvent.Retried.class));
    assertEquals(10, file("all").lines().count());
    assertEquals(4, told(RunEvent.Started.class).size());
  }

  @Test
  void deadlinesEndStagesAndPipelines() throws Exception {
    int status =
        run(
            """
            timeout = "4s"
            [stages.slow]
            command = ["sleep", "98763"]
            timeout = "200ms"
            [stages.slower]
            command = ["sleep", "98764"]
            when = { slow = "124" }
            """);
    assertEquals(124, status);
    assertEquals(124, ended("slow").status());
    assertTrue(ended("slower").stopped());
    assertFalse(isRunning("sleep 9876"));
  }

  @Test
  void secretsReachOnlyTheirStageAndAreNeverShown() throws Exception {
    environment.put("TOKEN", "sesame");
    int status =
        run(
            """
            [stages.with]
            command = ["sh", "-c", "echo $TOKEN >&2; echo $TOKEN"]
            secrets = ["TOKEN"]
            stdout = "with.txt"
            [stages.without]
            command = ["sh", "-c", "echo \\"[$TOKEN]\\""]
            stdout = "without.txt"
            """);
    assertEquals(0, status, events.toString());
    assertEquals("sesame\n", file("with.txt"));
    assertEquals("[]\n", file("without.txt"));
    assertEquals(List.of(new RunEvent.Said("with", "***")), told(RunEvent.Said.class));
  }

  /** Two stages at once are on two cores, and each sees its own alone. */
  @Test
  void stagesRunOnTheirOwnCores() throws Exception {
    int status =
        run(
            """
            [stages.a]
            command = ["sh", "-c", "grep Cpus_allowed_list /proc/self/status; sleep 0.2"]
            scatter = 3
            stdout = "cores-${{ index }}"
            """);
    assertEquals(0, status, events.toString());
    for (RunEvent.Started started : told(RunEvent.Started.class)) {
      assertEquals(1, started.cores().size());
      String file = "cores-" + started.task().charAt(2);
      assertTrue(file(file).strip().endsWith("\t" + started.cores().getFirst()), file(file));
    }
  }

  @Test
  void waitsForCoresThatAnotherProcessHas() throws Exception {
    int core = Capacity.ofThisMachine().cores().getFirst();
    Path lock = folder.resolve("locks").resolve("diver-core-" + core);
    Files.createDirectories(lock.getParent());
    Process other =
        new ProcessBuilder(
                "python3",
                "-c",
                "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.lockf(f,fcntl.LOCK_EX);"
                    + " print('locked',flush=True); sys.stdin.read()",
                lock.toString())
            .start();
    assertEquals("locked", other.inputReader().readLine());
    Thread release =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (told(RunEvent.Waiting.class).isEmpty()) {
                    LockSupport.parkNanos(10_000_000);
                  }
                  other.destroy();
                });
    int status = run("[stages.a]\ncommand = [\"true\"]\ncpus = \"%d-%d\"\n".formatted(core, core));
    assertEquals(0, status, events.toString());
    assertEquals(List.of(new RunEvent.Waiting("a", List.of(core))), told(RunEvent.Waiting.class));
    release.join();
    other.waitFor();
  }

  /** A folder that a killed run has left is removed by the next, one in use is not. */
  @Test
  void cleansWhatAKilledRunHasLeft() throws Exception {
    Path left = Files.createDirectories(folder.resolve("runs/run-left"));
    Files.createFile(left.resolve("lock"));
    Files.writeString(left.resolve("spool"), "bytes");
    ProcessBuilder escaped = new ProcessBuilder("setsid", "sleep", "98765");
    escaped.environment().put(TaskCommand.MARK, left.toString());
    Process process = escaped.start();
    assertEquals(0, run("[stages.a]\ncommand = [\"true\"]"));
    assertFalse(Files.exists(left));
    assertEquals(128 + 9, process.waitFor());
  }

  @Test
  void divesAreCommandsOfDiver() throws IOException {
    Files.createFile(folder.resolve("app"));
    environment.put("TOKEN", "sesame");
    Files.writeString(
        folder.resolve("pipeline.toml"),
        """
        [stages.sim]
        executable = "app"
        kernel = "remora:0.1.0"
        mode = "full-vm"
        delegate = true
        memory = "64M"
        args = ["--out", "${{ output.mesh }}"]
        env = { STEPS = "3" }
        secrets = ["TOKEN"]
        outputs = { mesh = "out/mesh" }
        timeout = "90s"
        """);
    Host host = new Host(environment, folder.resolve("cache"));
    Pipeline pipeline = PipelineToml.read(folder, host, Optional.empty());
    RunSettings settings = new RunSettings(host, folder, List.of("diver"), false);
    TaskCommand command =
        TaskCommand.of(
            pipeline,
            TaskGraph.of(pipeline).tasks().getFirst(),
            Map.of("output.mesh", folder.resolve("out/mesh")),
            List.of(1, 3),
            settings,
            "mark");
    assertEquals(
        "setpriv --pdeathsig TERM taskset -c 1,3 timeout -k 10s 90.0 diver dive --quiet --kernel"
            + " remora:0.1.0 --mode full-vm --memory 64M --delegate --volume FOLDER/out --env"
            + " STEPS=3 --env TOKEN FOLDER/app -- --out FOLDER/out/mesh",
        String.join(" ", command.words()).replace(folder.toString(), "FOLDER"));
  }

  @Test
  void locksAreGivenBack() throws Exception {
    assertEquals(0, run("[stages.a]\ncommand = [\"true\"]"));
    int core = told(RunEvent.Started.class).getFirst().cores().getFirst();
    try (FileChannel channel =
        FileChannel.open(folder.resolve("locks/diver-core-" + core), StandardOpenOption.WRITE)) {
      assertTrue(channel.tryLock() != null);
    }
  }
}
