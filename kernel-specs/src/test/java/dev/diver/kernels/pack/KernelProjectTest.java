package dev.diver.kernels.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelProjectTest {

  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir Path folder;
  private KernelProject project;
  private Path script;
  private Path output;

  @BeforeEach
  void make() throws IOException {
    project = KernelProject.open(SampleKernel.write(folder.resolve("kernel"), "1", new byte[1]));
    script = folder.resolve("kernel/scripts/build");
    output = folder.resolve("output");
  }

  @Test
  void aScriptRunsInTheKernelsFolderAndItsOutputPassesThrough() throws IOException {
    SampleKernel.script(script, "pwd; echo problem >&2");
    run(LONG);
    assertEquals(folder.resolve("kernel").toRealPath() + "\nproblem\n", Files.readString(output));
  }

  @Test
  void aFailureGivesTheExitStatus() throws IOException {
    SampleKernel.script(script, "exit 7");
    Failure failure = failure(() -> run(LONG));
    assertEquals(Kind.FAILED, failure.kind());
    assertTrue(failure.what().contains("scripts/build failed with exit status 7"), failure.what());
  }

  @Test
  void atTheDeadlineTheScriptAndItsChildrenEnd() throws Exception {
    SampleKernel.script(script, "sleep 1000 & echo $!; wait");
    assertEquals(Kind.INTERRUPTED, failure(() -> run(Duration.ofSeconds(2))).kind());
    requireEnded();
  }

  @Test
  void childrenThatIgnoreBeingAskedEndToo() throws Exception {
    SampleKernel.script(script, "(trap '' TERM; while :; do sleep 1; done) & echo $!; wait");
    assertEquals(Kind.INTERRUPTED, failure(() -> run(Duration.ofSeconds(2))).kind());
    requireEnded();
  }

  @Test
  void whenInterruptedTheScriptEnds() throws Exception {
    SampleKernel.script(script, "sleep 1000 & echo $!; wait");
    CompletableFuture<Kind> kind = new CompletableFuture<>();
    Thread runner = Thread.ofPlatform().start(() -> kind.complete(failure(() -> run(LONG)).kind()));
    while (!Files.exists(output) || Files.size(output) == 0) {
      Thread.sleep(10);
    }
    runner.interrupt();
    assertEquals(Kind.INTERRUPTED, kind.get());
    requireEnded();
  }

  @Test
  void aScriptThatIsNotThereOrNotExecutableIsNamed() throws IOException {
    Failure absent =
        failure(() -> project.run(KernelStage.DEPLOY, Redirect.to(output.toFile()), LONG));
    assertEquals(Kind.UNSUPPORTED, absent.kind());
    assertTrue(absent.remedy().contains("scripts.deploy"), absent.remedy());
    Files.writeString(Files.createFile(folder.resolve("kernel/plain")), "");
    assertTrue(script.toFile().setExecutable(false, false));
    assertTrue(failure(() -> run(LONG)).remedy().contains("chmod +x"));
    Files.delete(script);
    assertEquals(Kind.NOT_FOUND, failure(() -> run(LONG)).kind());
  }

  @Test
  void aScriptWithoutAnInterpreterIsNamed() throws IOException {
    Files.writeString(script, "#!/no/such/interpreter\n");
    assertTrue(failure(() -> run(LONG)).what().contains("scripts/build"));
  }

  private void run(Duration deadline) {
    project.run(KernelStage.BUILD, Redirect.appendTo(output.toFile()), deadline);
  }

  /** The script printed the number of the process that it started; its shell may say more. */
  private void requireEnded() throws Exception {
    long pid = Long.parseLong(Files.readAllLines(output).getFirst());
    boolean alive = ProcessHandle.of(pid).filter(KernelProjectTest::isRunning).isPresent();
    assertFalse(alive, "process " + pid + " was left behind");
  }

  /** Nobody may have reaped it yet, which is not running. */
  private static boolean isRunning(ProcessHandle process) {
    try {
      String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  private static Failure failure(org.junit.jupiter.api.function.Executable action) {
    return assertThrows(DiverException.class, action).failure();
  }
}
