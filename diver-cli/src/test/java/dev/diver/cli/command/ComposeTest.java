package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.cli.Typed;
import dev.diver.cli.Typed.Result;
import dev.diver.cli.output.Terminals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A pipeline of 13 s on four cores and 17 s on two. */
class ComposeTest {

  private static final String PIPELINE =
      """
      name = "count"

      [stages.generate]
      command = ["true"]
      stdout = "numbers.txt"
      estimate = "3s"

      [stages.sort]
      command = ["true", "${{ item }}"]
      scatter = ["a", "b", "c"]
      needs = ["generate"]
      estimate = "4s"

      [stages.merge]
      command = ["true"]
      stdin = ["sort"]
      estimate = "2s"

      [stages.pack]
      command = ["true"]
      stdin = "merge"
      stdout = "packed"
      estimate = "5s"

      [stages.report]
      command = ["true"]
      needs = ["pack"]

      [stages.alarm]
      command = ["true"]
      when = { merge = "failure" }
      """;

  @TempDir Path folder;

  @BeforeEach
  void writeThePipeline() throws IOException {
    Files.writeString(folder.resolve("pipeline.toml"), PIPELINE);
  }

  private Result run(String line) {
    return new Typed(folder).run(("compose " + line).split(" "));
  }

  private Result succeeds(String line) {
    Result result = run(line);
    assertEquals(0, result.status(), result.err());
    return result;
  }

  @Test
  void saysWhichStageRunsWhenAndWhere() {
    List<String> lines =
        succeeds("plan --cpus 4").out().lines().map(line -> line.replaceAll(" +", " ")).toList();
    assertEquals("STAGE MODE CORES MEMORY START END ESTIMATE", lines.getFirst());
    assertEquals("generate - 0 - 0 s 3 s given critical", lines.get(1));
    assertTrue(lines.contains("report - 0 - 12 s 13 s assumed critical"), lines.toString());
    assertTrue(lines.contains("makespan 13 s, 1.00x the lower bound"), lines.toString());
    assertTrue(
        lines.contains("critical path generate -> sort[0] -> merge -> pack -> report"),
        lines.toString());
    assertTrue(
        lines.contains("assumed 1 s each for report; write estimate = \"TIME\" to say better"));
    assertTrue(lines.stream().anyMatch(line -> line.startsWith("not expected alarm")));
  }

  @Test
  void drawsARowForEachCoreWithinTheWidth() {
    List<String> lines = succeeds("plan --cpus 2-3").out().lines().toList();
    int first = lines.indexOf("") + 1;
    assertTrue(lines.get(first).startsWith("core 0"), lines.get(first));
    assertTrue(lines.get(first).endsWith("17 s"));
    assertTrue(lines.get(first + 1).startsWith("2    [generate=="), lines.get(first + 1));
    assertTrue(lines.get(first + 2).startsWith("3  "), lines.get(first + 2));
    assertEquals("", lines.get(first + 3));
    lines.subList(first, first + 3).forEach(line -> assertTrue(line.length() <= 80, line));
  }

  @Test
  void planHasAllForPrograms() {
    JsonNode plan = JsonMapper.shared().readTree(succeeds("plan --cpus 4 -m 1G --json").out());
    assertEquals(13_000, plan.get("makespan_ms").asLong());
    assertEquals(13_000, plan.get("lower_bound_ms").asLong());
    assertEquals(26_000, plan.get("work_core_ms").asLong(), "merge and pack run at once for 5 s");
    assertEquals(1L << 30, plan.get("memory_bytes").asLong());
    assertEquals(8, plan.get("tasks").size());
    assertEquals("sort[1]", plan.at("/tasks/2/name").asString());
    assertEquals("b", plan.at("/tasks/2/item").asString());
    assertEquals("stream", plan.at("/edges/6/kind").asString());
  }

  @Test
  void drawsPlanAndGraphIntoFiles() throws IOException {
    succeeds("plan --cpus 4 --svg plan.svg");
    assertTrue(Files.readString(folder.resolve("plan.svg")).contains(">generate<"));
    assertEquals("", succeeds("graph --svg graph.png").out());
    assertTrue(Files.size(folder.resolve("graph.png")) > 1000);
    assertEquals(2, run("plan --svg plan.txt").status());
  }

  @Test
  void writesMermaid() {
    List<String> lines = succeeds("graph").out().lines().map(String::strip).toList();
    assertEquals("flowchart LR", lines.getFirst());
    assertTrue(lines.contains("s1[\"sort ×3<br/>true\"]"), lines.toString());
    assertTrue(lines.contains("s2 ==> s3"), lines.toString());
    assertTrue(lines.contains("s1 --> s2"), lines.toString());
    assertTrue(lines.contains("s2 -.->|\"failure\"| s5"), lines.toString());
  }

  @Test
  void saysWhatIsWrongAndWhere() {
    Result tooFew = run("plan --cpus 1");
    assertEquals(125, tooFew.status());
    assertTrue(tooFew.err().contains("pipeline.toml:14: stages.merge.cpus"), tooFew.err());
    assertEquals(2, run("plan --cpus none").status());
    assertEquals(125, run("plan elsewhere.toml").status());
  }

  /** C = 9 ms, and 102 calls in 660 µs that the kernel forwards, of 1 ms in all. */
  private static final String TRACE =
      """
      {"version": 1, "command": ["app"], "recorder": "strace 6.1",
       "wall_ns": 10000000, "threads": 1, "lifetime_ns": 10000000,
       "syscalls": [
         {"name": "write", "calls": 100, "service_ns": 600000},
         {"name": "read", "calls": 50, "service_ns": 300000},
         {"name": "openat", "calls": 2, "service_ns": 60000},
         {"name": "brk", "calls": 10, "service_ns": 40000}]}
      """;

