package dev.diver.deploy.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BenchmarkSetTest {

  @TempDir Path folder;

  private static Stream<Benchmark> all() {
    return BenchmarkSet.all(1).stream();
  }

  @Test
  void namesAreDistinctAndSelect() {
    List<String> names = all().map(Benchmark::name).toList();
    assertEquals(names.size(), new HashSet<>(names).size());
    assertEquals(
        List.of("synthetic-bzip2", "xz"),
        BenchmarkSet.named(List.of("xz", "synthetic-bzip2"), 1).stream()
            .map(Benchmark::name)
            .toList());
    assertEquals(names.size(), BenchmarkSet.named(List.of(), 1).size());
    DiverException unknown =
        assertThrows(DiverException.class, () -> BenchmarkSet.named(List.of("bzip3"), 1));
    assertTrue(unknown.failure().what().contains("bzip3"), unknown.failure()::what);
    assertTrue(unknown.failure().remedy().contains("synthetic-bzip2"), unknown.failure()::remedy);
  }

  /** A gain is feigned by less computing, and by nothing else. */
  @Test
  void aSyntheticGainTakesPointsAway() {
    Benchmark twice = BenchmarkSet.named(List.of("synthetic-bzip2-2.0"), 1).getFirst();
    assertEquals(2, twice.gain());
    List<String> halved = new ArrayList<>(twice.arguments());
    halved.set(1, Long.toString(Long.parseLong(halved.get(1)) / 2));
    assertEquals(halved, twice.argumentsInMode());
  }

  @ParameterizedTest
  @MethodSource("all")
  void onlyTheSyntheticOnesFeignAGain(Benchmark benchmark) {
    boolean feigned = !benchmark.arguments().equals(benchmark.argumentsInMode());
    assertEquals(benchmark.gain() != 1, feigned);
    assertTrue(benchmark.gain() == 1 || benchmark.debianPackage().isEmpty());
  }

  /** Every call of the traces that come with Diver can be made by the synthetic program. */
  @ParameterizedTest
  @EnumSource
  void theSyntheticProgramMakesTheCallsOfATrace(ShippedTrace profile)
      throws IOException, InterruptedException {
    SyntheticProgram.putInto(folder);
    Path program = folder.resolve(SyntheticProgram.NAME);
    Benchmark benchmark =
        BenchmarkSet.named(List.of("synthetic-" + profile.title()), 0.01).getFirst();
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(benchmark.arguments());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    assertTrue(said.matches("pi 3\\.14\\d\\d\n"), said);
  }
}
