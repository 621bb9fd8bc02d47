package dev.diver.deploy.slurm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told of jobs from lines that Slurm 22.05 has printed. */
class LostJobTest {

  @TempDir Path folder;

  private SlurmFolder slurm() throws IOException {
    SlurmFolder slurm = new SlurmFolder(folder.resolve("slurm"));
    Files.createDirectories(slurm.log());
    return slurm;
  }

  private SubmittedGang gang(boolean begun) throws IOException {
    SubmittedGang gang = new SubmittedGang(List.of(0), "12", slurm());
    if (begun) {
      gang.begin(new GangEvent.Began(1, "node1", 0));
    }
    return gang;
  }

  private static SeenJob seen(String state, String reason) {
    return SeenJob.shown(
            ("JobId=12 JobName=a Account=(null) JobState=%s Reason=%s Requeue=1 Restarts=0"
                    + " ExitCode=0:9 RunTime=00:00:31 TimeLimit=00:01:00 NodeList=node1"
                    + " MinCPUsNode=1 MinMemoryNode=100M Comment=diver JobState=none")
                .formatted(state, reason))
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "TIMEOUT,124,its time limit was 00:01:00,a timeout",
    "TIMEOUT,124,node1 after 00:00:31 (TIMEOUT),timeout",
    "DEADLINE,124,the pipeline's timeout was over,timeout",
    "OUT_OF_MEMORY,137,more memory than the 100M that it had,with memory",
    "NODE_FAIL,137,The node of job 12 on node1,retries",
    "BOOT_FAIL,137,(BOOT_FAIL),--resume",
    "PREEMPTED,143,in favour of another one,retries",
    "CANCELLED,143,Somebody else than Diver,scancel",
    "REVOKED,137,(REVOKED) has ended without a word,scontrol show job 12",
  })
  void eachStateIsSaidWithWhatHelps(String state, int status, String what, String remedy)
      throws IOException {
    LostJob lost = LostJob.of(gang(false), seen(state, "None"), slurm());
    assertTrue(lost.why().what().contains(what), lost::toString);
    assertTrue(lost.why().remedy().contains(remedy), lost::toString);
    assertEquals(status, lost.status());
    // who waits for it reads 137 of one that had begun and told nothing
    assertEquals(137, LostJob.of(gang(true), seen(state, "None"), slurm()).status());
  }

  @Test
  void aJobThatIsKilledForItsMemoryIsToldFromOneThatNodesCannotStart() throws IOException {
    SeenJob killed = seen("FAILED", "JobLaunchFailure");
    assertTrue(killed.isOver());
    assertFalse(killed.endedByItself());
    assertEquals(126, LostJob.of(gang(false), killed, slurm()).status());
    LostJob unknown = LostJob.of(gang(true), killed, slurm());
    assertTrue(unknown.why().what().contains("exit code 0:9"), unknown::toString);
    Files.writeString(
        slurm().log().resolve("12"),
        """
        slurmstepd-node1: error: StepId=12.batch exceeded memory limit (309682176 > 104857600), being killed
        slurmstepd-node1: error: Exceeded job memory limit
        """);
    LostJob large = LostJob.of(gang(true), killed, slurm());
    assertTrue(large.why().what().contains("295 MiB of memory, and had 100 MiB"), large::toString);
  }

  @Test
  void theQueueIsReadLineByLine() {
    Map<String, SeenJob> jobs = new HashMap<>();
    for (String line :
        List.of("12|N/A|RUNNING|None|node1", "13|4|PENDING|BeginTime|", "nonsense", "1|2|3")) {
      SeenJob.parse(line, jobs);
    }
    assertEquals(2, jobs.size());
    assertFalse(Optional.ofNullable(jobs.get("12")).orElseThrow().isOver());
    assertTrue(Optional.ofNullable(jobs.get("13_4")).orElseThrow().isQueued());
    assertEquals(Optional.empty(), SeenJob.shown("slurm_load_jobs error: Invalid job id"));
    assertTrue(SeenJob.UNKNOWN.isOver());
  }
}
