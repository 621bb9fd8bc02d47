package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  @Test
  void threeStagesInTwoModesHaveOneResult() {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    CompletableFuture<Shell.Result> numbers =
        user.diverMeanwhile(
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
        user.diverMeanwhile(
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
      Expect.success(result);
    }
    assertEquals(user.sh("seq 100000 | sed s/7/x/g | sha256sum").text(), sum.text());
    assertFalse(Files.exists(first) || Files.exists(second));
  }

  /** The programs use the library, which a pipe is nothing to. */
  @Test
  void netsOfAPipelineShareMemory() throws IOException {
    Path pipeline = Files.createDirectory(folder.resolve("pipeline"));
    Programs.compile(user.in(pipeline), "stream");
    Files.writeString(
        pipeline.resolve("pipeline.toml"),
        """
        [stages.simulate]
        executable = "stream"
        kernel = "remora"
        args = ["reserve", "200", "65536"]

        [stages.analyse]
        executable = "stream"
        kernel = "remora"
        args = ["peek", "200", "65536"]
        stdin = "simulate"
        """);
    Shell.Result run = user.in(pipeline).diver("compose", "run", "--cpus", "0-1");
    Expect.said(Expect.success(run), "mb_s");
  }

  @Test
  void aProcessThatReadsHasTheOtherEnd() {
    Path stream = folder.resolve("numbers");
    Path program = Programs.compile(user.in(folder), "stream");
    CompletableFuture<Shell.Result> writer =
        user.diverMeanwhile(
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
    Expect.success(writer.join());
    Expect.said(Expect.success(reader), "mb_s");
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
        user.diverMeanwhile(
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
    Expect.said(Expect.status(1, reader.join()), "Connection reset by peer");
  }
}
