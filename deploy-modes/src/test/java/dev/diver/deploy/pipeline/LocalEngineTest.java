package dev.diver.deploy.pipeline;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.spec.TimeSpan;
import dev.diver.kernels.store.DiverHome;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pipelines of real processes; their cores are reserved in a folder of the test's own. */
@Timeout(120)
class LocalEngineTest {

  @TempDir Path folder;

  private final Queue<RunEvent> events = new ConcurrentLinkedQueue<>();
  private final Map<String, String> environment = new HashMap<>(System.getenv());

  private int run(String toml) throws IOException, InterruptedException {
    return run(toml, false);
  }

  private int run(String toml, boolean resume) throws IOException, InterruptedException {
    Files.createDirectories(folder.resolve("locks"));
    Files.writeString(folder.resolve("pipeline.toml"), toml);
    Host host = new Host(environment, folder.resolve("cache"));
    Capacity capacity = Capacity.ofThisMachine();
    Pipeline pipeline = PipelineToml.read(folder, host, Optional.of(capacity), modes());
    PipelinePlan plan = PipelinePlan.of(TaskGraph.of(pipeline), capacity);
    RunSettings settings =
        new RunSettings(
            host,
            folder.resolve("runs"),
            folder.resolve("locks"),
            List.of("diver"),
            RunSettings.Unread.ERRORS,
            true,
            resume);
    int status = new LocalEngine(plan).run(pipeline, plan.graph(), settings, events::add);
    Path own = PipelineFolder.of(folder.resolve("runs"), pipeline);
    try (Stream<Path> left = Files.list(own)) {
      List<String> kept =
          status == 0
              ? List.of("lock", "times.json")
              : List.of("finished", "kept", "lock", "times.json");
      assertEquals(kept, left.map(Path::getFileName).map(Path::toString).sorted().toList());
    }
    return status;
  }

  private void succeeds(String toml) throws IOException, InterruptedException {
    assertEquals(0, run(toml), events.toString());
  }

  private StageModes modes() {
    return new StageModes(
        new DiverHome(folder.resolve("home")), Optional.empty(), Optional.empty());
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

  /** Does that meanwhile, once the condition holds. */
  private static Thread when(BooleanSupplier condition, Runnable action) {
    return Thread.startVirtualThread(
        () -> {
          while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(10_000_000);
          }
          action.run();
        });
  }

  private static boolean isRunning(String command) throws IOException {
    return ProcessHandle.allProcesses()
        .anyMatch(process -> process.info().commandLine().orElse("").contains(command));
  }

