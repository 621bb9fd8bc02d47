package dev.diver.deploy.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.store.DiverHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipelineTomlTest {

  private static final Capacity FOUR = new Capacity(List.of(0, 1, 2, 3), 1L << 30);

  @TempDir Path folder;

  private Pipeline read(String toml, Capacity capacity) throws IOException {
    Path file = folder.resolve("pipeline.toml");
    Files.writeString(file, toml);
    Host host =
        new Host(
            Map.of("PATH", String.valueOf(System.getenv("PATH")), "TOKEN", "hush"),
            folder.resolve("cache"));
    return PipelineToml.read(folder, host, Optional.of(capacity), modes(Optional.empty()));
  }

  private StageModes modes(Optional<String> usual) {
    return new StageModes(new DiverHome(folder.resolve("home")), usual, Optional.empty());
  }

  private Pipeline read(String toml) throws IOException {
    return read(toml, FOUR);
  }

  private Failure refused(String toml) {
    Failure failure = assertThrows(DiverException.class, () -> read(toml, FOUR)).failure();
    assertEquals(Failure.Kind.INVALID, failure.kind());
    return failure;
  }

  /** The stages are a = ["true"] and so on, each with what is given for it. */
  private static String stages(String... bodies) {
    StringBuilder toml = new StringBuilder();
    for (int i = 0; i < bodies.length; i++) {
      toml.append("[stages.").append((char) ('a' + i)).append("]\ncommand = [\"true\"]\n");
      toml.append(bodies[i]).append('\n');
    }
    return toml.toString();
  }

  private void refuses(String expected, String remedy, String... bodies) {
    Failure failure = refused(stages(bodies));
    assertTrue(failure.what().endsWith(expected), failure.what());
    assertTrue(failure.remedy().contains(remedy), failure.remedy());
  }

  @Test
  void readsAllThatIsSaid() throws IOException {
    Files.createFile(folder.resolve("mesh"));
    Pipeline pipeline =
        read(
            """
            name = "all"
            timeout = "1h"

            [stages.sim]
            executable = "mesh"
            kernel = "remora:0.1.0"
            mode = "partitioned-vm"
            cpus = "2-3"
            memory = "128M"
            args = ["${{ input.mesh }}", "${{ output.frames }}", "${{ index }}"]
            env = { STEPS = "${{ item }}" }
            secrets = ["TOKEN"]
            inputs = { mesh = "./mesh" }
            streams = ["frames"]
            scatter = 2
            retries = 3
            timeout = "30s"
            estimate = "1500ms"

            [stages.view]
            command = ["cat", "${{ input.frames }}"]
            cpus = 0
            scatter = "sim"
            inputs = { frames = "sim.frames" }
            stdout = "${{ item }}.png"

            [stages.all]
            command = ["cat"]
            stdin = ["view", "./mesh"]
            when = { sim = "0,2-4" }
            """,
            new Capacity(List.of(0, 1, 2, 3), 1L << 30));
    assertEquals("all", pipeline.name());
    Stage sim = pipeline.stage("sim");
    assertEquals(List.of(2, 3), sim.cpus().orElseThrow().which());
    assertEquals(1500, sim.estimate().orElseThrow().millis());
    TaskGraph graph = TaskGraph.of(pipeline);
    assertEquals(
        List.of("sim[0]", "sim[1]", "view[0]", "view[1]", "all"),
        graph.tasks().stream().map(Task::name).toList());
    assertEquals(List.of(List.of(0, 2), List.of(1, 3), List.of(4)), graph.gangs());
    assertEquals(3, graph.tasks().getFirst().cores(), "its own two, and the Linux's");
    assertEquals(384L << 20, graph.tasks().getFirst().memory());
    assertTrue(
        graph.edges().contains(new Edge(3, "stdout", 4, "stdin", Edge.Kind.FILE)),
        graph.edges().toString());
    assertTrue(graph.edges().contains(new Edge(0, "frames", 2, "frames", Edge.Kind.STREAM)));
    assertEquals(2, graph.edges().stream().filter(e -> e.kind() == Edge.Kind.ORDER).count());
  }

  @Test
  void namesACycleStageByStage() {
    Failure failure = refused(stages("stdin = \"c\"", "stdin = \"a\"", "stdin = \"b\""));
    assertTrue(
        failure
            .what()
            .endsWith("pipeline.toml:3: stages.a.stdin closes a cycle: c -> a -> b -> c."),
        failure.what());
    refuses(":3: stages.a.stdin names the stage itself.", "another", "stdin = \"a\"");
    refuses(
        "closes a cycle: b -> a -> b.", "Remove", "needs = [\"b\"]", "when = { a = \"always\" }");
  }

  @Test
  void whatRunsAtOnceCannotWait() {
    refuses(
        ":8: stages.b.needs waits for the end of a, which streams have run at the same time:"
            + " a -> b <- a.",
        "stdout = \"FILE\"",
        "streams = [\"log\"]",
        "stdin = \"c\"\ninputs = { log = \"a.log\" }\nneeds = [\"a\"]",
        "");
    refuses(
        "stages.c.inputs.x waits for the end of a, which streams have run at the same time:"
            + " a -> c <- b <- a.",
        "outputs",
        "outputs = { x = \"x.txt\" }",
        "stdin = \"a\"",
        "stdin = \"b\"\ninputs = { x = \"a.x\" }");
  }

  @Test
  void whatFeedsAnInputHasToBeThere() throws IOException {
    refuses(":6: stages.b.stdin names \"aa\", which is no stage.", "mean a?", "", "stdin = \"aa\"");
    refuses(
        ":6: stages.b.inputs.m is fed by \"a.mash\", and a has no such output, so that nobody"
            + " feeds it.",
        "mean mesh?",
        "outputs = { mesh = \"m\" }",
        "inputs = { m = \"a.mash\" }");
    refuses(
        ":3: stages.a.env asks for ${{ input.x }}, an input that nobody feeds.",
        "Add it to inputs",
        "env = { X = \"${{ input.x }}\" }");
    refuses(
        "stages.a.stdin is fed by the file \""
            + folder.resolve("none")
            + "\", which cannot be read.",
        "path",
        "stdin = \"./none\"");
    Files.createDirectory(folder.resolve("sub"));
    refuses(
        "stages.a.stdin is fed by the file \"" + folder.resolve("sub") + "\", which is a folder.",
        "path",
        "stdin = \"./sub\"");
    refuses("stages.a.stdout is \"sub\", a folder.", "path", "stdout = \"sub\"");
    read(stages("inputs = { all = \"./sub\" }"));
    refuses("stages.a.stdin is fed by nobody.", "Name an output", "stdin = []");
    refuses(
        "stages.a.streams has frames, which nobody reads, so that its writer would wait for ever.",
        "a.frames",
        "streams = [\"frames\"]");
  }

  @Test
  void anInputIsFedOnce() {
    refuses(":6: stages.b.stdin is fed twice by \"a\".", "Remove", "", "stdin = [\"a\", \"a\"]");
    refuses(
        ":6: stages.b.stdin is fed 3 times, by each run of a, and takes one.",
        "[\"a\"]",
        "scatter = 3",
        "stdin = \"a\"");
    refuses(
        "is fed 2 times, by each run of a, and takes one.",
        "scatter = \"a\"",
        "scatter = 2",
        "scatter = 2\nstdin = \"a\"");
    refuses(
        "stages.b.stdout is \"x\", which a writes, too.",
        "another name",
        "stdout = \"x\"",
        "stdout = \"x\"");
    refuses(
        "stages.a.stdout is \"x\", which two of its runs write.",
        "${{ index }}",
        "scatter = 2\nstdout = \"x\"");
  }

  @Test
  void aFileHasOneWriterWhomReadersWaitFor() throws IOException {
    Files.createFile(folder.resolve("x"));
    refuses(
        "stages.a.stdout is \"${{ item }}\", which two of its runs write.",
        "${{ index }}",
        "scatter = [\"y\", \"y\"]\nstdout = \"${{ item }}\"");
    refuses(
        "stages.b.outputs.o is \"y0\", which a writes, too.",
        "another name",
        "scatter = 2\nstdout = \"y${{ index }}\"",
        "outputs = { o = \"y0\" }");
    refuses(
        ":6: stages.b.stdin is fed by the file \"./x\", which a writes, and which might be read"
            + " before.",
        "Write \"a.o\" instead",
        "outputs = { o = \"x\" }",
        "stdin = \"./x\"");
    refuses(
        ":3: stages.a.stdin is fed by the file \"./x\", which its stdout empties before it is"
            + " read.",
        "stdout another name",
        "stdin = \"./x\"\nstdout = \"x\"");
    read(stages("inputs = { i = \"./x\" }\noutputs = { o = \"x\" }")); // it changes a file
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "retries = -1 | retries is -1.",
        "estimate = \"2s5\" | estimate cannot be read: \"2s5\" is not a span of time.",
        "estimate = \"999h\" | estimate is 3596400s.",
        "timeout = \"0s\" | timeout is 0.",
        "stdout = \"x\\u0000\" | stdout has a NUL character, which ends a text for Linux.",
        "memroy = \"1M\" | memroy is not a key that Diver knows.",
        "mode = \"full-vm\" | mode is for nets and executables.",
        "args = [\"x\"] | args is for nets and executables.",
        "net = \"sim\" | says more than once what it runs.",
        "env = { \"A-B\" = \"x\" } | env has \"A-B\", which is not the name of a variable.",
        "secrets = [\"NONE\"] | secrets has NONE, which your environment does not have.",
        "scatter = 0 | scatter has no item.",
        "scatter = 20000 | scatter has too many items.",
        "scatter = \"b\" | scatter names \"b\", which is no stage.",
        "scatter = \"a\" | scatter is \"a\", a circle.",
        "when = { b = \"faliure\" } | when.b cannot be read: \"faliure\" does not say how a stage"
            + " ends.",
        "needs = [\"b\"] | needs names \"b\", which is no stage.",
        "outputs = { stdin = \"x\" } | outputs has \"stdin\", which cannot be the name of one.",
        "stdout = \"${{ itme }}\" | stdout asks for ${{ itme }}, which is not known here.",
        "stdout = \"${{ item\" | stdout is \"${{ item\", with a ${{ that is not closed.",
        "cpus = 5 | cpus comes to 5 cores, and there are 4 (0-3).",
        "cpus = \"3-4\" | cpus names core 4, which is not there (0-3).",
        "memory = \"2G\" | memory comes to 2048 MiB, and there is 1024 MiB.",
      })
  void aStageIsChecked(String line, String expected) {
    String what = refused(stages(line)).what();
    String field = expected.startsWith("says") ? "stages.a " : "stages.a.";
    assertTrue(what.contains("pipeline.toml:" + (expected.startsWith("says") ? 1 : 3)), what);
    assertTrue(what.endsWith(field + expected), what);
  }

  @Test
  void programsNetsAndModesHaveToBeThere() throws IOException {
    assertTrue(
        refused("[stages.a]\ncommand = [\"no-such-program\"]")
            .what()
            .contains(":2: stages.a.command"));
    Failure net = refused("[stages.a]\nnet = \"sim\"");
    assertTrue(net.what().contains(":2: stages.a.net is \"sim\", and there is no "), net.what());
    Files.createDirectory(folder.resolve("folder"));
    Failure program = refused("[stages.a]\ncommand = [\"./folder\"]");
    assertTrue(
        program.what().endsWith("\"./folder\", and there is no such program."), program.what());
    Files.createFile(folder.resolve("app"));
    Failure mode = refused("[stages.a]\nexecutable = \"app\"\nkernel = \"k\"\nmode = \"full-wm\"");
    assertTrue(mode.what().endsWith(":4: stages.a.mode is \"full-wm\", which is no mode."));
    assertEquals("Did you mean full-vm?", mode.remedy());
    Failure none = refused("[stages.a]\nstdout = \"x\"");
    assertTrue(none.what().endsWith("stages.a does not say what it runs."), none.what());
  }

  @Test
  void tellsOfAllThatIsWrongAtOnce() {
    Failure failure = refused(stages("stdin = \"x\"", "retries = 200\nneeds = [\"y\"]"));
    List<String> lines = failure.what().lines().toList();
    assertTrue(lines.getFirst().endsWith("pipeline.toml has 3 errors:"), failure.what());
    assertTrue(lines.get(1).contains(":3: stages.a.stdin"), failure.what());
    assertTrue(lines.get(2).contains(":6: stages.b.retries"), failure.what());
    assertTrue(lines.get(3).contains(":7: stages.b.needs"), failure.what());
  }

  @Test
  void aGangHasToFitTogether() {
    refuses(
        "stages.a.cpus is too much: what streams join (a, b) runs at once, which takes 5 cores,"
            + " and there are 4 (0-3).",
        "stdout = \"FILE\"",
        "cpus = 3",
        "cpus = 2\nstdin = \"a\"");
    refuses(
        "which takes core 1 twice.",
        "Name another",
        "cpus = \"1-2\"",
        "cpus = \"1-1\"\nstdin = \"a\"");
  }

  @Test
  void aSecretIsNeverTold() throws IOException {
    Pipeline pipeline = read(stages("secrets = [\"TOKEN\"]"));
    assertEquals(List.of("TOKEN"), pipeline.stage("a").secrets());
    assertTrue(!pipeline.toString().contains("hush"));
  }

  @Test
  void noPartOfASecretIsShown() throws IOException {
    Pipeline pipeline = read(stages("secrets = [\"TOKEN\"]", "secrets = [\"PATH\"]"));
    Map<String, String> environment = Map.of("TOKEN", "hush", "PATH", "first hush\n\nsecond\n");
    RunSettings settings =
        new RunSettings(
            new Host(environment, folder),
            folder,
            List.of("diver"),
            RunSettings.Unread.OUTPUT,
            false,
            false);
    assertEquals("a *** b", settings.hushed(pipeline, "a first hush b"));
    assertEquals("*** and ***", settings.hushed(pipeline, "hush and second"));
  }

  @Test
  void plansStagesWithTheirConditions() throws IOException {
    Pipeline pipeline =
        read(
            stages(
                "cpus = 2\nestimate = \"4s\"",
                "stdin = \"a\"\nestimate = \"6s\"\ncpus = 0",
                "when = { b = \"failure\" }",
                "when = { c = \"always\" }\nneeds = [\"b\"]\ncpus = \"3-3\"\nestimate = \"1s\"",
                "needs = [\"c\"]"));
    PipelinePlan plan = PipelinePlan.of(TaskGraph.of(pipeline), FOUR);
    assertEquals(7000, plan.makespan());
    assertEquals(7000, plan.lowerBound());
    assertEquals(List.of(0, 1, 3), plan.criticalPath());
    assertEquals(6000, plan.placed().getFirst().end(), "a full pipe holds its writer up");
    assertEquals(List.of(), plan.placed().get(1).cores());
    assertEquals(List.of(3), plan.placed().get(3).cores());
    assertEquals(
        List.of(true, true, false, true, false),
        plan.graph().tasks().stream().map(Task::expected).toList());
    assertEquals(2 * 6000 + 1000, plan.work());
  }
}
