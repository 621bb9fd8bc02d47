package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Nets that run at once and feed each other through memory that they share, across modes. */
@ExtendWith(SharedCatalog.class)
class StreamIT {

  private static final String BUSYBOX = "/bin/busybox";

  @TempDir private static Path folder;

  private static Shell user;

  @BeforeAll
  static void pullKernels(Catalog catalog) throws IOException {
    user = catalog.user(folder);
    Expect.success(user.diver("pull", "remora"));
    Expect.success(user.diver("pull", "linux"));
  }

  private static CompletableFuture<Shell.Result> diving(String... words) {
    // a thread for each: the common pool may have one in all
    return CompletableFuture.supplyAsync(
        () -> user.diver(words), task -> Thread.ofVirtual().start(task));
  }

  @Test
  void threeStagesInTwoModesHaveOneResult() {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    CompletableFuture<Shell.Result> numbers =
        diving(
            "dive",
            "--kernel",
            "remora",
            "--stream-out",
            first.toString(),
            BUSYBOX,
            "--",
            "seq",
            "100000");
    CompletableFuture<Shell.Result> changed =
        diving(
            "dive",
            "--mode",
            "partitioned-vm",
            "--kernel",
            "remora",
            "--stream-in",
            first.toString(),
            "--stream-out",
            second.toString(),
            BUSYBOX,
            "--",
            "sed",
            "s/7/x/g");
    Shell.Result sum =
        user.diver(
            "dive",
            "--kernel",
            "remora",
            "--stream-in",
            second.toString(),
            BUSYBOX,
            "--",
            "sha256sum");
    for (Shell.Result result : List.of(numbers.join(), changed.join(), sum)) {
      assertEquals(0, result.status(), result.toString());
    }
    assertEquals(user.sh("seq 100000 | sed s/7/x/g | sha256sum").text(), sum.text());
    assertFalse(Files.exists(first) || Files.exists(second));
  }

  /** The programs use the library, which a pipe is nothing to. */
  @Test
  void netsOfAPipelineShareMemory() throws IOException {
    Path pipeline = Files.createDirectory(folder.resolve("pipeline"));
    compile(pipeline.resolve("program"), "-static");
    Files.writeString(
        pipeline.resolve("pipeline.toml"),
        """
        [stages.simulate]
        executable = "program"
        kernel = "remora"
        args = ["reserve", "200", "65536"]

        [stages.analyse]
        executable = "program"
        kernel = "remora"
        args = ["peek", "200", "65536"]
        stdin = "simulate"
        """);
    Shell.Result run = user.in(pipeline).diver("compose", "run", "--cpus", "0-1");
    Expect.success(run);
    assertTrue(run.errors().contains("mb_s"), run.toString());
  }

  @Test
  void aProcessThatReadsHasTheOtherEnd() {
    Path stream = folder.resolve("stream");
    Path program = folder.resolve("program");
    compile(program);
    CompletableFuture<Shell.Result> writer =
        diving(
            "dive",
            "--kernel",
            "remora",
            "--stream-out",
            stream.toString(),
            BUSYBOX,
            "--",
            "seq",
            "100000");
    Shell.Result reader =
        user.sh(
            "while ! [ -e %s ]; do sleep 0.01; done; exec %s peek 1 64 0<>%s"
                .formatted(stream, program, stream));
    assertEquals(0, writer.join().status());
    assertEquals(0, reader.status(), reader.toString());
    assertTrue(reader.errors().contains("mb_s"), reader.toString());
  }

  @Test
  void aWriterThatIsKilledIsAnErrorOfItsReader() throws Exception {
    Path stream = folder.resolve("killed");
    Process writer =
        user.start(
            Shell.DIVER,
            "dive",
            "--kernel",
            "remora",
            "--stream-out",
            stream.toString(),
            BUSYBOX,
            "--",
            "yes");
    CompletableFuture<Shell.Result> reader =
        diving(
            "dive",
            "--kernel",
            "remora",
            "--stream-in",
            stream.toString(),
            BUSYBOX,
            "--",
            "sha256sum");
    for (int state : List.of(72, 136)) { // until both have their ends open
      user.sh(
          "until od -An -tu1 -j%d -N1 %s 2>/dev/null | grep -q 1; do sleep 0.01; done"
              .formatted(state, stream));
    }
    writer.destroyForcibly().waitFor();
    Shell.Result read = reader.join();
    assertEquals(1, read.status(), read.toString());
    assertTrue(read.errors().contains("Connection reset by peer"), read.toString());
  }

  private static void compile(Path program, String... flags) {
    List<String> words = new ArrayList<>(List.of("gcc", "-O1", "-o", program.toString()));
    words.addAll(List.of(flags));
    words.add("-I" + Shell.ROOT.resolve("kernel-specs/abi/include"));
    words.add(Shell.ROOT.resolve("e2e/src/programs/stream.c").toString());
    Expect.success(user.run(words.toArray(String[]::new)));
  }
}