  @Test
  void scattersGathersAndStreams() throws Exception {
    succeeds(
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
    succeeds(
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
    for (String copy : List.of("one", "two", "three")) {
      assertTrue(Arrays.equals(bytes, Files.readAllBytes(folder.resolve(copy))), copy);
    }
  }

  @Test
  void tellsHowMuchHasGoneThroughAnEdge() throws Exception {
    Thread release =
        when(
            () -> most("writer", "reader") >= 3_000_000,
            () -> assertDoesNotThrow(() -> written("go", "")));
    succeeds(
        """
        [stages.writer]
        command = ["sh", "-c", "head -c 3000000 /dev/zero; until test -e go; do sleep 0.1; done"]
        cpus = 0
        [stages.reader]
        command = ["sh", "-c", "cat >/dev/null; echo end"]
        stdin = "writer"
        stdout = "end"
        [stages.after]
        command = ["cat", "${{ input.end }}"]
        inputs = { end = "reader" }
        stdout = "after"
        """);
    release.join();
    long most = most("writer", "reader");
    assertTrue(most < 3_100_000, "" + most);
    assertEquals(4, most("reader", "after"));
  }

  private long most(String from, String to) {
    return told(RunEvent.Carried.class).stream()
        .filter(event -> event.task().equals(from) && event.to().equals(to))
        .mapToLong(RunEvent.Carried::bytes)
        .max()
        .orElse(0);
  }

  @Test
  void namedStreamsReachStandardInputAndPaths() throws Exception {
    succeeds(
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
    assertEquals("50000", file("counted.txt").strip());
    assertEquals("50000\ny\n", file("last.txt"));
    assertEquals("0\n", file("result.txt"));
  }

  /** As in a shell: who has enough ends the writer, which has succeeded. */
  @Test
  void aReaderMayHaveEnough() throws Exception {
    succeeds(
        """
        [stages.endless]
        command = ["yes"]
        cpus = 0
        [stages.first]
        command = ["head", "-n", "2"]
        stdin = "endless"
        stdout = "first.txt"
        """);
    assertEquals("y\ny\n", file("first.txt"));
  }

  @Test
  void allReadersMayHaveEnough() throws Exception {
    succeeds(
        """
        [stages.endless]
        command = ["sh", "-c", "yes n >${{ output.named }} & yes; wait"]
        streams = ["named"]
        cpus = 0
        [stages.first]
        command = ["head", "-n", "2"]
        stdin = "endless"
        stdout = "first.txt"
        cpus = 0
        [stages.second]
        command = ["sh", "-c", "head -n 1 ${{ input.y }}; head -n 1 ${{ input.n }}"]
        inputs = { y = "endless", n = "endless.named" }
        stdout = "second.txt"
        cpus = 0
        [stages.third]
        command = ["head", "-n", "3"]
        stdin = "endless.named"
        stdout = "third.txt"
        cpus = 0
        """);
    assertEquals("y\ny\n", file("first.txt"));
    assertEquals("y\nn\n", file("second.txt"));
    assertEquals("n\nn\nn\n", file("third.txt"));
  }

  /**
   * Who keeps what is written for a later stage fails: that is the writer's failure, and said once,
   * whichever of the two ends first.
   */
  @ParameterizedTest
  @CsvSource({
    "'echo x', 'cat; echo full >&2; exit 3'",
    "'echo x; sleep 60', 'echo full >&2; exit 3'"
  })
  void whatCannotBePassedOnFails(String writer, String tee) throws Exception {
    Path programs = Files.createDirectories(folder.resolve("programs"));
    Path script = Files.writeString(programs.resolve("tee"), "#!/bin/sh\n" + tee + "\n");
    assertTrue(script.toFile().setExecutable(true));
    environment.put("PATH", programs + ":" + environment.get("PATH"));
    int status =
        run(
            """
            [stages.before]
            command = ["true"]
            cpus = 0
            [stages.writer]
            command = ["sh", "-c", "%s"]
            stdin = "before"
            cpus = 0
            [stages.now]
            command = ["cat"]
            stdin = "writer"
            cpus = 0
            [stages.later]
            command = ["touch", "later"]
            stdin = ["writer"]
            """
                .formatted(writer));
    assertEquals(3, status, events.toString());
    assertEquals(List.of("full"), ended("writer").lines());
    assertTrue(ended("writer").cause().isPresent());
    assertFalse(Files.exists(folder.resolve("later")));
  }

  /** What it has written is not whole, whatever it says. */
  @Test
  void aStageThatIsStoppedIsNotFinishedThoughItEndsInOrder() throws Exception {
    String toml =
        """
        [stages.fails]
        command = ["sh", "-c", "until [ -e up ]; do sleep 0.1; done; test -e good"]
        cpus = 0
        [stages.tidy]
        command = ["sh", "-c", "trap 'exit 0' TERM; echo up >up; test -e good || { sleep 100 & wait; }"]
        stdout = "tidy.txt"
        cpus = 0
        """;
    assertEquals(1, run(toml), events.toString());
    assertEquals(143, ended("tidy").status());
    assertTrue(ended("tidy").stopped());
    Files.createFile(folder.resolve("good"));
    assertEquals(0, run(toml, true), events.toString());
    assertEquals(List.of(), told(RunEvent.Reused.class));
    assertEquals(0, ended("tidy").status());
  }

  /** Neither end waits for ever for one that never opens the pipe. */
  @Test
  void aPipeThatNobodyOpensEnds() throws Exception {
    succeeds(
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
    succeeds(
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
    assertFalse(Files.exists(folder.resolve("one")));
    assertTrue(Files.exists(folder.resolve("fine")));
  }

  /** A gang is tried again as a whole: what its first try wrote is gone. */
  @Test
  void triesAgain() throws Exception {
    succeeds(
        """
        [stages.writer]
        command = ["seq", "1", "5"]
        cpus = 0
        [stages.reader]
        command = ["sh", "-c", "cat >>all; test -e again || { touch again; exit 1; }"]
        stdin = "writer"
        retries = 1
        """);
    assertEquals(List.of(new RunEvent.Retried("reader", 0)), told(RunEvent.Retried.class));
    assertEquals(10, lines("all"));
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
    assertEquals(List.of(new RunEvent.TimedOut(new TimeSpan(4000))), told(RunEvent.TimedOut.class));
    assertFalse(isRunning("sleep 9876"));
  }

  @Test
  void secretsReachOnlyTheirStageAndAreNeverShown() throws Exception {
    environment.put("TOKEN", "sesame");
    succeeds(
        """
        [stages.with]
        command = ["sh", "-c", "echo $TOKEN >&2; echo $TOKEN"]
        secrets = ["TOKEN"]
        stdout = "with.txt"
        [stages.without]
        command = ["sh", "-c", "echo \\"[$TOKEN]\\""]
        stdout = "without.txt"
        """);
    assertEquals("sesame\n", file("with.txt"));
    assertEquals("[]\n", file("without.txt"));
    assertEquals(List.of(new RunEvent.Said("with", "***")), told(RunEvent.Said.class));
  }

  /** Two stages at once are on two cores, and each sees its own alone. */
  @Test
  void stagesRunOnTheirOwnCores() throws Exception {
    succeeds(
        """
        [stages.a]
        command = ["sh", "-c", "grep Cpus_allowed_list /proc/self/status; sleep 0.2"]
        scatter = 3
        stdout = "cores-${{ index }}"
        """);
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
    Thread release = when(() -> !told(RunEvent.Waiting.class).isEmpty(), other::destroy);
    succeeds("[stages.a]\ncommand = [\"true\"]\ncpus = \"%d-%d\"\n".formatted(core, core));
    assertEquals(List.of(new RunEvent.Waiting("a", List.of(core))), told(RunEvent.Waiting.class));
    release.join();
    other.waitFor();
  }

  /** A folder that a killed run has left is removed by the next, one in use is not. */
  @Test
  void cleansWhatAKilledRunHasLeft() throws Exception {
    Path left = Files.createDirectories(folder.resolve("runs/left"));
    Files.createFile(left.resolve("lock"));
    Files.createFile(left.resolve("running"));
    Files.createDirectories(left.resolve("pipes"));
    Files.writeString(left.resolve("kept"), "bytes");
    Path streams = Files.createDirectories(folder.resolve("memory/streams"));
    Files.createFile(streams.resolve("0-a"));
    Files.createSymbolicLink(left.resolve("streams"), streams);
    ProcessBuilder escaped = new ProcessBuilder("setsid", "sleep", "98765");
    escaped.environment().put(TaskCommand.MARK, left.toString());
    Process process = escaped.start();
    succeeds("[stages.a]\ncommand = [\"true\"]");
    assertFalse(Files.exists(left.resolve("pipes")));
    assertFalse(Files.exists(streams));
    assertFalse(Files.isSymbolicLink(left.resolve("streams")));
    assertFalse(Files.exists(left.resolve("running")));
    assertTrue(Files.exists(left.resolve("kept")), "it may be resumed");
    assertEquals(128 + 9, process.waitFor());
    Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(Duration.ofDays(15))));
    succeeds("[stages.a]\ncommand = [\"true\"]");
    assertFalse(Files.exists(left), "nobody has resumed it");
  }

  private static final String CHAIN =
      """
      [stages.first]
      command = ["sh", "-c", "cat ${{ input.data }} | tee -a ran-first"]
      inputs = { data = "./data" }
      [stages.second]
      command = ["sh", "-c", "cat; echo second >>ran-second"]
      stdin = ["first"]
      stdout = "second.txt"
      [stages.writer]
      command = ["sh", "-c", "cat ${{ input.text }}; echo x >>ran-gang"]
      inputs = { text = "second" }
      cpus = 0
      [stages.reader]
      command = ["sort"]
      stdin = "writer"
      stdout = "sorted.txt"
      cpus = 0
      [stages.last]
      command = ["./last.sh", "${{ input.all }}", "${{ output.end }}"]
      inputs = { all = "reader" }
      outputs = { end = "end.txt" }
      """;

  private void last(String script) throws IOException {
    Path file = folder.resolve("last.sh");
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    assertTrue(file.toFile().setExecutable(true));
  }

  private List<String> reused() {
    return told(RunEvent.Reused.class).stream().map(RunEvent.Reused::task).toList();
  }

  private long lines(String name) throws IOException {
    return file(name).lines().count();
  }

  @Test
  void resumesWhatHasNotFinished() throws Exception {
    written("data", "b\na\n");
    last("echo half >$2; exit 7");
    assertEquals(7, run(CHAIN));
    assertEquals("half\n", file("end.txt"));
    last("test ! -e $2 && cat $1 >$2");
    assertEquals(0, run(CHAIN, true), events.toString());
    assertEquals(List.of("first", "second", "writer", "reader"), reused());
    assertEquals("a\nb\n", file("end.txt"));
    assertEquals(2, lines("ran-first"));
    events.clear();
    last("cat $1 >$2");
    assertEquals(0, run(CHAIN, true));
    assertEquals(List.of(), reused(), "a run that succeeded is not gone on with");
  }

  @Test
  void runsAgainWhatHasChanged() throws Exception {
    written("data", "b\na\n");
    last("exit 7");
    assertEquals(7, run(CHAIN));
    // another input, of the same size; what it leads to differs
    written("data", "c\na\n");
    assertEquals(7, run(CHAIN, true));
    assertEquals(List.of(), reused());
    // a definition
    events.clear();
    String otherwise = CHAIN.replace("[\"sort\"]", "[\"sort\", \"-r\"]");
    assertEquals(7, run(otherwise, true));
    assertEquals(List.of("first", "second"), reused(), "a gang counts as one");
    // an output that is gone; what reads it does not notice
    events.clear();
    Files.delete(folder.resolve("second.txt"));
    assertEquals(7, run(otherwise, true));
    assertEquals(List.of("first", "writer", "reader"), reused());
    // what only says when it runs is no part of it
    events.clear();
    assertEquals(7, run(otherwise.replace("cpus = 0", "cpus = 0\nestimate = \"9s\""), true));
    assertEquals(List.of("first", "second", "writer", "reader"), reused());
    // what it waits for, without reading it, has run again
    events.clear();
    String waits =
        otherwise.replace("stdin = \"writer\"", "stdin = \"writer\"\nneeds = [\"first\"]");
    assertEquals(7, run(waits, true));
    assertEquals(List.of("first", "second", "writer", "reader"), reused());
    events.clear();
    written("data", "d\n");
    assertEquals(7, run(waits, true));
    assertEquals(List.of(), reused());
    // without --resume all runs
    events.clear();
    assertEquals(7, run(otherwise));
    assertEquals(List.of(), reused());
  }

  /** What a killed Diver leaves: a record of what had begun. */
  @Test
  void removesWhatWasHalfWrittenWhenItWasKilled() throws Exception {
    written("data", "b\na\n");
    last("exit 7");
    assertEquals(7, run(CHAIN));
    Host host = new Host(environment, folder.resolve("cache"));
    Pipeline pipeline = PipelineToml.read(folder, host, Optional.empty(), modes());
    TaskGraph graph = TaskGraph.of(pipeline);
    try (PipelineFolder own = PipelineFolder.open(folder.resolve("runs"), pipeline, true);
        FinishedGangs gangs =
            new FinishedGangs(new TaskFiles(pipeline, graph, own.kept()), host, own.finished())) {
      assertTrue(gangs.isUnchanged(List.of(1)));
      gangs.begun(List.of(1));
      assertFalse(gangs.isUnchanged(List.of(1)));
      written("second.txt", "hal");
      gangs.removeUnfinished();
      assertFalse(Files.exists(folder.resolve("second.txt")));
      assertTrue(gangs.isUnchanged(List.of(0)));
      assertThrows(
          DiverException.class,
          () -> PipelineFolder.open(folder.resolve("runs"), pipeline, true),
          "one at a time");
    }
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
    Pipeline pipeline = PipelineToml.read(folder, host, Optional.empty(), modes());
    RunSettings settings =
        new RunSettings(host, folder, List.of("diver"), RunSettings.Unread.OUTPUT, false, false);
    TaskCommand command =
        TaskCommand.of(
            pipeline,
            TaskGraph.of(pipeline).tasks().getFirst(),
            Map.of("output.mesh", folder.resolve("out/mesh")),
            settings,
            "mark");
    assertEquals(
        "diver dive --quiet --kernel remora:0.1.0 --mode full-vm --memory 64M --delegate --volume"
            + " FOLDER/out --env STEPS=3 --env TOKEN FOLDER/app -- --out FOLDER/out/mesh",
        String.join(" ", command.words()).replace(folder.toString(), "FOLDER"));
  }

  @Test
  void locksAreGivenBack() throws Exception {
    succeeds("[stages.a]\ncommand = [\"true\"]");
    int core = told(RunEvent.Started.class).getFirst().cores().getFirst();
    try (FileChannel channel =
        FileChannel.open(folder.resolve("locks/diver-core-" + core), StandardOpenOption.WRITE)) {
      assertTrue(channel.tryLock() != null);
    }
  }
}
