package dev.diver.kernels.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.confine.Confinement;
import dev.diver.kernels.confine.Grants;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
    run(KernelStage.BUILD);
    assertEquals(folder.resolve("kernel").toRealPath() + "\nproblem\n", Files.readString(output));
  }

  @Test
  void aKernelIsBuiltByOneAtATime() throws Exception {
    SampleKernel.script(script, "mkdir begun && sleep 0.3 && rmdir begun");
    CompletableFuture<Void> other = CompletableFuture.runAsync(() -> run(KernelStage.BUILD));
    run(KernelStage.BUILD);
    other.join();
  }

  @Test
  void aFailureGivesTheExitStatus() throws IOException {
    SampleKernel.script(script, "exit 7");
    Failure failure = failure(() -> run(KernelStage.BUILD));
    assertEquals(Kind.FAILED, failure.kind());
    assertTrue(failure.what().contains("scripts/build failed with exit status 7"), failure.what());
  }

  @Test
  void itKnowsItsContractItsStageAndItsKernelAndGetsItsArguments() throws IOException {
    SampleKernel.script(
        script, "echo $DIVER_CONTRACT $DIVER_STAGE $DIVER_KERNEL; echo $DIVER_IMAGE; echo \"$@\"");
    project.run(
        KernelStage.BUILD,
        List.of("debug", "two words"),
        new Confinement(System.getenv()),
        Grants.within(LONG),
        Redirect.appendTo(output.toFile()));
    Path image = folder.resolve("kernel/build/sample.elf").toRealPath();
    assertEquals("1 build sample:1\n" + image + "\ndebug two words\n", Files.readString(output));
  }

  @Test
  void aScriptThatIsNotThereOrNotExecutableIsNamed() throws IOException {
    Failure absent = failure(() -> run(KernelStage.DEPLOY));
    assertEquals(Kind.UNSUPPORTED, absent.kind());
    assertTrue(absent.remedy().contains("scripts.deploy"), absent.remedy());
    Files.writeString(Files.createFile(folder.resolve("kernel/plain")), "");
    assertTrue(script.toFile().setExecutable(false, false));
    assertTrue(failure(() -> run(KernelStage.BUILD)).remedy().contains("chmod +x"));
    Files.delete(script);
    assertEquals(Kind.NOT_FOUND, failure(() -> run(KernelStage.BUILD)).kind());
  }

  @Test
  void aScriptWithoutAnInterpreterIsNamed() throws IOException {
    Files.writeString(script, "#!/no/such/interpreter\n");
    assertTrue(failure(() -> run(KernelStage.BUILD)).what().contains("scripts/build"));
  }

  private void run(KernelStage stage) {
    project.run(
        stage,
        List.of(),
        new Confinement(System.getenv()),
        Grants.within(LONG),
        Redirect.appendTo(output.toFile()));
  }

  private static Failure failure(org.junit.jupiter.api.function.Executable action) {
    return assertThrows(DiverException.class, action).failure();
  }
}
