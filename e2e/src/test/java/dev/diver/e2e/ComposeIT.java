package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Pipelines of machines and programs of this machine, as a user runs them. */
@ExtendWith(SharedCatalog.class)
class ComposeIT {

  private static final String REMORA =
      """
      executable = "/bin/busybox"
      kernel = "remora"
      memory = "64M"
      """;

  @TempDir private Path folder;

  private Shell user;

  @BeforeEach
  void pullRemora(Catalog catalog) throws IOException {
    user = catalog.user(folder);
    Expect.success(user.diver("pull", "remora"));
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    Expect.nothingLeft(user);
  }

  private Shell.Result compose(String toml, String... options) throws IOException {
    write("pipeline.toml", toml.replace("REMORA\n", REMORA));
    String[] words = {"compose", "run"};
    return user.diver(Stream.of(words, options).flatMap(Arrays::stream).toArray(String[]::new));
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(user.folder().resolve(name), text);
  }

  private String read(String name) throws IOException {
    return Files.readString(user.folder().resolve(name));
  }

  @Test
  void joinsAFullVmAPartitionedVmAndThisLinux() throws IOException {
    Expect.success(
        compose(
            """
            [stages.generate]
            REMORA
            args = ["seq", "1", "20000"]
            stdout = "numbers.txt"
            [stages.filter]
            REMORA
            mode = "partitioned-vm"
            args = ["grep", "7$"]
            stdin = "generate"
            [stages.sum]
            command = ["awk", "{ sum += $1 } END { print NR, sum }"]
            stdin = "filter"
            stdout = "sum.txt"
            cpus = 0
            """));
    int sum = IntStream.rangeClosed(1, 20_000).filter(n -> n % 10 == 7).sum();
    assertEquals("2000 " + sum + "\n", read("sum.txt"));
  }

  @Test
  void scattersOverEightMachinesAndGathersInOrder() throws IOException {
    Shell.Result run =
        Expect.success(
            compose(
                """
                [stages.square]
                REMORA
                args = ["expr", "${{ item }}", "*", "${{ item }}"]
                scatter = ["3", "1", "4", "15", "9", "2", "6", "5"]
                [stages.all]
                command = ["cat"]
                stdin = ["square"]
                """));
    assertEquals("9\n1\n16\n225\n81\n4\n36\n25\n", run.text());
  }

  /** A writer that is ahead waits; a reader that has enough ends it; every byte value passes. */
  @Test
  void streamsAsPipesDo() throws IOException {
    byte[] bytes = new byte[3_000_000];
    new Random(7).nextBytes(bytes);
    Files.write(user.folder().resolve("in"), bytes);
    Shell.Result run =
        Expect.success(
            compose(
                """
                [stages.copy]
                REMORA
                args = ["cat"]
                stdin = "./in"
                [stages.slow]
                command = ["sh", "-c", "sleep 2; cat >out"]
                stdin = "copy"
                cpus = 0
                [stages.endless]
                REMORA
                args = ["yes"]
                [stages.few]
                command = ["head", "-n", "2"]
                stdin = "endless"
                cpus = 0
                """));
    assertEquals("y\ny\n", run.text());
    assertArrayEquals(bytes, Files.readAllBytes(user.folder().resolve("out")));
  }

  @Test
  void tellsWhatFailedAndResumes() throws IOException {
    String toml =
        """
        [stages.words]
        REMORA
        args = ["echo", "b", "a"]
        [stages.check]
        command = ["./check", "${{ input.words }}"]
        inputs = { words = "words" }
        stdout = "checked.txt"
        cpus = 0
        [stages.beside]
        command = ["sleep", "86399"]
        cpus = 0
        needs = ["words"]
        [stages.after]
        command = ["cat", "${{ input.checked }}"]
        inputs = { checked = "check" }
        """;
    write("check", "#!/bin/sh\necho half\necho no good >&2\nexit 5\n");
    assertTrue(user.folder().resolve("check").toFile().setExecutable(true));
    // a list is read when all of it is there
    String gathered = toml.replace("words = \"words\"", "words = [\"words\"]");
    Shell.Result failed = Expect.status(5, compose(gathered));
    Expect.said(
        failed,
        "Stage check ended with status 5",
        "  no good",
        "Stopped beside",
        "since check failed",
        "Skipped after");
    write("check", "#!/bin/sh\ncat $1\n");
    Shell.Result resumed =
        Expect.success(compose(gathered.replace("\"sleep\", \"86399\"", "\"true\""), "--resume"));
    Expect.said(resumed, "Unchanged words");
    assertFalse(resumed.errors().contains("Started words"), resumed::toString);
    assertEquals("b a\n", resumed.text());
  }

  private static final String LONG =
      """
      [stages.first]
      command = ["sh", "-c", "echo first; echo x >>runs"]
      stdout = "first.txt"
      [stages.machine]
      REMORA
      args = ["sh", "-c", "echo half; while :; do :; done"]
      stdout = "machine.txt"
      needs = ["first"]
      [stages.beside]
      command = ["sh", "-c", "setsid sleep 86398 & sleep 86397"]
      cpus = 0
      needs = ["first"]
      """;

