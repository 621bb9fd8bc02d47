package dev.diver.deploy.slurm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.slurm.SlurmJob.After;
import dev.diver.deploy.slurm.SlurmJob.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlurmJobTest {

  private static final int LONG = 1001;

  @TempDir Path folder;

  private List<SlurmJob> jobs(String toml, int longestArray) throws IOException {
    return TestPipeline.of(folder, toml, Map.of()).jobs(longestArray);
  }

  @Test
  void aGangIsAJobWithWhatAllOfItTakes() throws IOException {
    List<SlurmJob> jobs =
        jobs(
            """
            [stages.from]
            command = ["true"]
            cpus = 2
            memory = "100M"
            timeout = "90s"
            [stages.to]
            command = ["true"]
            memory = "1G"
            timeout = "30s"
            retries = 2
            stdin = "from"
            """,
            LONG);
    assertEquals(1, jobs.size());
    SlurmJob job = jobs.getFirst();
    assertEquals("from+to", job.name());
    assertEquals(3, job.cpus());
    assertEquals(1124L << 20, job.memory());
    assertEquals(Optional.of(6L), job.minutes()); // three tries of 90 s, and one to spare: 5.5
    assertTrue(job.retried());
    assertFalse(job.array());
  }

  @Test
  void whatComputesHardlyTakesACoreAndWhatSaysNothingHasNoLimits() throws IOException {
    SlurmJob job = jobs("[stages.a]\ncommand = [\"true\"]\ncpus = 0\n", LONG).getFirst();
    assertEquals(1, job.cpus());
    assertEquals(0, job.memory());
    assertEquals(Optional.empty(), job.minutes());
    assertFalse(job.retried());
  }

  @Test
  void conditionsBecomeDependencies() throws IOException {
    List<SlurmJob> jobs =
        jobs(
            """
            [stages.last]
            command = ["true"]
            when = { a = "always" }
            [stages.a]
            command = ["true"]
            stdout = "a.txt"
            [stages.file]
            command = ["true"]
            stdin = "a"
            [stages.after]
            command = ["true"]
            needs = ["a"]
            [stages.failed]
            command = ["true"]
            when = { a = "failure" }
            [stages.three]
            command = ["true"]
            when = { a = "3" }
            [stages.either]
            command = ["true"]
            when = { a = "0,3" }
            """,
            LONG);
    assertEquals(
        List.of("a", "last", "file", "after", "failed", "three", "either"),
        jobs.stream().map(SlurmJob::name).toList());
    assertEquals(
        List.of(Kind.ANY, Kind.OK, Kind.OK, Kind.NOT_OK, Kind.NOT_OK, Kind.ANY),
        jobs.stream().flatMap(job -> job.after().stream()).map(After::kind).toList());
    assertTrue(jobs.stream().flatMap(job -> job.after().stream()).allMatch(a -> a.job() == 0));
  }

  private static final String SCATTERED =
      """
      [stages.part]
      command = ["true"]
      scatter = 5
      stdout = "${{ index }}.txt"
      [stages.each]
      command = ["true"]
      scatter = "part"
      stdin = "part"
      [stages.along]
      command = ["true"]
      scatter = "part"
      stdin = "each"
      [stages.all]
      command = ["true"]
      stdin = ["along"]
      [stages.tidy]
      command = ["true"]
      when = { part = "failure" }
      """;

  @Test
  void scatteredStagesAreArrays() throws IOException {
    List<SlurmJob> jobs = jobs(SCATTERED, LONG);
    assertEquals(
        List.of("part", "each+along", "all", "tidy"), jobs.stream().map(SlurmJob::name).toList());
    assertEquals(List.of(true, true, false, false), jobs.stream().map(SlurmJob::array).toList());
    assertEquals("0,1,2,3,4", jobs.get(1).indices());
    assertEquals(Set.of(new After(Kind.SAME_OK, 0)), jobs.get(1).after());
    assertEquals(Set.of(new After(Kind.OK, 1)), jobs.get(2).after());
    assertEquals(Set.of(new After(Kind.ANY, 0)), jobs.get(3).after());
    for (SlurmJob job : jobs) {
      assertEquals(job.array() ? job.gangs().getFirst().getFirst() : 0, job.base(), job::toString);
    }
  }

  @Test
  void arraysAreNoLongerThanSlurmAllows() throws IOException {
    List<SlurmJob> jobs = jobs(SCATTERED, 2);
    assertEquals(
        List.of("0,1", "0,1", "0", "0,1", "0,1", "0"),
        jobs.stream().filter(SlurmJob::array).map(SlurmJob::indices).toList());
    List<SlurmJob> readers = jobs.stream().filter(job -> job.name().equals("each+along")).toList();
    for (SlurmJob reader : readers) {
      SlurmJob writer = jobs.get(reader.after().iterator().next().job());
      assertEquals(Set.of(Kind.SAME_OK), kinds(reader));
      assertEquals(writer.indices(), reader.indices());
      assertEquals(writer.base() + 5, reader.base()); // each's tasks come after part's five
    }
    SlurmJob all = jobs.stream().filter(job -> job.name().equals("all")).findFirst().orElseThrow();
    assertEquals(3, all.after().size());
    assertEquals(Set.of(Kind.OK), kinds(all));
  }

  private static Set<Kind> kinds(SlurmJob job) {
    return job.after().stream().map(After::kind).collect(java.util.stream.Collectors.toSet());
  }

  @Test
  void whatHasRunBeforeIsNotWaitedFor() throws IOException {
    TestPipeline test = TestPipeline.of(folder, SCATTERED, Map.of());
    List<List<Integer>> left =
        test.graph().gangs().stream().filter(gang -> gang.getFirst() != 0).toList();
    List<SlurmJob> jobs = SlurmJob.of(test.pipeline(), test.graph(), left, LONG);
    assertEquals("1,2,3,4", jobs.get(0).indices());
    assertEquals(0, jobs.get(0).base());
    // no member of the first has the number 0, so that all of it is waited for
    assertEquals(Set.of(new After(Kind.OK, 0)), jobs.get(1).after());
  }
}