  private void makeKernel() throws IOException {
    Typed user = new Typed(folder);
    assertEquals(0, user.run("kernel", "new", "tiny").status());
    Files.createDirectories(folder.resolve("tiny/build"));
    Files.copy(PublishAndPullTest.PVH, folder.resolve("tiny/build/kernel.elf"));
    Path toml = folder.resolve("tiny/kernel.toml");
    Files.writeString(
        toml, Files.readString(toml) + "\n[syscalls]\nhandled = [\"read\", \"brk\"]\n");
    Result packaged = user.run("kernel", "package", "tiny");
    assertEquals(0, packaged.status(), packaged.err());
  }

  /** t_d = 9000/1.04 + 1000 + 102·0.56 µs in a VM, and γ is 1 where this Linux computes. */
  @Test
  void choosesTheModeThatTheModelHasFastest() throws IOException {
    makeKernel();
    Files.writeString(folder.resolve("trace.json"), TRACE);
    Files.writeString(folder.resolve("app"), "");
    Files.writeString(
        folder.resolve("pipeline.toml"),
        """
        [stages.app]
        executable = "app"
        kernel = "tiny:0.1.0"
        trace = "trace.json"
        [stages.plain]
        command = ["true"]
        trace = "trace.json"
        """);
    String unmeasured = succeeds("plan --cpus 4 --mode auto").out();
    assertTrue(unmeasured.contains("no mode is measured, which diver calibrate does"), unmeasured);
    CalibrateTest.storeProfile(folder, "emulated");
    CalibrateTest.storeProfile(folder, "full-vm");
    JsonNode plan =
        JsonMapper.shared().readTree(succeeds("plan --cpus 4 --mode auto --json").out());
    assertEquals("full-vm", plan.at("/tasks/0/mode").asString());
    assertEquals(2, plan.at("/tasks/0/cores").size(), "its own, and the delegate's");
    assertEquals("model", plan.at("/tasks/0/estimate_from").asString());
    assertEquals(Math.round(9 / 1.04 + 1 + 102 * 0.00056), plan.at("/tasks/0/estimate_ms").asInt());
    assertEquals(10, plan.at("/tasks/1/estimate_ms").asInt());
    assertEquals(
        "full-vm: 1.030 times as fast as this Linux (102 calls forwarded at 0.56 µs, γ 1.04);"
            + " rather than emulated: 0.994 times as fast as this Linux (102 calls forwarded at"
            + " 0.56 µs, γ 1.00)",
        plan.at("/mode_reasons/app").asString());
    String oneCore = succeeds("plan --cpus 1 --mode auto").out();
    assertTrue(oneCore.contains("that fits here"), oneCore);
    Files.writeString(folder.resolve("trace.json"), "{}");
    Result broken = run("plan");
    assertEquals(125, broken.status());
    assertTrue(broken.err().contains("pipeline.toml:4: stages.app.trace"), broken.err());
  }

  @Test
  void runsAndKnowsTheTimesAfterwards() throws IOException {
    Files.writeString(folder.resolve("words"), "b\na\n");
    Files.writeString(
        folder.resolve("pipeline.toml"),
        """
        [stages.sorted]
        command = ["sort", "words"]
        stdout = "sorted"
        [stages.last]
        command = ["sh", "-c", "tail -n 1 sorted; test -e go"]
        needs = ["sorted"]
        """);
    Result failed = run("run");
    assertEquals(1, failed.status());
    assertTrue(failed.err().contains("Stage last ended with status 1"), failed.err());
    Files.writeString(folder.resolve("go"), "");
    Result resumed = succeeds("run --resume");
    assertTrue(resumed.err().contains("Unchanged sorted"), resumed.err());
    assertEquals("a\nb\n", Files.readString(folder.resolve("sorted")));
    List<JsonNode> events =
        succeeds("run --json").out().lines().map(JsonMapper.shared()::readTree).toList();
    assertEquals("started", events.getFirst().get("event").asString());
    assertEquals("ended", events.getLast().get("event").asString());
    JsonNode plan = JsonMapper.shared().readTree(succeeds("plan --json").out());
    assertEquals("former run", plan.at("/tasks/0/estimate_from").asString());
  }

  /** What stages print stays above the lines that show what runs, which are gone in the end. */
  @Test
  void showsWhatRunsOnATerminal() throws IOException {
    Files.writeString(
        folder.resolve("pipeline.toml"),
        """
        [stages.first]
        command = ["sh", "-c", "echo printed; echo said >&2"]
        cpus = 0
        [stages.second]
        command = ["true"]
        needs = ["first"]
        cpus = 0
        """);
    Terminals terminals = new Terminals(false, true, true, Optional.of(50), false);
    Result run = new Typed(folder).on(terminals).run("compose", "run");
    assertEquals(0, run.status(), run.err());
    assertEquals("printed\n", run.out());
    String up = "\r\u001b[1A\u001b[J"; // over the one line that there is between stages
    assertTrue(run.err().contains("first | said\n"), run.err());
    assertTrue(run.err().contains("  first              "), run.err());
    assertTrue(run.err().contains("  1 of 2 stages over, 0 of "), run.err());
    assertTrue(run.err().endsWith(up), run.err());
    run.err()
        .lines()
        .forEach(line -> assertTrue(line.replaceAll("\u001b\\[\\d*.", "").length() < 50));
    Result quiet = new Typed(folder).on(terminals).run("compose", "run", "-q");
    assertEquals("first | said\n", quiet.err());
  }
}
