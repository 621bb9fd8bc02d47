package dev.diver.e2e.bench;

import dev.diver.e2e.Expect;
import dev.diver.e2e.Programs;
import dev.diver.e2e.Shell;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.statistics.descriptive.Median;

/**
 * Streams in shared memory between two machines of one core each, next to a pipe between two
 * processes of one Linux with two cores, in a machine of the same make, in turn with it.
 */
final class StreamBenchmark {

  private static final Path STREAMS = Path.of("/dev/shm");

  private static final int RUNS = 5;
  private static final String MESSAGE = "65536";
  private static final String MESSAGES = "8000";
  private static final String SHORT_MESSAGE = "64";
  private static final String ROUNDS = "20000";

  private final Shell shell;
  private final List<Row> rows;
  private int made;

  /** Adds its rows to these. */
  StreamBenchmark(Shell shell, List<Row> rows) {
    this.shell = shell;
    this.rows = rows;
  }

  void run() {
    Path program = Programs.compile(shell, "stream");
    double[] calls = new double[RUNS];
    double[] mapped = new double[RUNS];
    double[] pipe = new double[RUNS];
    double[] latency = new double[RUNS];
    double[] pipeLatency = new double[RUNS];
    for (int i = 0; i < RUNS; i++) {
      calls[i] = speed(program, "write", "read");
      mapped[i] = speed(program, "reserve", "peek");
      pipe[i] = figure("mb_s", linux(program, "pipe", MESSAGES, MESSAGE));
      latency[i] = latency(program);
      pipeLatency[i] = figure("one_way_ns", linux(program, "pipe-echo", ROUNDS, SHORT_MESSAGE));
    }
    String against = "a pipe between two processes of one Linux";
    rows.add(faster("stream of 64 KiB messages, read and write: time", against, calls, pipe));
    rows.add(faster("the same, filled and summed in place: time", against, mapped, pipe));
    rows.add(
        new Row(
            "a message of 64 bytes, one way",
            against,
            String.format("%.2f / %.2f µs", median(latency) / 1e3, median(pipeLatency) / 1e3),
            median(latency) / median(pipeLatency),
            "x",
            0.5,
            false));
  }

  private static Row faster(String what, String against, double[] ours, double[] theirs) {
    return new Row(
        what,
        against,
        String.format("%.0f / %.0f MB/s", median(ours), median(theirs)),
        median(theirs) / median(ours),
        "x",
        0.5,
        false);
  }

  private double speed(Path program, String writer, String reader) {
    String stream = stream();
    CompletableFuture<Shell.Result> writes =
        remora(List.of("--stream-out", stream), program, writer, MESSAGES, MESSAGE);
    Shell.Result read =
        remora(List.of("--stream-in", stream), program, reader, MESSAGES, MESSAGE).join();
    Expect.success(writes.join());
    return figure("mb_s", Expect.success(read));
  }

  private double latency(Path program) {
    String there = stream();
    String back = stream();
    CompletableFuture<Shell.Result> echoes =
        remora(
            List.of("--stream-in", there, "--stream-out", back),
            program,
            "echo",
            ROUNDS,
            SHORT_MESSAGE);
    Shell.Result asked =
        remora(
                List.of("--stream-out", there, "--stream-in", back),
                program,
                "ask",
                ROUNDS,
                SHORT_MESSAGE)
            .join();
    Expect.success(echoes.join());
    return figure("one_way_ns", Expect.success(asked));
  }

  private String stream() {
    return STREAMS
        .resolve("diver-benchmark-" + ProcessHandle.current().pid() + "-" + made++)
        .toString();
  }

  private CompletableFuture<Shell.Result> remora(
      List<String> streams, Path program, String... args) {
    List<String> words = new ArrayList<>(List.of("dive", "-q", "--kernel", "remora"));
    words.addAll(streams);
    words.addAll(List.of(program.toString(), "--"));
    words.addAll(List.of(args));
    return shell.diverMeanwhile(words.toArray(String[]::new));
  }

  private Shell.Result linux(Path program, String... args) {
    List<String> words = new ArrayList<>(List.of("dive", "-q", "--kernel", "linux", "-c", "2"));
    words.addAll(List.of(program.toString(), "--"));
    words.addAll(List.of(args));
    return Expect.success(shell.diver(words.toArray(String[]::new)));
  }

  private static double figure(String name, Shell.Result result) {
    Matcher figure = Pattern.compile("\"" + name + "\": ([0-9.]+)").matcher(result.toString());
    if (!figure.find()) {
      throw new IllegalStateException("no " + name + " in " + result);
    }
    return Double.parseDouble(figure.group(1));
  }

  private static double median(double[] values) {
    return Median.withDefaults().evaluate(values);
  }
}