  private Process startLong() throws IOException {
    write("pipeline.toml", LONG.replace("REMORA\n", REMORA));
    Process diver = user.start(Shell.DIVER, "compose", "run");
    Node.await(
        "the machine runs",
        () ->
            Expect.processesNaming(user.home() + "/runs").stream()
                .anyMatch(line -> line.contains("qemu")));
    Node.await("what is beside it runs", () -> !Expect.processesNaming("sleep 86397").isEmpty());
    return diver;
  }

  private void resumesWithAnEnd() throws IOException {
    String ends =
        LONG.replace("while :; do :; done", "echo whole").replaceAll("sleep \\d+", "true");
    Shell.Result resumed = Expect.success(compose(ends, "--resume"));
    Expect.said(resumed, "Unchanged first");
    assertEquals("x\n", read("runs"));
    assertEquals("half\nwhole\n", read("machine.txt"));
    assertEquals(List.of(), Expect.processesNaming("sleep 8639"));
  }

  @Test
  void anInterruptionEndsAllOfIt() throws Exception {
    Process diver = startLong();
    Expect.success(user.run("kill", "-INT", Long.toString(diver.pid())));
    assertEquals(130, diver.waitFor());
    assertEquals(List.of(), Expect.processesNaming("sleep 8639"));
    Expect.nothingLeft(user);
    resumesWithAnEnd();
  }

  @Test
  void afterAKillTheNextRunCleansAndGoesOn() throws Exception {
    Process diver = startLong();
    diver.destroyForcibly();
    assertTrue(diver.waitFor(60, TimeUnit.SECONDS));
    resumesWithAnEnd();
  }

  /** Each stage takes all cores, so that no two of them may run at a time. */
  @Test
  void twoPipelinesNeverShareACore() throws Exception {
    Path other = Files.createDirectories(folder.resolve("other"));
    String toml =
        """
        [stages.alone]
        command = ["sh", "-c", "mkdir LOCK || exit 9; sleep 0.2; rmdir LOCK"]
        cpus = %d
        scatter = 3
        """
            .formatted(Runtime.getRuntime().availableProcessors())
            .replace("LOCK", folder.resolve("lock").toString());
    write("pipeline.toml", toml);
    Files.writeString(other.resolve("pipeline.toml"), toml);
    Process beside = user.in(other).start(Shell.DIVER, "compose", "run");
    Expect.success(user.diver("compose", "run"));
    assertEquals(0, beside.waitFor());
  }

  @Test
  void aFullDiskIsTheStagesFailureAndCanBeResumed() throws IOException {
    Path disk = Files.createDirectories(folder.resolve("disk"));
    String toml =
        """
        [stages.big]
        command = ["head", "-c", "SIZE", "/dev/zero"]
        stdout = "%1$s/big"
        [stages.count]
        command = ["wc", "-c"]
        stdin = "big"
        """
            .formatted(disk);
    write("pipeline.toml", toml.replace("SIZE", "4000000"));
    write("small.toml", toml.replace("SIZE", "400000"));
    Shell.Result run =
        Expect.success(
            user.with("DISK", disk.toString())
                .sh(
                    "unshare --mount sh -c 'mount -t tmpfs -o size=1m none $DISK; diver compose"
                        + " run; echo status $?; cp small.toml pipeline.toml; diver compose run"
                        + " --resume; ls $DISK'"));
    Expect.said(run, "No space left on device");
    assertEquals("status 1\n400000\nbig\n", run.text(), run::toString);
  }

  /** Machines in a shell's pipe: end of file, every byte value, the statuses of all. */
  @Test
  void machinesArePartsOfAShellsPipe() throws IOException {
    byte[] bytes = new byte[1_000_000];
    new Random(8).nextBytes(bytes);
    Files.write(user.folder().resolve("in"), bytes);
    String dive = "diver dive -m 64M --kernel remora /bin/busybox -- ";
    String partitioned = dive.replace("--kernel", "--mode partitioned-vm --kernel");
    Expect.success(user.sh(dive + "cat <in | " + partitioned + "cat >out"));
    assertArrayEquals(bytes, Files.readAllBytes(user.folder().resolve("out")));
    Shell.Result bash =
        user.with("PATH", Shell.ROOT + ":" + System.getenv("PATH"))
            .run(
                "bash",
                "-c",
                dive
                    + "sh -c 'echo 7; echo 17; exit 3' | grep 7$ | sort -rn | head -n 1; echo"
                    + " ${PIPESTATUS[@]}");
    assertEquals("17\n3 0 0 0\n", bash.text(), bash::toString);
  }

  @Test
  void theTemplatesPipelineRuns() throws IOException {
    Expect.success(user.diver("new", "plume", "--kernel", "remora", "--template", "pipeline"));
    Shell plume = user.in(user.folder().resolve("plume"));
    Shell.Result plan = Expect.success(plume.diver("compose", "plan", "--svg", "plan.svg"));
    assertTrue(plan.text().contains("simulate"), plan::toString);
    Shell.Result run = Expect.success(plume.diver("compose", "run"));
    List<String> bars = run.text().lines().collect(Collectors.toList());
    assertEquals(21, bars.size(), run::toString);
    assertTrue(bars.getLast().startsWith(" 40000  #"), run::toString);
    assertEquals(22, Files.readAllLines(plume.folder().resolve("profile.csv")).size());
  }
}
