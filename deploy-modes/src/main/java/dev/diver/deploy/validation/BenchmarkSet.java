package dev.diver.deploy.validation;

import dev.diver.deploy.trace.Trace;
import dev.diver.kernels.failure.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The benchmarks: the synthetic one of the paper (section 4.1) in several profiles and gains, and
 * programs that Debian packages. Each takes a second or two on a machine of today.
 */
public final class BenchmarkSet {

  /** Phases of computing and of calls that follow each other. */
  private static final int PHASES = 100;

  /** Points of the Monte-Carlo computation at a gain of 1: somewhat over a second. */
  private static final long POINTS = 300_000_000;

  /** Rounds of PBKDF2: somewhat over a second. */
  private static final long DERIVATIONS = 3_000_000;

  private static final List<Double> GAINS = List.of(1.0, 1.5, 2.0);

  private BenchmarkSet() {}

  /**
   * All of them.
   *
   * @param size of what each does, as a part of the whole: more than 0, at most 1
   */
  public static List<Benchmark> all(double size) {
    return Stream.concat(synthetic(size), programs(size)).toList();
  }

  /**
   * Those of these names, in the set's order; all where there is none.
   *
   * @param size as above
   * @throws dev.diver.kernels.failure.DiverException NOT_FOUND names those that there are
   */
  public static List<Benchmark> named(List<String> names, double size) {
    List<Benchmark> all = all(size);
    for (String name : names) {
      if (all.stream().noneMatch(one -> one.name().equals(name))) {
        String known = String.join(", ", all.stream().map(Benchmark::name).toList());
        throw new Failure(
                Failure.Kind.NOT_FOUND,
                "There is no benchmark \"" + name + "\".",
                "Use some of: " + known + ".")
            .exception();
      }
    }
    return all.stream().filter(one -> names.isEmpty() || names.contains(one.name())).toList();
  }

  /** Makes this call so many times, and computes nothing. */
  static Benchmark calls(String call, int count) {
    List<String> arguments = List.of("1", "0", call + "=" + count);
    return new Benchmark(
        SyntheticProgram.NAME,
        count + " calls of " + call,
        Optional.empty(),
        Path.of(SyntheticProgram.NAME),
        arguments,
        arguments,
        Optional.empty(),
        List.of(),
        1,
        false);
  }

  private static Stream<Benchmark> synthetic(double size) {
    return Stream.of(ShippedTrace.BZIP2, ShippedTrace.COMPUTING)
        .flatMap(profile -> GAINS.stream().map(gain -> synthetic(profile, gain, size)));
  }

  private static Benchmark synthetic(ShippedTrace profile, double gain, double size) {
    String name = SyntheticProgram.NAME + "-" + profile.title();
    long points = Math.round(POINTS * size);
    List<String> calls = calls(profile.trace(), size);
    return new Benchmark(
        gain == 1 ? name : name + String.format(Locale.ROOT, "-%.1f", gain),
        "phases of computing and of " + profile.title() + "'s calls, at a gain of " + gain,
        Optional.empty(),
        Path.of(SyntheticProgram.NAME),
        arguments(calls, points),
        arguments(calls, Math.round(points / gain)),
        Optional.empty(),
        List.of(),
        gain,
        false);
  }

  private static List<String> arguments(List<String> calls, long points) {
    List<String> words = new ArrayList<>(List.of(Integer.toString(PHASES), Long.toString(points)));
    words.addAll(calls);
    return words;
  }

  private static List<String> calls(Trace trace, double size) {
    return trace.syscalls().stream()
        .map(use -> use.name() + "=" + Math.max(1, Math.round(use.calls() * size)))
        .toList();
  }

  private static Stream<Benchmark> programs(double size) {
    return Stream.of(
        Benchmark.of(
            "bzip2",
            "bzip2",
            "packs 32 MiB of text",
            "/usr/bin/bzip2",
            List.of("-k", "-f", Input.TEXT.file()),
            Input.TEXT),
        Benchmark.of(
            "xz-utils",
            "xz",
            "packs 3 MiB of text",
            "/usr/bin/xz",
            List.of("-T1", "-k", "-f", Input.SHORT_TEXT.file()),
            Input.SHORT_TEXT),
        Benchmark.of(
                "gcc",
                "gcc",
                "compiles 400 functions",
                "/usr/bin/gcc",
                List.of("-O2", "-c", Input.SOURCE.file(), "-o", "functions.o"),
                Input.SOURCE)
            .withChildren(),
        Benchmark.of(
                "sqlite3",
                "sqlite3",
                "fills and asks a database of 60,000 rows",
                "/usr/bin/sqlite3",
                List.of("-batch", "rows.db"))
            .reading(Input.QUERIES),
        Benchmark.of(
            "python3",
            "python3",
            "counts the words of 32 MiB of text",
            "/usr/bin/python3",
            List.of("-I", Input.SCRIPT.file(), Input.TEXT.file()),
            Input.SCRIPT,
            Input.TEXT),
        Benchmark.of(
            "openssl",
            "openssl",
            "derives a key and encrypts 32 MiB",
            "/usr/bin/openssl",
            List.of(
                "enc",
                "-aes-256-ctr",
                "-nosalt",
                "-pbkdf2",
                "-iter",
                Long.toString(Math.max(1, Math.round(DERIVATIONS * size))),
                "-pass",
                "pass:diver",
                "-in",
                Input.TEXT.file(),
                "-out",
                "text.enc"),
            Input.TEXT),
        Benchmark.of(
            "lammps",
            "lammps",
            "simulates a Lennard-Jones fluid of 6,912 atoms",
            "/usr/bin/lmp",
            List.of("-in", Input.FLUID.file(), "-log", "none"),
            Input.FLUID));
  }
}
